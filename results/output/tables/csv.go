package tables

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"bench/internal/width"
	"bench/results"
	"bench/results/output"
)

// encoder turns a table into the content of a file.
type encoder func(t table) func(io.Writer) error

const contents = `a row for each trial, model call and activation of a delegation, in
DIR/trials%[1]s (every metric that one trial has, by its name in
docs/metrics.md), DIR/calls%[1]s and DIR/delegations%[1]s`

// CSV writes DIR/trials.csv, DIR/calls.csv and DIR/delegations.csv. Times are
// RFC 3339, in UTC; absent values are empty. Texts are no formulas: see width.Cell.
type CSV struct{}

var _ output.Output = CSV{}

// Name implements output.Output.
func (CSV) Name() string { return "csv" }

// About implements output.Output.
func (CSV) About() string { return fmt.Sprintf(contents, ".csv") }

// Write implements output.Output.
func (CSV) Write(ctx context.Context, s *results.Store, run, dir string) ([]string, error) {
	return write(ctx, s, run, dir, ".csv", asCSV)
}

func asCSV(t table) func(io.Writer) error {
	return func(w io.Writer) error {
		out := csv.NewWriter(w)
		line := make([]string, len(t.columns))
		for i, c := range t.columns {
			line[i] = c.name
		}
		if err := out.Write(line); err != nil {
			return err
		}
		for _, row := range t.rows {
			for i, v := range row {
				line[i] = plain(v)
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	}
}

// plain is a value as text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return width.Cell(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000Z07:00")
	}
	return fmt.Sprint(v)
}
