package images

import (
	"context"
	"fmt"
	"io"

	"github.com/containerd/errdefs"

	"bench"
)

// fromContext returns the image that a Dockerfile and the files beside it make. It is
// built once, and found again by their hash.
func (st *Store) fromContext(ctx context.Context, task bench.Task) (Local, error) {
	r := st.contextRecipe(task.Source)
	l, err := st.cache.once(ctx, sourceKey(task), func() (Local, error) {
		l, err := st.inspect(ctx, r.tag())
		if !errdefs.IsNotFound(err) {
			return l, err
		}
		if l, err = st.makeContext(ctx, r, task.Source); err != nil {
			return Local{}, fmt.Errorf("build %s/Dockerfile: %w", task.Source.Context, err)
		}
		return l, nil
	})
	if err == nil {
		err = st.touch(ctx, l.ID)
	}
	return l, err
}

// contextRecipe is what such an image depends on. What its Dockerfile fetches is not
// known: it is what it was when the image was built.
func (st *Store) contextRecipe(source bench.Source) recipe {
	return recipe{Version: 2, Base: "context " + source.Content, Platform: st.o.Platform}
}

// makeContext builds the image in the time that its task allows.
func (st *Store) makeContext(ctx context.Context, r recipe, source bench.Source) (Local, error) {
	if source.BuildTime > 0 {
		limit := fmt.Errorf("it took longer than %s (build_timeout_sec)", source.BuildTime)
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, source.BuildTime, limit)
		defer cancel()
	}
	l, err := st.make(ctx, r, func(out io.Writer) error { return packed(out, source.Context) })
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return l, err
}
