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
	wires, err := wire(c, w.cfg, w.store, &o)
	if err != nil {
		return err
	}
	defer wires.Close()
	o.Agents, o.Grader = wires.agent, wires.grader
	o.Observers = []runner.Observer{newProgress(c.ErrOrStderr(), w.run, w.cfg)}
	summary, err := runner.Run(c.Context(), o)
	if err != nil {
		return fmt.Errorf("run %s stopped: %w", o.RunID, err)
	}
	if err := w.conclude(c, o.RunID, o.Trials[0].Task.InstanceID); err != nil {
		return err
	}
	return ending(summary, o.RunID)
}

// wire makes what the config names ready for the trials of a run, and puts the
// run's pool and journal in place.
func wire(
	c *cobra.Command, cfg *config.Config, store *results.Store, o *runner.Options,
) (*wiring, error) {
	ctx, stderr := c.Context(), c.ErrOrStderr()
	w, err := newWiring(ctx, cfg, stderr)
	if err != nil {
		return nil, err
	}
	warnLocal(cfg, stderr)
	tasks := make([]bench.Task, len(o.Trials))
	for i, t := range o.Trials {
		tasks[i] = t.Task
	}
	if err = reap(ctx, w.pool, stderr); err == nil {
		err = fitEngine(ctx, cfg, w.pool, tasks)
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
	_, err := fmt.Fprintf(c.ErrOrStderr(), "\ndatabase: %s (sqlite3 %s 'select * from v_trials')\n"+
		"next: bench show %s %s%s   # its trials, with timelines\n",
		path, path, id, instance, db)
	return err
}

// ending turns how a run ended into an exit status.
func ending(s runner.Summary, id string) error {
	switch s.State {
	case bench.RunInterrupted:
		return &statusError{exitInterrupted, fmt.Errorf("interrupted: to continue: bench resume %s", id)}
	case bench.RunBudget:
		return &statusError{exitBudget, errors.New("stopped: the run's cost limit is reached")}
	case bench.RunFailed:
		return errors.New("the run failed")
	case bench.RunRunning, bench.RunDone:
	}
	if s.Unfinished > 0 {
		return &statusError{exitIncomplete, fmt.Errorf("no verdict: %s", several(s.Unfinished, "trial"))}
	}
	return nil
}

// reap removes what dead runs left behind.
func reap(ctx context.Context, pool sandbox.Pool, stderr io.Writer) error {
	n, err := pool.Reap(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		fmt.Fprintf(stderr, "removed what dead runs left behind: %s\n", several(n, "sandbox"))
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
