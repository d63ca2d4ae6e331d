package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/agent"
	"bench/agent/advisor"
	"bench/agent/command"
	"bench/agent/fusion"
	"bench/agent/single"
	"bench/config"
	"bench/datasets"
	"bench/llm"
	"bench/results/output"
	"bench/results/output/junit"
	"bench/results/output/preds"
	"bench/results/output/tables"
	"bench/results/output/trajectories"
	"bench/runner"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/docker/images"
	"bench/sandbox/local"
	"bench/scoring"
	"bench/scoring/swebench"
)

// wiring is what a run is made of: which implementation stands behind which
// port. This file chooses pools, graders and agents, clients.go the clients of
// models.
type wiring struct {
	clients   *clients
	pool      sandbox.Pool
	grader    scoring.Grader
	sidekicks *fusion.Slots // of all trials
}

func newWiring(
	ctx context.Context, cfg *config.Config, stderr io.Writer, stop func(error),
) (*wiring, error) {
	pool, err := newPool(ctx, cfg, stderr)
	if err != nil {
		return nil, err
	}
	c, err := newClients(cfg, stop)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &wiring{
		clients: c, pool: pool, grader: newGrader(cfg, pool),
		sidekicks: fusion.NewSlots(cfg.Workers.Sidekicks),
	}, nil
}

// Close releases clients and sandboxes.
func (w *wiring) Close() error { return errors.Join(w.clients.Close(), w.pool.Close()) }

// journal returns what the run's events are written to. A pool that plans hears
// which trials are to come, and of each when it has ended.
func (w *wiring) journal(
	ctx context.Context, store runner.Journal, plan []bench.Trial,
) (runner.Journal, error) {
	pool, ok := w.pool.(sandbox.Planner)
	if !ok {
		return store, nil
	}
	return &endNotifier{store, pool.Ended}, pool.Expect(ctx, plan)
}

// endNotifier calls ended for every trial that has ended.
type endNotifier struct {
	runner.Journal
	ended func(bench.TrialKey)
}

// Append implements runner.Journal.
func (j *endNotifier) Append(ctx context.Context, e bench.Event) (int64, error) {
	seq, err := j.Journal.Append(ctx, e)
	if _, ok := e.Payload.(bench.TrialEnded); ok {
		j.ended(e.Trial)
	}
	return seq, err
}

// agent returns the agent of a kind of configuration.
func (w *wiring) agent(k bench.Kind) (agent.Agent, error) {
	client := func(m bench.Model) llm.Client { return w.clients.byModel[m.Name] }
	switch k {
	case bench.KindSingle:
		return single.New(single.Options{Clients: client}), nil
	case bench.KindFusion:
		return fusion.New(fusion.Options{Clients: client, Slots: w.sidekicks}), nil
	case bench.KindAdvisor:
		return advisor.New(advisor.Options{Clients: client}), nil
	case bench.KindCommand:
		return command.New(), nil
	}
	return nil, fmt.Errorf("no agent of kind %s", k)
}

func newPool(ctx context.Context, cfg *config.Config, stderr io.Writer) (sandbox.Pool, error) {
	switch cfg.Sandbox.Kind {
	case config.Local:
		return local.New(local.Options{})
	case config.Docker:
		return newDockerPool(ctx, cfg, stderr)
	}
	return nil, fmt.Errorf("no sandbox of kind %s", cfg.Sandbox.Kind)
}

func newDockerPool(
	ctx context.Context, cfg *config.Config, stderr io.Writer,
) (sandbox.Pool, error) {
	records, err := imageRecords()
	if err != nil && cfg.Sandbox.DiskBudget > 0 {
		return nil, fmt.Errorf("sandbox.disk_budget needs records of images: %w", err)
	}
	return docker.New(ctx, docker.Options{
		Options: images.Options{
			ImageFor:   func(t bench.Task) string { return t.Image },
			Platform:   string(cfg.Sandbox.Platform),
			Mirror:     string(cfg.Sandbox.RegistryMirror),
			Records:    records,
			DiskBudget: int64(cfg.Sandbox.DiskBudget),
			OnPull:     pullProgress(stderr),
			OnPrune:    pruneProgress(stderr),
		},
		Limits: docker.Limits{
			CPUs:   cfg.Sandbox.CPUs,
			Memory: int64(cfg.Sandbox.Memory),
			Pids:   cfg.Sandbox.Pids,
		},
		Network:        string(cfg.Sandbox.Network),
		GradingNetwork: string(cfg.Scoring.Network),
	})
}

