package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/results"
	"bench/results/output"
)

func newExport() *cobra.Command {
	var db, dir, format string
	names := outputNames()
	c := &cobra.Command{
		Use:   "export RUN -o DIR",
		Short: "Write a run for other tools: predictions, or tables of trials and calls",
		Long: "Write a run for other tools. The forms, by --format:\n\n" + aboutOutputs() +
			"\nThe paths of what is written are printed.",
		Args: exactly(1, "one run"),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(names, format) {
				return bench.Usagef("--format %s: want %s", format, strings.Join(names, " or "))
			}
			return withStore(c.Context(), db, func(s *results.Store) error {
				return export(c, s, args[0], dir, format)
			})
		},
	}
	dbFlag(c, &db)
	c.Flags().StringVarP(&dir, "output", "o", "", "directory, made if missing")
	c.Flags().StringVar(&format, "format", names[0], strings.Join(names, ", "))
	must(c.MarkFlagRequired("output"))
	return c
}

// outputNames are the forms of --format.
func outputNames() (names []string) {
	for _, o := range outputs() {
		names = append(names, o.Name())
	}
	return names
}

// aboutOutputs says what each form is.
func aboutOutputs() string {
	var b strings.Builder
	for _, o := range outputs() {
		fmt.Fprintf(&b, "%s\n  %s\n", o.Name(), strings.ReplaceAll(o.About(), "\n", "\n  "))
	}
	return b.String()
}

// export writes a run in a form, and prints the paths of its files.
func export(c *cobra.Command, s *results.Store, run, dir, format string) error {
	if err := known(c.Context(), s, run); err != nil {
		return err
	}
	i := slices.Index(outputNames(), format)
	paths, err := output.Write(c.Context(), outputs()[i], s, run, dir)
	for _, path := range paths {
		fmt.Fprintln(c.OutOrStdout(), path)
	}
	return err
}
