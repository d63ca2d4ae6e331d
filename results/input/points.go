package input

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bench"
	"bench/datasets"
)

// pointColumns are those of a file with published points; the first three are
// required.
var pointColumns = []string{
	"config", "score", "cost_usd", "benchmark", "date", "source", "unit_note", "evidence",
}

// Points reads published points of one benchmark from a CSV file with a header. Rows
// without a cost are none; it returns the lines of those as well. An empty benchmark
// is the only one that the file has.
func Points(path, benchmark string) (points []bench.Point, without []int, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, bench.UsageError(fmt.Errorf("import points: %w", err))
	}
	p := pointReader{path: path, r: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data,
		[]byte("\xef\xbb\xbf")))), benchmark: benchmark}
	if err := p.read(); err != nil {
		return nil, nil, err
	}
	return p.points, p.without, nil
}

// pointReader reads one file.
type pointReader struct {
	path      string
	r         *csv.Reader
	benchmark string
	columns   []string
	errs      datasets.Errors
	others    []string // benchmarks in the file
	points    []bench.Point
	without   []int
}

func (p *pointReader) fail(line int, field, format string, args ...any) {
	p.errs.Add(&datasets.Error{
		Where: fmt.Sprintf("%s:%d", p.path, line), Field: field, Message: fmt.Sprintf(format, args...),
	})
}

func (p *pointReader) read() error {
	if err := p.header(); err != nil {
		return err
	}
	for {
		row, err := p.r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return bench.UsageError(fmt.Errorf("import points: %s: %w", p.path, err))
		}
		line, _ := p.r.FieldPos(0)
		p.row(line, row)
	}
	slices.Sort(p.others)
	p.others = slices.Compact(p.others)
	if p.benchmark == "" && len(p.others) > 1 {
		return bench.Usagef("%s has several benchmarks: choose with --benchmark one of %s", p.path,
			quoted(p.others))
	}
	if err := p.errs.OrNil(); err != nil {
		return err
	}
	if len(p.points) == 0 && p.benchmark != "" && !slices.Contains(p.others, p.benchmark) {
		return bench.Usagef("%s has no benchmark %q: it has %s", p.path, p.benchmark, quoted(p.others))
	}
	if len(p.points) == 0 {
		return bench.Usagef("import points: %s has no row with a score and a cost", p.path)
	}
	return nil
}

func (p *pointReader) header() (err error) {
	p.columns, err = p.r.Read()
	if err != nil {
		return bench.UsageError(fmt.Errorf("import points: header of %s: %w", p.path, err))
	}
	for i, c := range p.columns {
		if !slices.Contains(pointColumns, c) || slices.Contains(p.columns[:i], c) {
			p.fail(1, c, "unknown column, or named twice: the columns are %s",
				strings.Join(pointColumns, ", "))
		}
	}
	for _, c := range pointColumns[:3] {
		if !slices.Contains(p.columns, c) {
			p.fail(1, c, "the column is missing")
		}
	}
	return p.errs.OrNil()
}

// row takes the points of a row. Several may share one: of "A / +B" the second is A
// with B, and scores and costs have as many parts.
func (p *pointReader) row(line int, row []string) {
	value := func(column string) string {
		if i := slices.Index(p.columns, column); i >= 0 {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	p.others = append(p.others, value("benchmark"))
	if p.benchmark != "" && value("benchmark") != p.benchmark {
		return
	}
	if value("cost_usd") == "" {
		p.without = append(p.without, line)
		return
	}
	names := strings.Split(value("config"), " / ")
	scores, costs := strings.Split(value("score"), " / "), strings.Split(value("cost_usd"), " / ")
	if len(scores) != len(names) || len(costs) != len(names) {
		p.fail(line, "score", "%d configurations have %d scores and %d costs", len(names),
			len(scores), len(costs))
		return
	}
	if at := value("date"); at != "" {
		if _, err := time.Parse(time.DateOnly, at); err != nil {
			p.fail(line, "date", "expected a day as 2026-11-29, found %q", at)
		}
	}
	for i, name := range names {
		if more, ok := strings.CutPrefix(name, "+"); ok && i > 0 {
			name = names[0] + " + " + more
		}
		if name == "" {
			p.fail(line, "config", "expected a name")
		}
		p.points = append(p.points, bench.Point{
			Name: name, Score: p.number(line, "score", scores[i], 100),
			CostUSD:   bench.Dollars(p.number(line, "cost_usd", costs[i], 1e6)),
			Benchmark: value("benchmark"), Date: value("date"), Source: value("source"),
			Note: value("unit_note"), Evidence: value("evidence"),
		})
	}
}

// number reads a number from 0 to most.
func (p *pointReader) number(line int, column, text string, most float64) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0 && f <= most) {
		p.fail(line, column, "expected a number from 0 to %g, found %q", most, text)
	}
	return f
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strconv.Quote(n)
	}
	return strings.Join(out, ", ")
}

// PointEvents are the events of a run that holds published points and nothing else.
func PointEvents(h Header, file string, points []bench.Point) []bench.Event {
	event := func(p bench.Payload) bench.Event {
		return bench.Event{RunID: h.RunID, Time: h.At, Payload: p}
	}
	return []bench.Event{
		event(bench.RunStarted{
			Name: h.Name, Version: h.Version, Imported: filepath.Base(file), Points: points,
		}),
		event(bench.RunEnded{State: bench.RunDone}),
	}
}
