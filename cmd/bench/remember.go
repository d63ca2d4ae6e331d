package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/llm/answers"
	"bench/results"
)

// remember has models answer from the directory that the config names, where it has their
// answers. Programs, which reach models through the gateway, ask as they did.
func (c *clients) remember(cfg *config.Config, stderr io.Writer) error {
	dir, err := answers.Open(cfg.Cache, bench.NewRedactor(leastKey, c.keys...), func(why string) {
		fmt.Fprintln(stderr, "warning: "+why)
	})
	if err != nil {
		return bench.Usagef("cache %s: %w", cfg.Cache, err)
	}
	for _, m := range cfg.UsedModels() {
		model := m.Value.Asked()
		for _, path := range []string{m.Value.Script, m.Value.Trajectory} {
			if text, err := os.ReadFile(path); err == nil { // a trajectory may be one for each task
				model = append(model, text...)
			}
		}
		c.byModel[m.Name] = dir.Client(c.byModel[m.Name], model)
	}
	return nil
}

// ofItsOwn refuses a run of which some answers come from a cache: it draws no sample of its
// own, and what takes it for one would find less chance than there is.
func ofItsOwn(ctx context.Context, s *results.Store, r results.Run) error {
	if err := ofModels(r); err != nil {
		return err
	}
	calls, cost, err := s.Earlier(ctx, r.ID)
	if err != nil || calls == 0 {
		return err
	}
	return bench.Usagef("run %s has %s from the cache, for which %s was paid earlier: it is no "+
		"sample of its own (bench compare %s shows it, and says so)",
		r.ID, plural.Count(calls, "answer"), cost, r.ID)
}
