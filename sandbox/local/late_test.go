package local

import (
	"testing"
	"testing/synctest"
	"time"
)

// What has ended while this process was stopped has ended in time.
func TestInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended, late := make(chan struct{}), make(chan time.Time)
		close(late)
		if inTime(ended, late) {
			t.Error("what has not ended is in time")
		}
		close(ended)
		for range 50 {
			if !inTime(ended, late) {
				t.Fatal("what has ended is late")
			}
		}
	})
}
