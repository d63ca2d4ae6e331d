package main

import (
	"cmp"
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
	"bench/agent/router"
	"bench/agent/single"
	"bench/config"
	"bench/datasets"
	"bench/llm"
	"bench/llm/gateway"
	"bench/replay"
	"bench/results"
	"bench/results/examination"
	"bench/results/output"
	"bench/results/output/document"
	"bench/results/output/harness"
	"bench/results/output/inspect"
	"bench/results/output/junit"
	"bench/results/output/otlp"
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
	"bench/scoring/verify"
)

// wiring is what a run is made of: which implementation stands behind which
// port. This file chooses pools, graders and agents, clients.go the clients of
// models.
type wiring struct {
	clients   *clients
	pool      sandbox.Pool
	grader    scoring.Grader
	sidekicks *fusion.Slots // of all trials
	gateway   *gateway.Gateway
	player    *replay.Player // answers in the place of models; nil asks them
}

func newWiring(
	ctx context.Context, cfg *config.Config, stderr io.Writer, stop func(error),
	player *replay.Player,
) (*wiring, error) {
	pool, err := newPool(ctx, cfg, stderr, stop)
	if err != nil {
		return nil, err
	}
	w, err := wireUp(cfg, pool, stderr, stop, player)
	if err == nil && player == nil && cfg.Cache != "" {
		if err = w.clients.remember(cfg, stderr); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, err
}

// wireUp makes all but the pool, which it closes if that fails.
func wireUp(
	cfg *config.Config, pool sandbox.Pool, stderr io.Writer, stop func(error), player *replay.Player,
) (*wiring, error) {
	c, err := openClients(stderr, stop), error(nil)
	if player.Asks() {
		c, err = newClients(cfg, stderr, stop)
	}
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	g, err := gateway.New(c.upstreams)
	if err != nil {
		return nil, errors.Join(err, c.Close(), pool.Close())
	}
	return &wiring{
		clients: c, pool: pool, grader: newGrader(cfg, pool), gateway: g,
		sidekicks: fusion.NewSlots(cfg.Workers.Sidekicks), player: player,
	}, nil
}

// Close releases clients and sandboxes.
func (w *wiring) Close() error {
	w.gateway.Close()
	return errors.Join(w.clients.Close(), w.pool.Close())
}

// journal returns what the run's events are written to. Each trial is examined for
// contamination when it has ended, and a pool that plans hears of it, too, as of which
// trials are to come.
func (w *wiring) journal(
	ctx context.Context, store *results.Store, plan []bench.Trial,
) (runner.Journal, error) {
	j := &endNotifier{store, []func(context.Context, string, bench.TrialKey){
		func(ctx context.Context, run string, key bench.TrialKey) {
			// What cannot be examined now is left to bench examine; comparisons say so.
			_ = examination.Keep(context.WithoutCancel(ctx), store, run, key)
		},
	}}
	pool, ok := w.pool.(sandbox.Planner)
	if !ok {
		return j, nil
	}
	j.ended = append(j.ended, func(_ context.Context, _ string, key bench.TrialKey) {
		pool.Ended(key)
	})
	return j, pool.Expect(ctx, plan)
}

// endNotifier calls what is to be done for every trial that has ended.
type endNotifier struct {
	runner.Journal
	ended []func(ctx context.Context, run string, key bench.TrialKey)
}

// Append implements runner.Journal.
func (j *endNotifier) Append(ctx context.Context, e bench.Event) (int64, error) {
	seq, err := j.Journal.Append(ctx, e)
	if _, ok := e.Payload.(bench.TrialEnded); ok {
		for _, do := range j.ended {
			do(ctx, e.RunID, e.Trial)
		}
	}
	return seq, err
}

// agent returns the agent of a kind of configuration.
func (w *wiring) agent(k bench.Kind) (agent.Agent, error) {
	switch k {
	case bench.KindSingle:
		return single.New(single.Options{Clients: w.client}), nil
	case bench.KindFusion:
		return fusion.New(fusion.Options{Clients: w.client, Slots: w.sidekicks}), nil
	case bench.KindAdvisor:
		return advisor.New(advisor.Options{Clients: w.client}), nil
	case bench.KindRouter:
		return router.New(router.Options{Clients: w.client}), nil
	case bench.KindCommand:
		return command.New(w.gateway, versionString()), nil
	}
	return nil, fmt.Errorf("no agent of kind %s", k)
}

// client is what agents ask that work with a model.
func (w *wiring) client(m bench.Model) llm.Client {
	live := w.clients.byModel[m.Name]
	if w.player == nil {
		return live
	}
	return w.player.Client(m, live)
}

// newPool makes the pool of a config. Stop is called with what makes further work pointless.
func newPool(
	ctx context.Context, cfg *config.Config, stderr io.Writer, stop func(error),
) (sandbox.Pool, error) {
	switch cfg.Sandbox.Kind {
	case config.Local:
		return local.New(local.Options{})
	case config.Docker:
		return newEnginePool(ctx, cfg, stderr, stop)
	}
	return nil, fmt.Errorf("no sandbox of kind %s", cfg.Sandbox.Kind)
}

// newEngine connects to an engine; the zero value is the environment's.
func newEngine(
	ctx context.Context, cfg *config.Config, e config.Engine, stderr io.Writer,
) (*docker.Pool, error) {
	budget := cmp.Or(e.DiskBudget, cfg.Sandbox.DiskBudget)
	records, err := imageRecords()
	if err != nil && budget > 0 {
		return nil, fmt.Errorf("sandbox.disk_budget needs records of images: %w", err)
	}
	return docker.New(ctx, docker.Options{
		Options: images.Options{
			ImageFor:   func(t bench.Task) string { return t.Image },
			Platform:   string(cfg.Sandbox.Platform),
			Mirror:     string(cfg.Sandbox.RegistryMirror),
			Records:    records,
			DiskBudget: int64(budget),
			OnPull:     pullProgress(stderr),
			OnPrune:    pruneProgress(stderr),
		},
		Host: e.Host, TLS: e.TLS,
		Limits: docker.Limits{
			CPUs:   cfg.Sandbox.CPUs,
			Memory: int64(cfg.Sandbox.Memory),
			Pids:   cfg.Sandbox.Pids,
			Disk:   int64(cfg.Sandbox.Disk),
			Files:  cfg.Sandbox.Files,
			File:   int64(cfg.Sandbox.FileSize),
		},
		ReadOnlySystem: cfg.Sandbox.ReadOnlySystem,
		GradingLimits: docker.Limits{
			Memory: int64(cfg.Scoring.Memory),
			Pids:   cfg.Scoring.Pids,
			Disk:   int64(cfg.Scoring.Disk),
			Files:  cfg.Scoring.Files,
			File:   int64(cfg.Scoring.FileSize),
		},
		Network:        string(cfg.Sandbox.Network),
		GradingNetwork: gradingNetwork(cfg),
	})
}

// gradingNetwork says which network a task is graded on.
func gradingNetwork(cfg *config.Config) func(bench.Task) string {
	known := networks()
	return func(t bench.Task) string {
		network := cfg.Scoring.Network
		if network == config.AutoNetwork {
			network = config.BridgeNetwork
			if offline, _ := known.Offline(t, string(cfg.Scoring.Rules)); offline {
				network = config.NoNetwork
			}
		}
		return string(network)
	}
}

// networks are what `bench verify` knows of tasks. Where there is no directory for
// that, nothing is known.
func networks() verify.Networks {
	cache, err := datasets.CacheDir()
	if err != nil {
		return verify.Networks{}
	}
	return verify.Networks{Dir: filepath.Join(filepath.Dir(cache), "networks")}
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
		trajectories.ATIF{Version: "1.8"}, inspect.Output{}, tables.CSV{}, tables.Parquet{},
		document.Output{}, junit.Output{}, harness.Output{},
		otlp.Output{Getenv: os.Getenv},
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
		Canary: cfg.Scoring.Canary == "flag",
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
		} else if t.Image == "" && t.Source.Context == "" {
			t.Image = swebench.ImageName(*t, "swebench")
		}
	}
	return set, nil
}