// fits refuses tasks that the pool cannot run, before anything is spent.
func fits(ctx context.Context, pool sandbox.Pool, tasks []bench.Task) error {
	if p, ok := pool.(sandbox.Fitter); ok {
		return p.Fits(ctx, tasks)
	}
	return nil
}

// anyPool makes a pool of a kind of sandboxes, whatever a config says, for what
// concerns all sandboxes of this machine.
type anyPool struct {
	sandboxes string // what its sandboxes are called
	open      func(context.Context) (sandbox.Pool, error)
}

// allPools are the pools of all kinds.
func allPools() []anyPool {
	return []anyPool{
		{"container", openEngine},
		{"local sandbox", func(context.Context) (sandbox.Pool, error) {
			return local.New(local.Options{})
		}},
	}
}

// openEngine connects to the Docker engine.
func openEngine(ctx context.Context) (sandbox.Pool, error) {
	return docker.New(ctx, docker.Options{})
}

// outputs are the forms in which runs are written for other programs; the first
// is the usual one.
func outputs() []output.Output {
	return []output.Output{
		preds.Output{}, trajectories.Mini{}, trajectories.ATIF{Version: "1.7"},
		trajectories.ATIF{Version: "1.8"}, tables.CSV{}, tables.Parquet{}, junit.Output{},
	}
}

// imageRecords is where it is noted which images were pulled or built, beside
// the cache of datasets; "" where nothing can be written.
func imageRecords() (string, error) {
	cache, err := datasets.CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(cache), "images")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, nil
}

// pullInterval is how often a pull is reported.
const pullInterval = 5 * time.Second

// pullProgress prints how pulls proceed, a line now and then for each image.
func pullProgress(w io.Writer) func(images.Progress) {
	var mu sync.Mutex
	last := map[string]time.Time{}
	return func(p images.Progress) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case p.Err != nil && p.RetryAfter > 0:
			fmt.Fprintf(w, "pull %s: %v; again in %s\n", p.Image, p.Err,
				p.RetryAfter.Round(100*time.Millisecond))
		case p.Done:
			fmt.Fprintf(w, "pulled %s (%d MB)\n", p.Image, p.Bytes>>20)
		case time.Since(last[p.Image]) >= pullInterval:
			last[p.Image] = time.Now()
			fmt.Fprintf(w, "pull %s: %d of %d MB\n", p.Image, p.Bytes>>20, p.Total>>20)
		}
	}
}

// pruneProgress prints which images were removed for others, and once that there
// is none left.
func pruneProgress(w io.Writer) func(sandbox.Pruned) {
	var once sync.Once
	return func(r sandbox.Pruned) {
		for _, gone := range r.Removed {
			fmt.Fprintf(w, "removed image %s to stay within sandbox.disk_budget (%s)\n",
				gone.Names[0], gigabytes(gone.Freed))
		}
		if r.Used > r.Budget {
			once.Do(func() {
				fmt.Fprintf(w, "images take %s, more than sandbox.disk_budget: all of them are needed now\n",
					gigabytes(r.Used))
			})
		}
	}
}

func newGrader(cfg *config.Config, pool sandbox.Pool) scoring.Grader {
	return swebench.New(pool, swebench.Options{
		Rules: swebench.Rules(cfg.Scoring.Rules), Timeout: cfg.Scoring.Timeout.Std(),
	})
}

// datasetOptions say which tasks a config selects.
func datasetOptions(cfg *config.Config) datasets.Options {
	return datasets.Options{
		Source: cfg.Dataset.Source, Path: cfg.Dataset.Path, Split: cfg.Dataset.Split,
		Judging: cfg.Dataset.Judging,
		Selection: datasets.Selection{
			IDs: cfg.Dataset.IDs, Filter: cfg.Dataset.Filter, Exclude: cfg.Dataset.Exclude,
			Slice: cfg.Dataset.Slice, Shuffle: cfg.Dataset.Shuffle, Seed: cfg.Seed,
		},
	}
}

// loadTasks reads the selected tasks and settles what each is run in.
func loadTasks(c *cobra.Command, cfg *config.Config) (*datasets.Set, error) {
	set, err := loadSet(c, datasetOptions(cfg))
	if err != nil {
		return nil, err
	}
	for i := range set.Tasks {
		t := &set.Tasks[i]
		t.Source = cfg.Sandbox.SourceFor(*t)
		if image := cfg.Sandbox.ImageFor(*t); image != "" {
			t.Image = image
		} else if t.Image == "" {
			t.Image = swebench.ImageName(*t, "swebench")
		}
	}
	return set, nil
}
