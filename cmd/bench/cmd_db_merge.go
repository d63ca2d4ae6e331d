package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
)

func newDBMerge() *cobra.Command {
	return &cobra.Command{
		Use:   "merge OUT IN…",
		Short: "Put the runs of databases together in one file: shards, machines, nights",
		Long: `Put the runs of databases together in OUT, with what OUT has already. Shards of
a run (bench run --shard) become one run, as if one process had done it. Other
runs are carried over as they are. The files IN stay as they are.

Refused, with the reason, is what is not one run: shards of another config,
another dataset or other prices, or that overlap; and what was done twice under
one name. Shards may be missing: the run is incomplete until they are merged, too.

The same files again, or earlier states of them, change nothing. OUT is replaced
when all of it has been written and read again: until then it is as it was.

Exit status: 3 if shards of a run are missing or not done.`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return mergeInto(c, args[0], args[1:])
		},
	}
}

func mergeInto(c *cobra.Command, out string, in []string) error {
	ctx := c.Context()
	if err := canBeMerged(out, in); err != nil {
		return err
	}
	if _, err := os.Stat(out); err == nil {
		if err := broughtUpToDate(ctx, out); err != nil {
			return err
		}
	}
	lock, err := lockFile(out, "merge", out)
	if err != nil {
		return err
	}
	defer lock.Close()
	for _, path := range in {
		if results.LeftOpen(path) && !anyAlive(path) {
			if err := results.CheckLog(path); err != nil {
				return err
			}
		}
	}
	runs, err := results.Merge(ctx, out, in)
	if err != nil {
		return err
	}
	return tellMerged(c.OutOrStdout(), out, runs)
}

// canBeMerged refuses databases that are not there, and OUT among them.
func canBeMerged(out string, in []string) error {
	target, err := os.Stat(out)
	switch {
	case out == "", err == nil && target.IsDir():
		return bench.Usagef("merge into %q: want the name of a file", out)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	for _, path := range in {
		info, err := os.Stat(path)
		if err != nil {
			return bench.UsageError(fmt.Errorf("merge: %w", err))
		}
		if target != nil && os.SameFile(info, target) {
			return bench.Usagef("%s is the file to merge into: name only others", path)
		}
	}
	return nobodyWorks(out)
}

// broughtUpToDate leaves a database closed, without a log beside it, and with today's schema.
func broughtUpToDate(ctx context.Context, path string) error {
	s, err := openForWriting(ctx, path)
	if err != nil {
		return err
	}
	return s.Close()
}

// tellMerged says what became of each run.
func tellMerged(w io.Writer, out string, runs []results.Merged) error {
	open := 0
	for _, r := range runs {
		what := map[[2]bool]string{
			{false, true}: "added", {true, true}: "more of it is there", {true, false}: "as it was",
		}[[2]bool{r.Before, r.Changed}]
		line := fmt.Sprintf("%s: run %s: %s", out, r.ID, what)
		if r.Shards > 0 {
			line += fmt.Sprintf(", %d of %s", r.Shards-len(r.Missing), plural.Count(r.Shards, "shard"))
		}
		open += len(r.Missing) + len(r.Open)
		if len(r.Missing) > 0 {
			line += "; missing: " + numbers(r.Missing)
		}
		if len(r.Open) > 0 {
			line += "; not done: " + numbers(r.Open)
		}
		if len(r.Versions) > 1 {
			line += "; by different versions of bench: " + strings.Join(r.Versions, ", ")
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	if open == 0 {
		return nil
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete, Err: errors.New("incomplete: shards are missing or not done"),
		Hint: "run or resume them, and merge again",
	}
}

// numbers is a list of numbers.
func numbers(all []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ", "), "[]")
}
