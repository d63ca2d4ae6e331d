package main

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/results/compare"
	"bench/results/report"
)

// viewFlags say how a comparison is printed.
type viewFlags struct {
	format  string
	full    bool
	columns string
	sort    string
}

func (f *viewFlags) add(c *cobra.Command) {
	formatFlag(c, &f.format)
	fs := c.Flags()
	fs.BoolVar(&f.full, "full", false, "print all tables: every usual metric, roles, pairs, all notes")
	fs.StringVar(&f.columns, "columns", "",
		"columns of one table with a row for each configuration: `names` and regular expressions, "+
			"separated by commas (docs/compare.md)")
	fs.StringVar(&f.sort, "sort", "",
		"sort configurations by a `column`, the better first; COLUMN:asc and COLUMN:desc say which way")
}

// view reads the flags.
func (f *viewFlags) view() (v report.View, err error) {
	if err := checkFormat(f.format); err != nil {
		return v, err
	}
	v.Full = f.full
	switch whole := f.format == "csv" || f.format == "json"; {
	case f.full && f.columns != "":
		return v, bench.Usagef("--full and --columns: want one of them")
	case f.full && whole:
		return v, bench.Usagef("--full is about tables: --format %s has everything already", f.format)
	case f.columns != "":
		if v.Columns, err = report.Columns(f.columns); err != nil {
			return v, bench.Usagef("--columns: %w", err)
		}
	}
	_, err = f.sorted(compare.Comparison{})
	return v, err
}

// sorted is a comparison in the order asked for.
func (f *viewFlags) sorted(c compare.Comparison) (compare.Comparison, error) {
	if f.sort == "" {
		return c, nil
	}
	o, err := report.ParseOrder(f.sort)
	if err != nil {
		return c, bench.Usagef("--sort: %w", err)
	}
	return report.Sorted(c, o), nil
}

// print writes a comparison as the flags say.
func (f *viewFlags) print(w io.Writer, c compare.Comparison) error {
	v, err := f.view()
	if err != nil {
		return err
	}
	if c, err = f.sorted(c); err != nil {
		return err
	}
	switch f.format {
	case "markdown":
		return v.Markdown(w, c)
	case "csv":
		return v.CSV(w, c)
	case "json":
		return v.JSON(w, c)
	}
	return v.Table(w, c)
}

// formats are what a comparison can be printed as.
var formats = []string{"table", "markdown", "csv", "json"}

func formatFlag(c *cobra.Command, format *string) {
	c.Flags().StringVar(format, "format", formats[0], strings.Join(formats, ", "))
}

func checkFormat(format string) error {
	if !slices.Contains(formats, format) {
		return bench.Usagef("--format %s: want one of %s", format, strings.Join(formats, ", "))
	}
	return nil
}
