package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/page"
)

// reportFlags are what `bench report` takes.
type reportFlags struct {
	compareFlags
	output    string
	bodies    string
	size      float64 // megabytes
	anonymous bool
	watch     bool
}

func newReport() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "report RUN... -o FILE.html",
		Short: "Write one HTML file that shows everything, and works without a network",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("report takes at least one run (see bench runs)")
			}
			return f.checkPage(c)
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.allMeansAll(c)
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return writeReport(c, s, args, f)
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVarP(&f.output, "output", "o", "", "`file` to write")
	f.pageFlags(c)
	c.Flags().BoolVar(&f.watch, "watch", false,
		"write the file again and again until the runs have ended")
	must(c.MarkFlagRequired("output"))
	return c
}

// pageFlags adds what a page may be told.
func (f *reportFlags) pageFlags(c *cobra.Command) {
	c.Flags().StringVar(&f.baseline, "baseline", "",
		"configuration to compare with (default: the run's)")
	c.Flags().StringVar(&f.bodies, "bodies", string(page.FailedBodies),
		"trials whose conversations are in the page: none, failed, all")
	c.Flags().Float64Var(&f.size, "size", 15,
		"megabytes that the page has at the most with conversations, those of flipped tasks first; "+
			"0: no bound, as with --bodies all")
	excludeFlag(c, &f.exclude)
	c.Flags().BoolVar(&f.anonymous, "anonymous", false,
		"leave out the paths in the config and the dataset's name, engines and machines")
}

// checkPage refuses what a page cannot be told.
func (f *reportFlags) checkPage(c *cobra.Command) error {
	switch page.Bodies(f.bodies) {
	case page.NoBodies, page.FailedBodies, page.AllBodies:
	default:
		return bench.Usagef("--bodies %s: want none, failed or all", f.bodies)
	}
	if err := checkExclude(c, f.exclude); err != nil {
		return err
	}
	if f.size < 0 || math.IsNaN(f.size) {
		return bench.Usagef("--size %g: want megabytes, or 0 for no bound", f.size)
	}
	return nil
}

// allMeansAll takes the bound away where all conversations are asked for, and no other.
func (f *reportFlags) allMeansAll(c *cobra.Command) {
	if f.bodies == string(page.AllBodies) && !c.Flags().Changed("size") {
		f.size = 0
	}
}

// watchEvery is how often a watched report is written, and loaded again.
const watchEvery = 5 * time.Second

// writeReport writes the report, again and again if it is to be watched.
func writeReport(c *cobra.Command, s *results.Store, runs []string, f reportFlags) error {
	ctx := c.Context()
	command := fmt.Sprintf("bench report %s -o %s", strings.Join(runs, " "), filepath.Base(f.output))
	trials, points, err := withPage(ctx, s, runs)
	if err != nil {
		return err
	}
	runs = trials
	po := f.options(command, points)
	for {
		running, err := anyRunning(ctx, s, runs)
		if err != nil {
			return err
		}
		again := f.watch && running
		if po.Refresh = 0; again {
			po.Refresh = int(watchEvery / time.Second)
		}
		var written page.Written
		err = writeFile(f.output, func(w io.Writer) (err error) {
			written, err = writePage(ctx, w, s, runs, f.compareFlags, po)
			return err
		})
		if err != nil {
			return err
		}
		if !again {
			sayHeld(c.ErrOrStderr(), written, f)
			break
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(watchEvery):
		}
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), f.output)
	return err
}

// sayHeld says which conversations had no room.
func sayHeld(w io.Writer, p page.Written, f reportFlags) {
	if p.Talks < p.Asked {
		fmt.Fprintf(w, "%d of %s have room in %g MB, those of flipped tasks first: --size 0 sets no "+
			"bound\n", p.Talks, plural.Count(p.Asked, "conversation"), f.size)
	}
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

// withPage are the runs that have trials, of which a page is made, and the published points
// of the others.
func withPage(
	ctx context.Context, s *results.Store, runs []string,
) (trials []string, points []bench.Point, err error) {
	trials, points, err = parted(ctx, s, runs)
	if err == nil && trials == nil {
		err = bench.Usagef("no run among %s has trials: bench plot draws published points",
			strings.Join(runs, ", "))
	}
	return trials, points, err
}

// options are what the flags say of a page.
func (f *reportFlags) options(command string, points []bench.Point) page.Options {
	return page.Options{
		Bodies: page.Bodies(f.bodies), Anonymous: f.anonymous, Command: command, Points: points,
		MostBytes: int64(f.size * 1e6),
	}
}

// writePage writes the page of runs as they stand.
func writePage(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, f compareFlags, po page.Options,
) (written page.Written, err error) {
	c, err := compared(ctx, s, runs, f)
	if err != nil {
		return written, err
	}
	if written, err = page.Write(ctx, w, s, c, po); err != nil {
		return written, fmt.Errorf("report %s: %w", strings.Join(runs, " "), err)
	}
	return written, nil
}

// writeFile writes a file beside its place and moves it there, so that nobody reads
// half of it. What is no file, such as a pipe or /dev/stdout, is written to where it is.
func writeFile(path string, write func(io.Writer) error) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return bench.Usagef("--output %s: it is a directory: name a file in it", path)
	} else if err == nil && !info.Mode().IsRegular() {
		return writeInto(path, write)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bench-*")
	if err != nil {
		return bench.Usagef("--output %s: %w", path, err)
	}
	defer os.Remove(file.Name())
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// writeInto writes to what is there already.
func writeInto(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return bench.Usagef("--output %s: %w", path, err)
	}
	return errors.Join(write(file), file.Close())
}
