package bench_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bench"
)

// A wall ends its context when its time is used up. While calls wait in an outage it
// stands still, with those around it, until the last of them goes on; and says so when
// it begins to and when it ends.
func TestWall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		at := func(d time.Duration) time.Time { return begin.Add(d) }
		var told []bench.Outage
		ctx, trial, stop := bench.WithWall(t.Context(), bench.WallOptions{
			Scope: bench.ScopeTrial, Limit: 20 * time.Minute, Used: 5 * time.Minute,
			Stands: func(o bench.Outage) { told = append(told, o) },
		})
		defer stop()
		inner, activation, stopInner := bench.WithWall(ctx, bench.WallOptions{
			Scope: bench.ScopeActivation, Limit: 10 * time.Minute,
		})
		defer stopInner()
		time.Sleep(4 * time.Minute)
		first, second := bench.StandStill(inner), bench.StandStill(ctx)
		time.Sleep(30 * time.Minute)
		if ctx.Err() != nil || inner.Err() != nil || trial.Share() != 9.0/20 || activation.Used() != 4*time.Minute {
			t.Errorf("in an outage: %v, %v, %v, %v", ctx.Err(), inner.Err(), trial.Share(), activation.Used())
		}
		first(at(33 * time.Minute)) // the other call still waits
		time.Sleep(time.Minute)
		if trial.Used() != 9*time.Minute || activation.Used() != 6*time.Minute {
			t.Errorf("when one has gone on: %v, %v", trial.Used(), activation.Used())
		}
		second(at(35 * time.Minute))
		<-inner.Done()
		if got := time.Since(begin); got != 39*time.Minute || ctx.Err() != nil {
			t.Errorf("the activation has ended after %v, the trial is %v", got, ctx.Err())
		}
		<-ctx.Done()
		var limit *bench.LimitError
		if got := time.Since(begin); got != 46*time.Minute || !errors.As(context.Cause(ctx), &limit) ||
			limit.Scope != bench.ScopeTrial || limit.Resource != bench.ResourceWall {
			t.Errorf("the trial has ended after %v: %v", got, context.Cause(ctx))
		}
		want := []bench.Outage{{From: at(4 * time.Minute)}, {From: at(4 * time.Minute), To: at(35 * time.Minute)}}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if bench.WallOf(inner) != activation || bench.WallOf(t.Context()) != nil {
			t.Error("a context has another wall")
		}
		bench.StandStill(t.Context())(time.Now()) // there is nothing to stand still
	})
}

// A wall without a limit only measures, and one that is used up is over at once.
func TestWallAtItsEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, w, stop := bench.WithWall(t.Context(), bench.WallOptions{Used: time.Hour})
		time.Sleep(time.Hour)
		if ctx.Err() != nil || w.Share() != 0 || w.Used() != 2*time.Hour {
			t.Errorf("%v, %v, %v", ctx.Err(), w.Share(), w.Used())
		}
		if stop(); ctx.Err() == nil {
			t.Error("it goes on when it is stopped")
		}
		ctx, _, stop = bench.WithWall(t.Context(), bench.WallOptions{Limit: time.Minute, Used: time.Hour})
		defer stop()
		<-ctx.Done()
	})
}
