package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/machine"
	"bench/internal/plural"
	"bench/internal/progress"
	"bench/replay"
	"bench/results"
	"bench/results/compare"
	"bench/runner"
	"bench/sandbox"
)

// work is a run that is started or resumed, and what it needs to be done.
type work struct {
	cfg   *config.Config
	store *results.Store
	run   *bench.Run // as far as it is in the store
	view  viewFlags  // of the comparison
	until deadlineFlags
	logs  logFlags
	times string // a database that says how long tasks take
	// player answers in the place of models; nil asks them.
	player *replay.Player
}

// do runs the trials and prints what came of it.
func (w *work) do(c *cobra.Command, o runner.Options) error {
	summary, err := w.perform(c, o)
	if err != nil {
		return err
	}
	if summary.State == bench.RunDecided {
		fmt.Fprintf(c.ErrOrStderr(), "decided: %s did not start, as quality is decided for every "+
			"candidate (compare.stop)\n", plural.Count(summary.Spared, "trial"))
	}
	if err := w.conclude(c, o.RunID, o.Trials[0].Task.InstanceID); err != nil {
		return err
	}
	return ending(summary, resumed(w.store.Path(), o.RunID))
}

// perform runs the trials.
func (w *work) perform(c *cobra.Command, o runner.Options) (runner.Summary, error) {
	ctx, stop := context.WithCancelCause(c.Context())
	defer stop(nil)
	log, err := w.logs.open(c.ErrOrStderr())
	if err == nil {
		err = fitMachine(w.cfg, c.ErrOrStderr())
	}
	if err == nil {
		err = w.bounded(c, &o)
	}
	if err != nil {
		return runner.Summary{}, err
	}
	wires, err := wire(c, w.cfg, w.store, &o, stop, w.player)
	if err != nil {
		return runner.Summary{}, err
	}
	defer wires.Close()
	if err := w.longestFirst(ctx, wires.pool, o.Trials); err != nil {
		return runner.Summary{}, err
	}
	if w.player != nil {
		o.Through = w.player.Through
		defer context.AfterFunc(ctx, w.player.Release)()
	}
	o.Agents, o.Grader = wires.agent, wires.grader
	o.Observers = w.watch(c.ErrOrStderr(), log)
	summary, err := runner.Run(ctx, o)
	if err != nil {
		return summary, fmt.Errorf("run %s stopped: %w", o.RunID, err)
	}
	return summary, nil
}

// question is what may end the run early, with what is known of its trials; nil if
// nothing may. Trials are all that the run has.
func (w *work) question(h bench.RunStarted, trials []bench.TrialKey) runner.Question {
	h.Configurations = w.cfg.BenchConfigurations()
	q := compare.NewQuestion(h, trials)
	if q == nil {
		return nil
	}
	for k, t := range w.run.Trials {
		if !t.Outcome.Open() {
			q.Ended(k, t.Outcome, t.Resolved)
		}
	}
	return q
}

// wire makes what the config names ready for the trials of a run, and puts the
// run's pool and journal in place. Stop is called with what makes the rest of
// the run pointless.
func wire(
	c *cobra.Command, cfg *config.Config, store *results.Store, o *runner.Options,
	stop func(error), player *replay.Player,
) (*wiring, error) {
	ctx, stderr := c.Context(), c.ErrOrStderr()
	w, err := newWiring(ctx, cfg, stderr, stop, player)
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
		err = w.pinned(ctx, store, o.Header.RepetitionOf, tasks)
	}
	if err == nil {
		warnCopies(ctx, w.pool, tasks, stderr)
		o.Journal, err = w.journal(ctx, store, o.Trials)
	}
	if err == nil {
		w.clients.served, err = store.Answering(ctx, o.RunID)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	o.Pool, o.Log, o.Redact = w.pool, store, w.clients.redactor(stderr)
	o.Header.Host = host(ctx, w.pool)
	return w, nil
}

// host is this machine, as runs record it.
func host(ctx context.Context, pool sandbox.Pool) *bench.Host {
	h := machine.Host()
	if engine, ok := pool.(sandbox.Versioner); ok {
		if v, err := engine.Version(ctx); err == nil { // else the run will say what is wrong
			h.EngineVersion = v
		}
	}
	return &h
}

// redactor takes keys out of what is recorded, and from now on of what is printed.
func (c *clients) redactor(stderr io.Writer) *bench.Redactor {
	keys := bench.NewRedactor(leastKey, c.keys...)
	if screen, ok := stderr.(*console); ok {
		screen.hide(keys)
	}
	return keys
}

// leastKey is the fewest bytes of a key that is taken out of what is recorded. Shorter
// ones are not those of a provider, but stand-ins that servers at home ask for, and may
// be words of a patch.
const leastKey = 12

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
		viewFlags: w.view,
	}); err != nil {
		return err
	}
	path, db := quote(shortPath(w.store.Path())), dbOption(w.store.Path())
	fmt.Fprintf(c.ErrOrStderr(), "\ndatabase: %s (sqlite3 %s 'select * from v_trials')\n"+
		"next: bench compare %s --full%s   # every metric\n"+
		"      bench show %s %s%s   # its trials, with timelines\n",
		path, path, id, db, id, instance, db)
	return nil
}

// ending turns how a run ended into an exit status, and says what to do then.
func ending(s runner.Summary, then sequel) error {
	switch s.State {
	case bench.RunInterrupted:
		return &bench.Failure{
			Status: bench.ExitInterrupted, Err: errors.New("interrupted"),
			Hint: "to continue: " + then.goOn,
		}
	case bench.RunBudget:
		return &bench.Failure{
			Status: bench.ExitBudget, Err: errors.New("stopped: the run's cost limit is reached"),
		}
	case bench.RunDeadline:
		return overdue(s, then)
	case bench.RunFailed:
		return fmt.Errorf("stopped: %s\n  nothing is lost: when that is mended, %s",
			s.Error, then.goOn)
	case bench.RunRunning, bench.RunDone, bench.RunDecided:
	}
	return then.unfinished(s.Unfinished)
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
