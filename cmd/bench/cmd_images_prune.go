package main

import (
	"fmt"
	"io"
	"strings"

	"bench"

	"github.com/spf13/cobra"

	"bench/config"
	"bench/internal/plural"
	"bench/sandbox"
)

// pruneFlags are what `bench images prune` takes beside the tasks.
type pruneFlags struct {
	imagesFlags
	budget string
	all    bool
	dryRun bool
}

func newImagesPrune() *cobra.Command {
	var f pruneFlags
	c := &cobra.Command{
		Use:   "prune --config FILE",
		Short: "Remove images that bench has pulled or built, by a disk budget",
		Long: `Remove images that bench has pulled or built, the least recently used ones
first, until the others take no more disk than the budget: --budget, or the
config's sandbox.disk_budget. Images of the selected tasks stay. With --all,
everything that bench has pulled or built goes.

Images that were there before, that have a name which others gave them, or that
a container has are never removed.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.budget, "budget", "", "size, such as 100GiB (default: the config's)")
	c.Flags().BoolVar(&f.all, "all", false, "whatever the budget, those of the selected tasks too")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be removed, remove nothing")
	c.MarkFlagsMutuallyExclusive("budget", "all")
	return c
}

func (f *pruneFlags) run(c *cobra.Command) error {
	var budget config.Size
	if f.budget != "" {
		if err := budget.DecodeScalar(f.budget); err != nil {
			return bench.Usagef("--budget %s: want %w", f.budget, err)
		}
	}
	s, err := f.open(c)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	if budget == 0 {
		budget = s.cfg.Sandbox.DiskBudget
	}
	if budget == 0 && !f.all {
		return bench.Usagef("no budget: give --budget or sandbox.disk_budget, or --all")
	}
	if !f.all {
		if err := s.pool.Keep(c.Context(), s.tasks); err != nil {
			return err
		}
	}
	pruned, err := s.pool.Prune(c.Context(), sandbox.PruneOptions{
		Budget: int64(budget), All: f.all, DryRun: f.dryRun,
	})
	if e := f.print(c.OutOrStdout(), pruned); e != nil {
		return e
	}
	return err
}

// print says what went, or would go.
func (f *pruneFlags) print(w io.Writer, pruned sandbox.Pruned) error {
	verb := "removed"
	if f.dryRun {
		verb = "would remove"
	}
	var freed int64
	for _, r := range pruned.Removed {
		freed += r.Freed
		fmt.Fprintf(w, "%s %s: %s, last used %s\n", verb, strings.Join(r.Names, ", "),
			gigabytes(r.Freed), r.LastUse.UTC().Format("2006-01-02 15:04"))
	}
	_, err := fmt.Fprintf(w, "%s: %s, %s; left: %s\n", verb, plural.Count(len(pruned.Removed),
		"image"),
		gigabytes(freed), gigabytes(pruned.Used))
	if err == nil && !f.all && pruned.Used > pruned.Budget {
		_, err = fmt.Fprintf(w, "that is more than the budget of %s: the rest is needed\n",
			gigabytes(pruned.Budget))
	}
	return err
}
