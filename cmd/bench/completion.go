package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench/results"
)

// completes has the shell complete the arguments of all commands that name runs: from the
// database that --db names. One that cannot be read completes nothing.
func completes(root *cobra.Command) {
	for _, c := range below(root) {
		words := strings.Fields(c.Use)
		if len(words) < 2 || !strings.HasPrefix(words[1], "RUN") {
			continue
		}
		several := strings.HasSuffix(words[1], "...")
		instances := slices.Contains(words, "INSTANCE")
		c.ValidArgsFunction = func(
			c *cobra.Command, args []string, _ string,
		) ([]string, cobra.ShellCompDirective) {
			switch {
			case len(args) == 0 || several:
				return runsToComplete(c, args), cobra.ShellCompDirectiveNoFileComp
			case len(args) == 1 && instances:
				return instancesToComplete(c, args[0]), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

// readToComplete lets f read the database of a command.
func readToComplete(c *cobra.Command, f func(context.Context, *results.Store)) {
	path, err := c.Flags().GetString("db")
	if err != nil {
		return // it has none
	}
	s, err := results.OpenReadOnly(c.Context(), path)
	if err != nil {
		return
	}
	defer s.Close()
	f(c.Context(), s)
}

// runsToComplete are the runs that are not named yet, each with what it is of.
func runsToComplete(c *cobra.Command, named []string) (out []string) {
	readToComplete(c, func(ctx context.Context, s *results.Store) {
		runs, err := s.Runs(ctx)
		if err != nil {
			return
		}
		for _, r := range runs {
			if !slices.Contains(named, r.ID) {
				out = append(out, r.ID+"\t"+r.Name+", "+string(r.State))
			}
		}
	})
	return out
}

// instancesToComplete are the tasks of a run.
func instancesToComplete(c *cobra.Command, run string) (out []string) {
	readToComplete(c, func(ctx context.Context, s *results.Store) {
		trials, err := s.Trials(ctx, run)
		if err != nil {
			return
		}
		for _, t := range trials {
			if !slices.Contains(out, t.Key.InstanceID) {
				out = append(out, t.Key.InstanceID)
			}
		}
	})
	return out
}
