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

// exportFlags are what `bench export` takes.
type exportFlags struct {
	db, dir, format string
	send            bool
	force           bool // overwrite
}

func newExport() *cobra.Command {
	var f exportFlags
	names := outputNames()
	c := &cobra.Command{
		Use:   "export RUN -o DIR",
		Short: "Write a run for other tools: predictions, or tables of trials and calls",
		Long: "Write a run for other tools. The forms, by --format:\n\n" + aboutOutputs() +
			"\nThe paths of what is written are printed.",
		Args: exactly(1, "one run"),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(names, f.format) {
				return bench.Usagef("--format %s: want %s", f.format, strings.Join(names, " or "))
			}
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				return f.export(c, s, args[0])
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVarP(&f.dir, "output", "o", "", "directory, made if missing")
	c.Flags().StringVar(&f.format, "format", names[0], strings.Join(names, ", "))
	c.Flags().BoolVar(&f.force, "force", false, "overwrite files that are there with other content")
	c.Flags().BoolVar(&f.send, "send", false,
		"send to where the OTEL_EXPORTER_OTLP_ variables say, instead of writing (otlp)")
	c.MarkFlagsOneRequired("output", "send")
	c.MarkFlagsMutuallyExclusive("output", "send")
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

// export writes a run in a form and prints the paths of its files, or sends it.
func (f *exportFlags) export(c *cobra.Command, s *results.Store, run string) error {
	if err := withTrials(c.Context(), s, run); err != nil {
		return err
	}
	r, err := s.Run(c.Context(), run)
	if err == nil {
		err = ofModels(r)
	}
	if err != nil {
		return err
	}
	form := outputs()[slices.Index(outputNames(), f.format)]
	if f.send {
		return send(c, form, s, run)
	}
	write := output.Write
	if f.force {
		write = output.Overwrite
	}
	paths, err := write(c.Context(), form, s, run, f.dir)
	if err != nil {
		return err
	}
	for _, path := range paths {
		fmt.Fprintln(c.OutOrStdout(), path)
	}
	return nil
}

// send sends a run, if the form can be sent.
func send(c *cobra.Command, form output.Output, s *results.Store, run string) error {
	sender, ok := form.(output.Sender)
	if !ok {
		return bench.Usagef("--send: %s can only be written (-o DIR)", form.Name())
	}
	said, err := output.Send(c.Context(), sender, s, run)
	if err == nil {
		fmt.Fprintln(c.OutOrStdout(), said)
	}
	return err
}
