package results

import (
	"testing"
	"time"

	"bench"
)

// What was found in a trial is kept also where the log is being written to: nobody looks
// a second time by itself.
func TestKeepExaminedWaits(t *testing.T) {
	t.Parallel()
	s, run := started(t)
	other, err := Open(t.Context(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.tx.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	release := time.AfterFunc(2*impatience, func() {
		if _, err := other.tx.exec("ROLLBACK"); err != nil {
			t.Error(err)
		}
	})
	defer release.Stop()
	if err := s.KeepExamined(t.Context(), "r", run.Trials[0], bench.Contamination{Version: 1}); err != nil {
		t.Fatal(err)
	}
	if found, err := s.Examined(t.Context(), "r"); err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
}
