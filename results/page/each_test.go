package page

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// Each number comes once; the first error ends it, as does whoever has asked.
func TestEach(t *testing.T) {
	t.Parallel()
	seen := make([]atomic.Int32, 100)
	err := each(t.Context(), len(seen), func(_ context.Context, i int) error {
		seen[i].Add(1)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Errorf("%d came %d times", i, n)
		}
	}
	broken := errors.New("broken")
	var begun atomic.Int32
	err = each(t.Context(), 1000, func(context.Context, int) error {
		begun.Add(1)
		return broken
	})
	if !errors.Is(err, broken) || begun.Load() > 100 {
		t.Errorf("%v after %d", err, begun.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = each(ctx, 5, func(context.Context, int) error { return broken })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
