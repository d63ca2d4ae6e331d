package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"bench/config"
	"bench/sandbox"
	"bench/sandbox/engines"
)

// newEnginePool makes the pool of the engines that a config names, or of the environment's.
// Stop is called when no engine has answered for too long.
func newEnginePool(
	ctx context.Context, cfg *config.Config, stderr io.Writer, stop func(error),
) (sandbox.Pool, error) {
	if len(cfg.Sandbox.Engines) == 0 {
		engine, err := newEngine(ctx, cfg, config.Engine{}, stderr)
		if err != nil {
			return nil, err
		}
		return alone{engines.NewOne(engine, outages(cfg, stderr, stop)), engine}, nil
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
	pool := engines.New(list, outages(cfg, stderr, stop))
	if len(list) > 1 {
		return pool, nil
	}
	return struct { // one alone can all that commands ask of images
		*engines.Pool
		sandbox.ImageStore
	}{pool, list[0].Pool}, nil
}

// alone is the environment's engine, which can also be examined.
type alone struct {
	*engines.One
	sandbox.Examiner
}

// outages say on the terminal when engines are gone, and back.
func outages(cfg *config.Config, stderr io.Writer, stop func(error)) engines.Outages {
	patience := cfg.Sandbox.OutagePatience.Std()
	then := fmt.Sprintf("trials wait for it, up to %s (sandbox.outage_patience)", patience)
	if len(cfg.Sandbox.Engines) > 1 {
		then = "its trials are taken up again elsewhere"
	}
	return engines.Outages{
		Patience: patience, Over: stop,
		Changed: func(name string, gone error) {
			who := strings.TrimSpace("engine " + name)
			if name == "" {
				who = "the engine"
			}
			if gone != nil {
				fmt.Fprintf(stderr, "%s is gone: %s: %v\n", who, then, gone)
				return
			}
			fmt.Fprintf(stderr, "%s is back\n", who)
		},
	}
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
		list[i] = engines.Engine{Name: e.Name, Max: e.Max, Lacks: func(instance string) string {
			return cfg.Sandbox.Lacks(e, instance)
		}}
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
