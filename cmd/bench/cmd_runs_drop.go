package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/examination"
)

// dropFlags are those of runs drop-bodies.
type dropFlags struct {
	db              string
	olderThan       time.Duration
	unfinished, yes bool
}

func newRunsDropBodies() *cobra.Command {
	var f dropFlags
	c := &cobra.Command{
		Use:   "drop-bodies RUN... | --older-than DURATION",
		Short: "Drop what was said in runs from a database, for good, and keep all figures",
		Long: `Drop what models, agents and tools said in runs: prompts, answers, commands with
their output, briefs and reports. That is most of a database. Every figure, verdict
and patch stays, and so do test logs, the config, tasks and the prompts that agents
start with: compare, report, gate, diff, grade and run --from go on as before. What
is gone is the conversations of report, view and export, and bench replay.

Trials are examined for contamination first. Trials that were cut off could not be
resumed any more: their runs are refused, or passed over, without --unfinished. The
file becomes smaller by bench db vacuum. No run in the database may be worked on
meanwhile.`,
		Args: f.args,
		RunE: func(c *cobra.Command, args []string) error {
			return withWriting(c, f.db, func(s *results.Store) error {
				return f.drop(c, s, args)
			})
		},
	}
	dbFlag(c, &f.db)
	fs := c.Flags()
	fs.DurationVar(&f.olderThan, "older-than", 0, "all runs that ended that long ago (720h)")
	fs.BoolVar(&f.unfinished, "unfinished", false, "also of runs with trials that were cut off")
	fs.BoolVar(&f.yes, "yes", false, "drop it; without it, what would go is printed")
	return c
}

func (f *dropFlags) args(c *cobra.Command, args []string) error {
	switch older := c.Flags().Changed("older-than"); {
	case older && f.olderThan <= 0:
		return bench.Usagef("--older-than %s: want how long ago, such as 720h for 30 days", f.olderThan)
	case older && len(args) > 0:
		return bench.Usagef("runs drop-bodies: name runs, or give --older-than, not both")
	case !older && len(args) == 0:
		return bench.Usagef("runs drop-bodies: which runs? Name them, or give --older-than 720h")
	}
	return nil
}

// drop drops what was said in runs, or says what would go. Nothing goes if one of those
// that were named must not.
func (f *dropFlags) drop(c *cobra.Command, store *results.Store, ids []string) error {
	ctx, out := c.Context(), c.OutOrStdout()
	if err := allKnown(ctx, store, ids); err != nil {
		return err
	}
	if err := nobodyWorks(store.Path()); err != nil {
		return err
	}
	runs, err := f.runs(ctx, out, store, ids)
	if err != nil {
		return err
	}
	var locks []io.Closer
	defer func() {
		for _, lock := range locks {
			lock.Close()
		}
	}()
	for _, run := range runs {
		lock, err := lockRun(store, run)
		if err != nil {
			return err
		}
		locks = append(locks, lock)
	}
	some := false
	for _, run := range runs {
		said, err := store.Said(ctx, run)
		if err != nil {
			return err
		}
		if said.Texts == 0 {
			fmt.Fprintf(out, "%s: nothing to drop\n", run)
			continue
		}
		some = true
		verb := "would drop"
		if f.yes {
			if err := dropBodies(ctx, store, run); err != nil {
				return err
			}
			verb = "dropped"
		}
		fmt.Fprintf(out, "%s: %s %s, %.1f MB\n", run, verb, plural.Count(said.Texts, "text"),
			float64(said.Bytes)/1e6)
	}
	if some && !f.yes {
		return bench.Usagef("nothing was dropped: say --yes to drop for good")
	}
	return nil
}

// runs are those whose bodies are to be dropped.
func (f *dropFlags) runs(
	ctx context.Context, out io.Writer, store *results.Store, ids []string,
) (chosen []string, err error) {
	named := len(ids) > 0
	if !named {
		if ids, err = endedBefore(ctx, store, time.Now().Add(-f.olderThan)); err != nil {
			return nil, err
		}
	}
	for _, id := range ids {
		trials, err := store.Trials(ctx, id)
		if err != nil {
			return nil, err
		}
		open := 0
		for _, t := range trials {
			if t.Outcome.Open() && !t.StartedAt.IsZero() && t.BodiesDroppedAt.IsZero() {
				open++
			}
		}
		switch cut := plural.Count(open, "trial"); {
		case open == 0 || f.unfinished:
			chosen = append(chosen, id)
		case named:
			return nil, bench.Usagef("run %s: %s could not be resumed any more: bench resume %s ends it "+
				"first, --unfinished drops all the same", id, cut, id)
		default:
			fmt.Fprintf(out, "%s: passed over, as %s could not be resumed any more (--unfinished)\n",
				id, cut)
		}
	}
	return chosen, nil
}

// endedBefore are the runs that ended before a moment and have trials, the earliest first.
func endedBefore(
	ctx context.Context, store *results.Store, at time.Time,
) (ids []string, err error) {
	runs, err := store.Runs(ctx)
	for _, r := range runs {
		last := r.EndedAt
		if last.IsZero() { // it was killed
			last = r.UpdatedAt
		}
		if last.Before(at) && r.Trials > 0 {
			ids = append([]string{r.ID}, ids...)
		}
	}
	return ids, err
}

// dropBodies drops what was said in a run, once all that follows from it is known.
func dropBodies(ctx context.Context, store *results.Store, run string) error {
	if _, err := examination.Run(ctx, store, run); err != nil {
		return err
	}
	_, err := store.Append(ctx, bench.Event{
		RunID: run, Time: time.Now(), Payload: bench.BodiesDropped{},
	})
	return err
}

// bodiesThere refuses trials that need what was said in them, of which that was dropped.
func bodiesThere(
	ctx context.Context, store *results.Store, run, what string, needs func(results.Trial) bool,
) error {
	trials, err := store.Trials(ctx, run)
	if err != nil {
		return err
	}
	for _, t := range trials {
		if day := t.Dropped(); day != "" && needs(t) {
			return bench.Usagef("run %s: what was said in %s was dropped on %s (bench runs drop-bodies): "+
				"it cannot be %s", run, t.Key, day, what)
		}
	}
	return nil
}
