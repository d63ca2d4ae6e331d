package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/replay"
	"bench/results"
	"bench/runner"
)

// replayFlags are what `bench replay` takes.
type replayFlags struct {
	configFlags                      // without --config: it is in the database
	db, runID                        string
	replay                           bench.Replay
	onlyConfigurations, onlyInstance []string
	logFlags
}

func newReplay() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay RUN",
		Short: "Play a run again from its log: no model is asked, everything else is done",
		Long: `replay plays the trials of a run again, as a run of its own. What models answered
is taken from the log of the run, and so are the costs, of which nothing is paid now.
Agents work in real sandboxes, and their patches are judged: what comes out otherwise
than before shows what a change of prompts, tools or bench itself does.

Of each trial it prints whether it was the same, or where it first differed. A
replay measures no model: only bench compare, report and show look at it, and say so.
docs/replay.md explains the rest.`,
		Args: exactly(1, "a run (see bench runs)"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	dbFlag(c, &f.db)
	fs := c.Flags()
	fs.StringVar(&f.runID, "run-id", "",
		"name of the new run (default: its start time and four letters)")
	fs.BoolVar(&f.replay.Strict, "strict", false,
		"end a trial where a request first differs from the one in the log; the exit status is then 1")
	fs.IntVar(&f.replay.From, "from", 0,
		"ask models from this `turn` of the main agent on, at least 2: that is paid for")
	fs.BoolVar(&f.replay.Fallback, "fallback", false,
		"ask models where the log has no answer to a request: that is paid for")
	fs.StringSliceVarP(&f.onlyInstance, "instances", "i", nil, "only these instance ids")
	fs.StringSliceVar(&f.onlyConfigurations, "configurations", nil, "only these configurations")
	key(&f.configFlags, "workers", "workers.agents",
		fs.IntP("workers", "w", 0, "trials worked on at once (default: as before)"))
	fs.StringArrayVar(&f.set, "set", nil,
		"change a configuration: configurations.NAME.key=value (repeatable)")
	f.addLog(c)
	return c
}

func (f *replayFlags) run(c *cobra.Command, of string) error {
	if err := f.check(c); err != nil {
		return err
	}
	ctx := c.Context()
	store, err := openForWriting(ctx, f.db)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := known(ctx, store, of); err != nil {
		return err
	}
	h, err := runner.ReadHistory(ctx, store, of)
	if err != nil {
		return err
	}
	if err := canBeReplayed(h.Run); err != nil {
		return err
	}
	keys, err := f.trials(c.ErrOrStderr(), h.Run)
	if err != nil {
		return err
	}
	played := func(t results.Trial) bool { return slices.Contains(keys, t.Key) }
	if err := bodiesThere(ctx, store, of, "played again", played); err != nil {
		return err
	}
	if err := replay.Check(ctx, store, of, keys); err != nil {
		return bench.Usagef("run %s cannot be played again: %w\n  choose other trials with --instances "+
			"and --configurations", of, err)
	}
	return f.play(c, store, h, keys)
}

// check refuses flags that mean nothing, or not together.
func (f *replayFlags) check(c *cobra.Command) (err error) {
	if err := mustExist(f.db); err != nil {
		return err
	}
	if c.Flags().Changed("from") && f.replay.From < 2 {
		return bench.Usagef("--from %d: want a turn from 2 on; without a turn from the log it is a run "+
			"like any other (bench run)", f.replay.From)
	}
	if f.replay.Strict {
		if err := refuse(c, "strict", "fallback"); err != nil {
			return err
		}
	}
	for _, s := range f.set {
		if !strings.HasPrefix(s, "configurations.") {
			return bench.Usagef("--set %s: a replay can change configurations alone: want "+
				"configurations.NAME.key=value", s)
		}
	}
	f.runID, err = runID(f.runID)
	return err
}

