package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/sandbox"
)

func newEngines() *cobra.Command {
	c := &cobra.Command{
		Use:   "engines",
		Short: "List and check the engines of sandbox.engines",
		Args:  exactly(0, "list or check"),
		RunE: func(*cobra.Command, []string) error {
			return bench.Usagef("engines: list or check?")
		},
	}
	c.AddCommand(newEnginesList(), newEnginesCheck())
	return c
}

func newEnginesList() *cobra.Command {
	var f configFlags
	c := &cobra.Command{
		Use:   "list --config FILE",
		Short: "Which engines a config names; none is asked",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := f.engines(c)
			if err != nil {
				return err
			}
			rows := [][]string{{"ENGINE", "HOST", "MAX", "DISK BUDGET", "LABELS"}}
			for _, e := range cfg.Sandbox.Engines {
				budget := "–"
				if b := int64(max(e.DiskBudget, cfg.Sandbox.DiskBudget)); b > 0 {
					budget = gigabytes(b)
				}
				rows = append(rows, []string{e.Name, e.Host, fmt.Sprint(e.Max), budget,
					cmp.Or(e.Labels.String(), "–")})
			}
			return columns(c.OutOrStdout(), rows)
		},
	}
	f.add(c, "config file (required)")
	must(c.MarkFlagRequired("config"))
	return c
}

// engines loads a config that must name engines.
func (f *configFlags) engines(c *cobra.Command) (*config.Config, error) {
	cfg, err := f.load(c, withoutModels())
	if err == nil && len(cfg.Sandbox.Engines) == 0 {
		err = bench.Usagef("%s names no engines: add sandbox.engines", f.path)
	}
	return cfg, err
}

func newEnginesCheck() *cobra.Command {
	var f configFlags
	c := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Ask every engine for its version, its answer's time and its images",
		Long: `Ask every engine of a config, all at once: its version, how long a request and
its answer take (the shortest of five), how many images of the selected tasks it
has, and how much disk they take.

Exit status: 0 if all engines answer, 3 if not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := f.engines(c)
			if err != nil {
				return err
			}
			return checkEngines(c, cfg)
		},
	}
	f.add(c, "config file (required)")
	f.addTasks(c)
	must(c.MarkFlagRequired("config"))
	return c
}

func checkEngines(c *cobra.Command, cfg *config.Config) error {
	set, err := loadTasks(c, cfg)
	if err != nil {
		return err
	}
	list, errs := connectEngines(c.Context(), cfg, c.ErrOrStderr())
	rows := [][]string{{"ENGINE", "VERSION", "ROUND TRIP", "IMAGES", "DISK"}}
	missing := 0
	for i, e := range list {
		if errs[i] != nil {
			missing++
			fmt.Fprintf(c.ErrOrStderr(), "%v\n", errs[i])
			rows = append(rows, []string{e.Name, "no answer", "–", "–", "–"})
			continue
		}
		row, err := engineRow(c.Context(), e.Pool, set.Tasks)
		if err = errors.Join(err, e.Pool.Close()); err != nil {
			return fmt.Errorf("engine %s: %w", e.Name, err)
		}
		rows = append(rows, append([]string{e.Name}, row...))
	}
	if err := columns(c.OutOrStdout(), rows); err != nil {
		return err
	}
	if missing > 0 {
		return &bench.Failure{Status: bench.ExitIncomplete,
			Err: fmt.Errorf("no answer from %s", plural.Count(missing, "engine"))}
	}
	return nil
}

// engineRow is what is printed of an engine that answers.
func engineRow(
	ctx context.Context, pool interface {
		sandbox.Versioner
		sandbox.ImageStore
	}, tasks []bench.Task,
) ([]string, error) {
	const times = 5
	var version string
	shortest := time.Duration(1<<63 - 1)
	for range times {
		began := time.Now()
		v, err := pool.Version(ctx)
		if err != nil {
			return nil, err
		}
		version, shortest = v, min(shortest, time.Since(began))
	}
	images, err := pool.Images(ctx, tasks)
	if err != nil {
		return nil, err
	}
	here := 0
	for _, image := range images.Images {
		if image.Present {
			here++
		}
	}
	return []string{
		version, shortest.Round(10 * time.Microsecond).String(),
		fmt.Sprintf("%d of %d", here, len(images.Images)), gigabytes(images.Disk),
	}, nil
}
