// Package tables writes the trials of a run, their model calls and their
// delegations as tables, a row each, for spreadsheets, data frames and databases.
//
//  1. A table has columns of what it has a row for: trials.go, calls.go,
//     delegations.go. Trials have all metrics that one trial has.
//  2. csv.go and parquet.go are the two forms. What is not known is an empty field
//     or a null.
package tables

import (
	"context"
	"path/filepath"
	"time"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/timeline"
	"bench/stats"
)

// kind is what the values of a column are.
type kind int

const (
	text    kind = iota // string
	integer             // int64
	real                // float64
	logical             // bool
	moment              // time.Time, UTC, to the millisecond
)

// column is a column of a table; its values are of its kind, or nil.
type column struct {
	name string
	kind kind
}

// table is a table with its rows.
type table struct {
	name    string // of the file, without its ending
	columns []column
	rows    [][]any
}

// field is a column with what it is of a thing.
type field[T any] struct {
	column
	of func(T) any
}

func str[T any, S ~string](name string, of func(T) S) field[T] {
	return field[T]{column{name, text}, func(x T) any {
		if s := of(x); s != "" {
			return string(s)
		}
		return nil
	}}
}

func num[T any, N ~int | ~int64](name string, of func(T) N) field[T] {
	return field[T]{column{name, integer}, func(x T) any { return int64(of(x)) }}
}

// usd are dollars.
func usd[T any](name string, of func(T) bench.USD) field[T] {
	return field[T]{column{name, real}, func(x T) any { return of(x).Float() }}
}

func secs[T any](name string, of func(T) time.Duration) field[T] {
	return field[T]{column{name, real}, func(x T) any { return of(x).Seconds() }}
}

func flag[T any](name string, of func(T) bool) field[T] {
	return field[T]{column{name, logical}, func(x T) any { return of(x) }}
}

func at[T any](name string, of func(T) time.Time) field[T] {
	return field[T]{column{name, moment}, func(x T) any {
		if t := of(x); !t.IsZero() {
			return t.UTC()
		}
		return nil
	}}
}

// maybe is a value that may be absent.
func maybe[T any, V any](name string, k kind, of func(T) *V) field[T] {
	return field[T]{column{name, k}, func(x T) any {
		if v := of(x); v != nil {
			return *v
		}
		return nil
	}}
}

// finite is a number, nil where it is absent.
func finite(n stats.Number) any {
	if !n.OK() {
		return nil
	}
	return float64(n)
}

// tableOf has a row for each thing.
func tableOf[T any](name string, fields []field[T], things []T) table {
	t := table{name: name}
	for _, f := range fields {
		t.columns = append(t.columns, f.column)
	}
	for _, x := range things {
		row := make([]any, len(fields))
		for i, f := range fields {
			row[i] = f.of(x)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// write writes all tables of a run into files with an ending.
func write(
	ctx context.Context, s *results.Store, run, dir, ending string, encode encoder,
) (paths []string, err error) {
	facts, err := s.Facts(ctx, run)
	if err != nil {
		return nil, err
	}
	work := timeline.All(facts)
	for _, t := range []table{trials(facts), calls(work), delegations(work)} {
		path := filepath.Join(dir, t.name+ending)
		if err := output.File(path, encode(t)); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