// canBeReplayed refuses runs that are not in the log whole, or whose sandboxes bench
// did not make.
func canBeReplayed(r *bench.Run) error {
	switch h := r.Header; {
	case h.Replay != nil:
		return bench.Usagef("run %s is a %s itself: play that one again", r.ID, h.Replay)
	case h.Imported != "":
		return bench.Usagef("run %s was imported from %s: its model calls are not in the database", r.ID,
			h.Imported)
	case isTry(h):
		return bench.Usagef("run %s is a try, whose copy of the files is gone", r.ID)
	case h.SandboxKind == outside:
		return bench.Usagef("run %s is of a program that bench did not run", r.ID)
	}
	return nil
}

// trials are those that are played again: those that are over.
func (f *replayFlags) trials(stderr io.Writer, r *bench.Run) (keys []bench.TrialKey, err error) {
	if err := f.known(r.Header); err != nil {
		return nil, err
	}
	programs := map[string]bench.Command{}
	for _, c := range r.Header.Configurations {
		if c.Command != nil {
			programs[c.Name] = *c.Command
		}
	}
	chosen := func(names []string, name string) bool {
		return len(names) == 0 || slices.Contains(names, name)
	}
	open := 0
	for _, k := range r.Header.Trials {
		if !chosen(f.onlyInstance, k.InstanceID) || !chosen(f.onlyConfigurations, k.Configuration) {
			continue
		}
		if p, ok := programs[k.Configuration]; ok {
			return nil, bench.Usagef("%s: %s\n  choose others with --configurations", k.Configuration,
				whyNoProgram(p))
		}
		if r.Trials[k].Outcome.Open() {
			open++
			continue
		}
		keys = append(keys, k)
	}
	if open > 0 {
		fmt.Fprintf(stderr, "run %s: %s that did not end cannot be played again\n", r.ID,
			plural.Count(open, "trial"))
	}
	if len(keys) == 0 {
		return nil, bench.Usagef("run %s: no trial to play again", r.ID)
	}
	return keys, nil
}

// whyNoProgram says why a program cannot be played again.
func whyNoProgram(p bench.Command) string {
	if p.Gateway == nil {
		return "it is a program that reports its model calls itself: their answers are not in the log"
	}
	return "it is a program: the log has what its models said, and not the bytes in which the " +
		"gateway passed that on"
}

// known refuses names that the run does not have.
func (f *replayFlags) known(h bench.RunStarted) error {
	var names []string
	for _, c := range h.Configurations {
		names = append(names, c.Name)
	}
	if err := ofRun("configurations", f.onlyConfigurations, names); err != nil {
		return err
	}
	return ofRun("instances", f.onlyInstance, instancesOf(h))
}

