package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/internal/progress"
	"bench/results"
	"bench/runner"
	"bench/sandbox"
)

// work is a run that is started or resumed, and what it needs to be done.
type work struct {
	cfg    *config.Config
	store  *results.Store
	run    *bench.Run // as far as it is in the store
	format string     // of the comparison
}

// do runs the trials and prints what came of it.
func (w *work) do(c *cobra.Command, o runner.Options) error {
	summary, err := w.perform(c, o)
	if err != nil {
		return err
	}
	if err := w.conclude(c, o.RunID, o.Trials[0].Task.InstanceID); err != nil {
		return err
	}
	return ending(summary, o.RunID)
}

// perform runs the trials.
func (w *work) perform(c *cobra.Command, o runner.Options) (runner.Summary, error) {
	ctx, stop := context.WithCancelCause(c.Context())
	defer stop(nil)
	wires, err := wire(c, w.cfg, w.store, &o, stop)
	if err != nil {
		return runner.Summary{}, err
	}
	defer wires.Close()
	o.Agents, o.Grader = wires.agent, wires.grader
	o.Observers = []runner.Observer{newProgress(c.ErrOrStderr(), w.run, w.cfg)}
	summary, err := runner.Run(ctx, o)
	if err != nil {
		return summary, fmt.Errorf("run %s stopped: %w", o.RunID, err)
	}
	return summary, nil
}

// wire makes what the config names ready for the trials of a run, and puts the
// run's pool and journal in place. Stop is called with what makes the rest of
// the run pointless.
func wire(
	c *cobra.Command, cfg *config.Config, store *results.Store, o *runner.Options,
	stop func(error),
) (*wiring, error) {
	ctx, stderr := c.Context(), c.ErrOrStderr()
	w, err := newWiring(ctx, cfg, stderr, stop)
	if err != nil {
		return nil, err
	}
	warnLocal(cfg, stderr)
	tasks := make([]bench.Task, len(o.Trials))
	for i, t := range o.Trials {
		tasks[i] = t.Task
	}
	if err = reap(ctx, w.pool, stderr); err == nil {
		err = fits(ctx, w.pool, tasks)
	}
	if err == nil {
		o.Journal, err = w.journal(ctx, store, o.Trials)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	o.Pool = w.pool
	return w, nil
}

// warnLocal says what local sandboxes are not.
func warnLocal(cfg *config.Config, stderr io.Writer) {
	if cfg.Sandbox.Kind == config.Local {
		fmt.Fprintln(stderr, "local sandboxes isolate nothing: "+
			"agents run commands as you, in directories of this machine")
	}
}

// conclude prints the comparison, also of an interrupted run (hence its own
// context), and what to try next, with an instance as an example.
func (w *work) conclude(c *cobra.Command, id, instance string) error {
	ctx := context.WithoutCancel(c.Context())
	if err := printComparison(ctx, c.OutOrStdout(), w.store, []string{id}, compareFlags{
		format: w.format,
	}); err != nil {
		return err
	}
	path := w.store.Path()
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
			path = rel
		}
	}
	db := ""
	if path != "bench.db" {
		db = " --db " + path
	}
	fmt.Fprintf(c.ErrOrStderr(), "\ndatabase: %s (sqlite3 %s 'select * from v_trials')\n"+
		"next: bench show %s %s%s   # its trials, with timelines\n",
		path, path, id, instance, db)
	return nil
}

// ending turns how a run ended into an exit status.
func ending(s runner.Summary, id string) error {
	switch s.State {
	case bench.RunInterrupted:
		return &bench.Failure{
			Status: bench.ExitInterrupted, Err: errors.New("interrupted"),
			Hint: "to continue: bench resume " + id,
		}
	case bench.RunBudget:
		return &bench.Failure{
			Status: bench.ExitBudget, Err: errors.New("stopped: the run's cost limit is reached"),
		}
	case bench.RunFailed:
		return fmt.Errorf("stopped: %s\n  nothing is lost: when that is mended, bench resume %s",
			s.Error, id)
	case bench.RunRunning, bench.RunDone:
	}
	return noVerdict(s.Unfinished, "trial")
}

// reap removes what dead runs left behind.
func reap(ctx context.Context, pool sandbox.Pool, stderr io.Writer) error {
	n, err := pool.Reap(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(stderr, "removed what dead runs left behind: %s\n", plural.Count(n, "sandbox"))
	}
	return nil
}

// newProgress draws live lines on a terminal, and plain ones elsewhere.
func newProgress(w io.Writer, run *bench.Run, cfg *config.Config) runner.Observer {
	if c, ok := w.(*console); ok {
		if terminal, ok := c.terminal(); ok {
			live := progress.NewLive(terminal, run, cfg.Workers.Agents+cfg.Workers.Grading)
			c.draw(live)
			return live
		}
	}
	return progress.NewPlain(w, run)
}
