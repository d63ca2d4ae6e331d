package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"bench/config"
	"bench/sandbox"
	"bench/sandbox/engines"
)

// newEnginePool makes the pool of the engines that a config names, or of the environment's.
func newEnginePool(
	ctx context.Context, cfg *config.Config, stderr io.Writer,
) (sandbox.Pool, error) {
	if len(cfg.Sandbox.Engines) == 0 {
		return newEngine(ctx, cfg, config.Engine{}, stderr)
	}
	list, errs := connectEngines(ctx, cfg, stderr)
	if err := errors.Join(errs...); err != nil {
		for _, e := range list {
			if e.Pool != nil {
				err = errors.Join(err, e.Pool.Close())
			}
		}
		return nil, err
	}
	pool := engines.New(list, func(name string, gone error) {
		if gone != nil {
			fmt.Fprintf(stderr, "engine %s is gone: its trials are taken up again elsewhere: %v\n",
				name, gone)
			return
		}
		fmt.Fprintf(stderr, "engine %s is back\n", name)
	})
	if len(list) > 1 {
		return pool, nil
	}
	return struct { // one alone can all that commands ask of images
		*engines.Pool
		sandbox.ImageStore
	}{pool, list[0].Pool}, nil
}

// connectEngines connects to all engines of a config at once; errs has nil for those that
// answer.
func connectEngines(
	ctx context.Context, cfg *config.Config, stderr io.Writer,
) (list []engines.Engine, errs []error) {
	list = make([]engines.Engine, len(cfg.Sandbox.Engines))
	errs = make([]error, len(list))
	var all sync.WaitGroup
	for i, e := range cfg.Sandbox.Engines {
		list[i] = engines.Engine{Name: e.Name, Max: e.Max}
		all.Go(func() {
			pool, err := newEngine(ctx, cfg, e, stderr)
			if err != nil {
				errs[i] = fmt.Errorf("engine %s: %w", e.Name, err)
				return
			}
			list[i].Pool = pool
		})
	}
	all.Wait()
	return list, errs
}
