package docker

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A container that fills the disk is seen although measuring takes long, as on a busy disk
// and beside many others; and not so often that measuring is what keeps the disk busy.
func TestSlowMeasurements(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const containers = 6
		turns := make(chan struct{}, measureAtOnce)
		var under, most, looks atomic.Int32
		begin := time.Now()
		var disks [containers]disk
		var seen [containers]atomic.Int64
		for i := range disks {
			d := &disks[i]
			d.most, d.every, d.turns = 1000, measureEvery, turns
			full := func() { seen[i].Store(int64(time.Since(begin))) }
			d.tell = map[*func()]struct{}{&full: {}}
			d.watch(func(ctx context.Context) (int64, error) {
				most.Store(max(most.Load(), under.Add(1)))
				looks.Add(1)
				defer under.Add(-1)
				select {
				case <-time.After(20 * time.Second):
				case <-ctx.Done():
					return 0, ctx.Err()
				}
				if time.Since(begin) > 3*time.Minute {
					return 5000, nil
				}
				return 10, nil
			})
		}
		time.Sleep(5 * time.Minute)
		for i := range disks {
			if at := time.Duration(seen[i].Load()); at < 3*time.Minute || at > 4*time.Minute+30*time.Second {
				t.Errorf("container %d was seen after %s", i, at)
			}
		}
		if n := most.Load(); n > measureAtOnce {
			t.Errorf("%d measurements at once", n)
		}
		if n := looks.Load(); n > 2*5*60/20 {
			t.Errorf("%d measurements", n)
		}
		end := time.Now()
		for i := range disks {
			disks[i].stop()
		}
		if took := time.Since(end); took > 0 {
			t.Errorf("the end of the watch takes %s", took)
		}
	})
}
