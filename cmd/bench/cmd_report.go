package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/page"
)

// reportFlags are what `bench report` takes.
type reportFlags struct {
	compareFlags
	output    string
	bodies    string
	anonymous bool
	watch     bool
}

func newReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report RUN... -o FILE.html",
		Short: "Write one HTML file that shows everything, and works without a network",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("report takes at least one run (see bench runs)")
			}
			switch page.Bodies(f.bodies) {
			case page.NoBodies, page.FailedBodies, page.AllBodies:
				return nil
			}
			return bench.Usagef("--bodies %s: want none, failed or all", f.bodies)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return writeReport(c.Context(), c.OutOrStdout(), s, args, f)
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVarP(&f.output, "output", "o", "", "`file` to write")
	c.Flags().StringVar(&f.baseline, "baseline", "",
		"configuration to compare with (default: the run's)")
	c.Flags().StringVar(&f.bodies, "bodies", string(page.FailedBodies),
		"trials whose conversations are in the file: none, failed, all")
	c.Flags().BoolVar(&f.anonymous, "anonymous", false,
		"leave out the paths in the config and the dataset's name")
	c.Flags().BoolVar(&f.watch, "watch", false,
		"write the file again and again until the runs have ended")
	must(c.MarkFlagRequired("output"))
	return c
}

// watchEvery is how often a watched report is written, and loaded again.
const watchEvery = 5 * time.Second

// writeReport writes the report, again and again if it is to be watched.
func writeReport(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, f reportFlags,
) error {
	if err := allKnown(ctx, s, runs); err != nil {
		return err
	}
	for {
		running, err := anyRunning(ctx, s, runs)
		if err != nil {
			return err
		}
		again := f.watch && running
		if err := reportOnce(ctx, s, runs, f, again); err != nil {
			return err
		}
		if !again {
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(watchEvery):
		}
	}
	_, err := fmt.Fprintln(w, f.output)
	return err
}

func anyRunning(ctx context.Context, s *results.Store, runs []string) (bool, error) {
	for _, id := range runs {
		r, err := s.Run(ctx, id)
		if err != nil {
			return false, err
		}
		if r.EndedAt.IsZero() {
			return true, nil
		}
	}
	return false, nil
}

// reportOnce writes the file beside its place and moves it there, so that nobody
// reads half of it.
func reportOnce(
	ctx context.Context, s *results.Store, runs []string, f reportFlags, again bool,
) error {
	o, err := compareOptions(ctx, s, runs, f.compareFlags)
	if err != nil {
		return err
	}
	c, err := compare.Runs(ctx, s, runs, o)
	if err != nil {
		return bench.UsageError(err)
	}
	po := page.Options{
		Bodies: page.Bodies(f.bodies), Anonymous: f.anonymous,
		Command: "bench report " + strings.Join(runs, " ") + " -o " + filepath.Base(f.output),
	}
	if again {
		po.Refresh = int(watchEvery / time.Second)
	}
	file, err := os.CreateTemp(filepath.Dir(f.output), ".report-*")
	if err != nil {
		return bench.Usagef("--output %s: %w", f.output, err)
	}
	defer os.Remove(file.Name())
	if err := page.Write(ctx, file, s, c, po); err != nil {
		file.Close()
		return fmt.Errorf("report %s: %w", strings.Join(runs, " "), err)
	}
	if err := file.Chmod(0o644); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), f.output)
}
