package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
)

// defaultDB is the database of commands that are told of no other.
const defaultDB = "bench.db"

// dbFlag adds --db to a command that reads a database.
func dbFlag(c *cobra.Command, path *string) {
	c.Flags().StringVar(path, "db", defaultDB, "database file")
}

// openForWriting opens a database to write to, which is made if it is missing.
func openForWriting(ctx context.Context, path string) (*results.Store, error) {
	return intact(ctx, path, results.Open)
}

// intact opens a database. If it was left open and no run is worked on, the process that
// had it open has died, and perhaps the machine: then its log and pages are checked.
func intact(
	ctx context.Context, path string, open func(context.Context, string) (*results.Store, error),
) (*results.Store, error) {
	check := results.LeftOpen(path) && !anyAlive(path)
	if check {
		if err := results.CheckLog(path); err != nil {
			return nil, err
		}
	}
	s, err := open(ctx, path)
	if err != nil || !check {
		return s, err
	}
	if err := s.QuickCheck(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.FoldLog(ctx) // who only reads leaves it: every command would check it again
	return s, nil
}

// openStore opens a database for reading. One of an earlier bench is brought up to
// date, if it can be written to.
func openStore(ctx context.Context, path string) (*results.Store, error) {
	if err := mustExist(path); err != nil {
		return nil, err
	}
	return intact(ctx, path, openUpToDate)
}

// mustExist refuses a database that is not there.
func mustExist(path string) error {
	if _, err := os.Stat(path); err != nil {
		return bench.Usagef("no database %s: name it with --db", path)
	}
	return nil
}

func openUpToDate(ctx context.Context, path string) (*results.Store, error) {
	s, err := results.OpenReadOnly(ctx, path)
	if !errors.Is(err, results.ErrOutdated) {
		return s, err
	}
	updated, failed := results.Open(ctx, path)
	if failed != nil {
		return nil, err
	}
	if err := updated.Close(); err != nil {
		return nil, err
	}
	return results.OpenReadOnly(ctx, path)
}

// withStore runs f on a database opened for reading.
func withStore(ctx context.Context, path string, f func(*results.Store) error) error {
	store, err := openStore(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	return f(store)
}

// known refuses a run that the database does not have, and names those it has.
func known(ctx context.Context, s *results.Store, id string) error {
	_, err := s.Run(ctx, id)
	if !errors.Is(err, results.ErrNotFound) {
		return err
	}
	names, err := runIDs(ctx, s)
	if err != nil {
		return err
	}
	return bench.Usagef("no run %s in %s, which has: %s",
		id, s.Path(), strings.Join(names, ", "))
}

// allWithTrials refuses runs of which one is not in the database, is named twice, or has
// no trials.
func allWithTrials(ctx context.Context, s *results.Store, runs []string) error {
	if err := allKnown(ctx, s, runs); err != nil {
		return err
	}
	for _, id := range runs {
		if err := withTrials(ctx, s, id); err != nil {
			return err
		}
	}
	return nil
}

// withTrials refuses a run that the database does not have, and one that holds others'
// points and no trials.
func withTrials(ctx context.Context, s *results.Store, id string) error {
	if err := known(ctx, s, id); err != nil {
		return err
	}
	r, err := s.Run(ctx, id)
	if err == nil && r.Points > 0 {
		err = bench.Usagef("run %s holds published points and no trials: bench plot and bench "+
			"report draw them beside another run", id)
	}
	return err
}

// ofModels refuses a run that plays another one again: its answers, costs and verdicts would
// count twice.
func ofModels(r results.Run) error {
	if r.Replay == nil {
		return nil
	}
	return bench.Usagef("run %s is a %s, and measures no model: take run %s (bench compare %s shows "+
		"the replay by itself)", r.ID, r.Replay, r.Replay.Of, r.ID)
}

// oneReplay refuses a run that plays another one again beside others.
func oneReplay(ctx context.Context, s *results.Store, runs []string) error {
	if len(runs) < 2 {
		return nil
	}
	for _, id := range runs {
		r, err := s.Run(ctx, id)
		if err == nil {
			err = ofModels(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ofFixedSize refuses a run that could end as soon as it was decided: what compares nights
// or ranks sidekicks takes the number of tasks as given.
func ofFixedSize(r results.Run) error {
	if r.Stop == "" {
		return nil
	}
	return bench.Usagef("run %s could end early (compare.stop: %s), and how many tasks it has "+
		"depends on how they ended: bench compare takes that into account, nothing else does",
		r.ID, r.Stop)
}

// parted are the runs that have trials, and the published points of the others.
func parted(
	ctx context.Context, s *results.Store, runs []string,
) (trials []string, points []bench.Point, err error) {
	if err := allKnown(ctx, s, runs); err != nil {
		return nil, nil, err
	}
	if err := oneReplay(ctx, s, runs); err != nil {
		return nil, nil, err
	}
	for _, id := range runs {
		some, err := s.Points(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		if points = append(points, some...); len(some) == 0 {
			trials = append(trials, id)
		}
	}
	return trials, points, nil
}

// runIDs are the runs that a database has.
func runIDs(ctx context.Context, s *results.Store) ([]string, error) {
	runs, err := s.Runs(ctx)
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.ID
	}
	return ids, err
}

// allKnown refuses runs of which one is not in the database, or named twice.
func allKnown(ctx context.Context, s *results.Store, runs []string) error {
	for i, run := range runs {
		if slices.Contains(runs[:i], run) {
			return bench.Usagef("run %s is named twice", run)
		}
		if err := known(ctx, s, run); err != nil {
			return err
		}
	}
	return nil
}