// ofRun refuses names given with a flag that a run does not have.
func ofRun(flag string, asked, known []string) error {
	for _, name := range asked {
		if !slices.Contains(known, name) {
			return bench.Usagef("--%s %s: the run has: %s", flag, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// instancesOf are the tasks of a run.
func instancesOf(h bench.RunStarted) (ids []string) {
	for _, t := range h.Tasks {
		ids = append(ids, t.InstanceID)
	}
	return ids
}

// play plays trials again, as a run of their own.
func (f *replayFlags) play(
	c *cobra.Command, store *results.Store, h *runner.History, keys []bench.TrialKey,
) error {
	ctx, of := c.Context(), h.Run.ID
	options := forRuns()
	if !f.replay.Mixed() {
		options = withoutModels()
		options.Env = anyEnv
	}
	options.Set, options.Flags = f.set, f.overrides(c)
	again := func(cfg *config.Config) ([]bench.Trial, error) {
		plan, err := h.Again(ctx, keys)
		return f.changed(cfg, plan), err
	}
	cfg, plan, err := storedWork(ctx, store, h, options, again)
	if err != nil {
		return err
	}
	lock, err := claim(ctx, store, f.runID, "")
	if err != nil {
		return err
	}
	defer lock.Close()
	f.replay.Of = of
	fmt.Fprintf(c.ErrOrStderr(), "run %s: %s of %s, played again\n", f.runID,
		plural.Count(len(plan), "trial"), of)
	w := &work{
		cfg: cfg, store: store, run: bench.NewRun(f.runID), logs: f.logFlags,
		player: replay.New(store, f.replay),
	}
	header := againOf(h.Run.Header, store)
	resolved := bench.Body(cfg.Resolved())
	header.Workers, header.Stop, header.Replay = cfg.BenchWorkers(), "", &f.replay
	header.Config = resolved.Hash()
	summary, err := w.perform(c, runner.Options{RunID: f.runID, Header: header, Trials: plan,
		Bodies: []bench.Body{resolved}})
	if err != nil {
		return err
	}
	stopped, err := f.conclude(context.WithoutCancel(ctx), c.OutOrStdout(), w, keys)
	if err != nil {
		return err
	}
	then := sequel{goOn: "bench replay " + of + dbOption(store.Path())}
	if err := ending(summary, then); err != nil && bench.ExitStatusOf(err) != bench.ExitIncomplete {
		return err
	}
	if stopped > 0 {
		return fmt.Errorf("%s stopped: what was asked is not in the log of %s",
			plural.Count(stopped, "trial"), of)
	}
	return ending(summary, then)
}

// changed are trials with the configurations that --set has changed.
func (f *replayFlags) changed(cfg *config.Config, plan []bench.Trial) []bench.Trial {
	if len(f.set) == 0 {
		return plan
	}
	for _, c := range cfg.BenchConfigurations() {
		for i := range plan {
			if plan[i].Key.Configuration == c.Name {
				plan[i].Configuration = c
			}
		}
	}
	return plan
}

// anyEnv is the environment, with a value for what is missing in it: a replay asks
// nobody, and needs neither keys nor addresses.
func anyEnv(name string) (string, bool) {
	if v, ok := os.LookupEnv(name); ok {
		return v, true
	}
	return "replayed", true
}

// conclude prints how each trial came out, and returns how many were stopped.
func (f *replayFlags) conclude(
	ctx context.Context, out io.Writer, w *work, keys []bench.TrialKey,
) (stopped int, err error) {
	same, live, paid := 0, 0, bench.USD(0)
	for _, k := range keys {
		r := w.player.Result(k)
		first, err := replay.Compare(ctx, w.store, k, f.replay.Of, f.runID)
		if err != nil {
			return 0, err
		}
		if r.First != nil {
			first = r.First
		}
		if first == nil {
			same++
		}
		if r.Stopped != "" {
			stopped++
		}
		live, paid = live+r.Live, paid+r.Paid
		if _, err := fmt.Fprintf(out, "%s: %s\n", k, played(r, first)); err != nil {
			return 0, err
		}
	}
	asked := "nothing paid"
	if live > 0 {
		asked = fmt.Sprintf("%s paid for %s made now", paid, plural.Count(live, "call"))
	}
	_, err = fmt.Fprintf(out, "%d of %s the same as in %s, %s\n", same,
		plural.Count(len(keys), "trial"), f.replay.Of, asked)
	return stopped, err
}

// played says how a trial came out that was played again.
func played(r replay.Result, first *replay.Difference) string {
	said := "same, " + plural.Count(r.Calls, "answer") + " from the log"
	if first != nil {
		said = "differs: " + first.String()
	}
	if r.Differ > 1 {
		said += fmt.Sprintf("; so do %s more", plural.Count(r.Differ-1, "request"))
	}
	if r.Live > 0 {
		said += fmt.Sprintf("; models asked in %s", plural.Count(r.Live, "call"))
	}
	if r.Stalled {
		said += "; agents did not go on in the order of the log"
	}
	switch {
	case strings.HasPrefix(r.Stopped, replay.Differs):
		said += "; stopped there"
	case r.Stopped != "":
		said += "; stopped: " + r.Stopped
	}
	return said
}
