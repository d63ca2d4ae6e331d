package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bench"

	"github.com/spf13/cobra"

	"bench/results"
	"bench/results/report"
)

func newExport() *cobra.Command {
	var db, dir, format string
	c := &cobra.Command{
		Use:   "export RUN -o DIR",
		Short: "Write a run's patches as predictions for other tools",
		Long: `Write a run's patches as predictions for other tools: for each configuration
DIR/CONFIGURATION/preds.json, an object by instance id with model_name_or_path
and model_patch, which the official harness and bench grade read.`,
		Args: exactly(1, "one run"),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "preds" {
				return bench.Usagef("--format %s: want preds", format)
			}
			return withStore(c.Context(), db, func(s *results.Store) error {
				return exportPreds(c.Context(), c.OutOrStdout(), s, args[0], dir)
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVarP(&dir, "output", "o", "", "directory, made if missing")
	c.Flags().StringVar(&format, "format", "preds", "preds")
	must(c.MarkFlagRequired("output"))
	return c
}

// exportPreds writes a preds.json for each configuration, and prints its path.
func exportPreds(
	ctx context.Context, w io.Writer, s *results.Store, run, dir string,
) error {
	if err := known(ctx, s, run); err != nil {
		return err
	}
	configurations, err := s.Configurations(ctx, run)
	if err != nil {
		return err
	}
	for _, c := range configurations {
		patches, err := s.Patches(ctx, run, c.Name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, c.Name, "preds.json")
		if err := writeFile(path, func(w io.Writer) error {
			return report.Preds(w, c.Name, patches)
		}); err != nil {
			return err
		}
		fmt.Fprintln(w, path)
	}
	return nil
}

// writeFile makes a file, and its directory if that is missing.
func writeFile(path string, content func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := content(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
