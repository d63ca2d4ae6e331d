package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/view"
)

// servedFlags are what `bench view` takes.
type servedFlags struct {
	reportFlags
	addr string
}

func newView() *cobra.Command {
	var f servedFlags
	c := &cobra.Command{
		Use:   "view [RUN...]",
		Short: "Serve the reports of runs on this machine, also while they go on",
		Long: `Serve a list of runs (by default of all in the database) and the report of each,
straight from the database, until interrupted. The address is printed first. Pages
of runs that go on load themselves again.

Only this machine can see it: pages show all that models and tests have written,
and there is no password. From another machine, use ssh -L 8080:127.0.0.1:PORT HOST.`,
		Args: func(c *cobra.Command, _ []string) error { return f.checkPage(c) },
		RunE: func(c *cobra.Command, args []string) error {
			f.allMeansAll(c)
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return f.serve(c.Context(), c.OutOrStdout(), s, args)
			})
		},
	}
	dbFlag(c, &f.db)
	f.pageFlags(c)
	c.Flags().StringVar(&f.addr, "addr", "127.0.0.1:0",
		"`address` of this machine alone; port 0 picks a free one")
	return c
}

// serve serves runs until ctx is cancelled.
func (f *servedFlags) serve(
	ctx context.Context, w io.Writer, s *results.Store, runs []string,
) error {
	if err := allKnown(ctx, s, runs); err != nil {
		return err
	}
	l, err := view.Listen(ctx, f.addr)
	if errors.Is(err, view.ErrNotLoopback) {
		return bench.Usagef("--addr %s: want 127.0.0.1, [::1] or localhost with a port: the pages show "+
			"all that models and tests wrote, without a password", f.addr)
	}
	if err != nil {
		return bench.Usagef("--addr %s: %w", f.addr, err)
	}
	server := view.New(view.Options{
		Source: s, Database: filepath.Base(s.Path()), Runs: runs,
		Page: func(ctx context.Context, w io.Writer, ids []string, refresh int) error {
			return f.page(ctx, w, s, ids, refresh)
		},
	})
	if _, err := fmt.Fprintf(w, "http://%s/\n", l.Addr()); err != nil {
		return errors.Join(err, l.Close())
	}
	return server.Serve(ctx, l)
}

// page writes the page of runs.
func (f *servedFlags) page(
	ctx context.Context, w io.Writer, s *results.Store, ids []string, refresh int,
) error {
	trials, points, err := withPage(ctx, s, ids)
	if err != nil {
		return err
	}
	po := f.options("bench report "+strings.Join(ids, " ")+" -o report.html", points)
	po.Refresh, po.List = refresh, "/"
	_, err = writePage(ctx, w, s, trials, f.compareFlags, po)
	return err
}
