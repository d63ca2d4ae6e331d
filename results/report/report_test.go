package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/internal/width"
	"bench/results"
	"bench/results/compare"
	"bench/results/resultstest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shared holds one made-up run for the tests that only read.
var shared *results.Store

func TestMain(m *testing.M) {
	time.Local = time.UTC // lists of runs show local times
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "bench-report")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if shared, err = results.Open(context.Background(), filepath.Join(dir, "bench.db")); err != nil {
			panic(err)
		}
		defer shared.Close()
		for _, e := range resultstest.Events(spec) {
			if _, err := shared.Append(context.Background(), e); err != nil {
				panic(err)
			}
		}
		return m.Run()
	}())
}

const runID = "2026-03-14-fusion-vs-solo"

var spec = resultstest.Spec{RunID: runID, Tasks: 12, Seed: 5, Faults: true, Simulated: true}

func comparison(t testing.TB) compare.Comparison {
	t.Helper()
	c, err := compare.Runs(t.Context(), shared, []string{runID}, compare.Options{Resamples: 2000})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// golden compares what write writes with a file in testdata. After a change
// that is meant, run the tests with -update and read the difference.
func golden(t *testing.T, name string, write func(w io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs:\n%s", name, firstDifference(b.String(), string(want)))
	}
	if strings.HasSuffix(name, ".txt") {
		for line := range strings.Lines(b.String()) {
			if n := width.Of(strings.TrimRight(line, "\n")); n > width.Usual {
				t.Errorf("%s: a line of %d columns: %s", name, n, line)
			}
		}
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is longer than the other"
}

func TestGolden(t *testing.T) {
	c := comparison(t)
	of := func(write func(io.Writer, compare.Comparison) error) func(io.Writer) error {
		return func(w io.Writer) error { return write(w, c) }
	}
	golden(t, "compare.txt", of(View{}.Table))
	golden(t, "compare.md", of(View{}.Markdown))
	golden(t, "compare_full.txt", of(View{Full: true}.Table))
	golden(t, "compare_full.md", of(View{Full: true}.Markdown))
	golden(t, "compare.csv", of(View{}.CSV))
	golden(t, "compare.json", of(JSON))
	golden(t, "show.txt", func(w io.Writer) error {
		return Show(w, detail(t, "fusion", "sympy__sympy-10137"), width.Usual)
	})
	golden(t, "runs.txt", func(w io.Writer) error {
		runs, err := shared.Runs(t.Context())
		return errors.Join(err, Runs(w, runs))
	})
	golden(t, "status.txt", func(w io.Writer) error {
		run := folded(t, 500)
		return Status(w, run, run.UpdatedAt.Add(90*time.Second))
	})
}

func detail(t *testing.T, configuration, instance string) results.Detail {
	t.Helper()
	d, err := shared.Detail(t.Context(), runID,
		bench.TrialKey{Configuration: configuration, InstanceID: instance, Attempt: 1})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// folded is the run after its first events.
func folded(t *testing.T, events int) *bench.Run {
	t.Helper()
	r := bench.NewRun(runID)
	for e, err := range shared.Events(t.Context(), runID, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq > int64(events) {
			break
		}
		if err := r.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// Every trial of a run can be shown, whatever became of it.
func TestShowEverything(t *testing.T) {
	t.Parallel()
	trials, err := shared.Trials(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		var b bytes.Buffer
		if err := Show(&b, detail(t, trial.Key.Configuration, trial.Key.InstanceID), 100); err != nil {
			t.Errorf("%s: %v", trial.Key, err)
		}
		for _, want := range []string{trial.Key.String(), string(trial.Outcome), "simulated", "Patch"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", trial.Key, want, b.String())
			}
		}
	}
}

// What tables show is never taken for structure or for terminal commands.
func TestCellsAreTame(t *testing.T) {
	t.Parallel()
	g := grid{title: "a|b", header: []string{"x", "pass@1 | y"}, align: "l"}
	g.add("line\nbreak", "\x1b[31mred")
	g.add("", "a*b_c`d<e")
	var b bytes.Buffer
	if err := g.write(&b, markdown); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### a\\|b", "pass@1 \\| y", "| line break |", " [31mred", `a\*b\_c\` + "`d&lt;e"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	b.Reset()
	if err := g.write(&b, text); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b") || strings.Count(b.String(), "\n") != 6 {
		t.Errorf("got %q", b.String())
	}
}

// A table of twelve configurations is split, and none is lost.
func TestWideTablesAreSplit(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	names := "abcdefghijkl"
	one := c.Configurations[2]
	c.Configurations, c.Pairs = nil, nil
	for _, n := range names {
		one.Name = "configuration-" + string(n)
		c.Configurations = append(c.Configurations, one)
	}
	for _, columns := range []int{72, 100, 200} {
		var b bytes.Buffer
		if err := (View{Full: true}).Table(width.Screen{Writer: &b, Columns: columns}, c); err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if !strings.Contains(b.String(), "configuration-"+string(n)) {
				t.Errorf("configuration %c is missing", n)
			}
		}
		widest := 0
		for line := range strings.Lines(b.String()) {
			widest = max(widest, width.Of(strings.TrimRight(line, "\n")))
		}
		if widest > columns || widest < columns-40 {
			t.Errorf("on %d columns the widest line has %d", columns, widest)
		}
	}
}

// The CSV has every metric of the JSON document under its name, with the same
// value.
// TestShowDoubts: what makes a grade doubtful is said where it is shown.
func TestShowDoubts(t *testing.T) {
	t.Parallel()
	d := detail(t, "fusion", "sympy__sympy-10137")
	d.Grade = &results.Grade{
		Rules: "v5", Status: "NO", PatchApplied: true, InfraReason: "network_unreachable",
		Flags: []string{"forged_markers", "conftest_touched"},
	}
	var b bytes.Buffer
	if err := Show(&b, d, 100); err != nil {
		t.Fatal(err)
	}
	want := " the log could not be read\n sign of a broken environment: network_unreachable\n" +
		" flags: forged_markers, conftest_touched\n"
	if !strings.Contains(b.String(), want) {
		t.Errorf("no %q in\n%s", want, b.String())
	}
}

// TestFlagsAreShown: a table has a row for each flag that some grade carries,
// and no section if none does.
func TestFlagsAreShown(t *testing.T) {
	c := comparison(t)
	var plain, flagged bytes.Buffer
	if err := (View{Full: true}).Table(width.Screen{Writer: &plain, Columns: 200}, c); err != nil {
		t.Fatal(err)
	}
	c.Configurations[1].Flags = map[string]int{"forged_markers": 2, "conftest_touched": 3}
	if err := (View{Full: true}).Table(width.Screen{Writer: &flagged, Columns: 200}, c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "flags of grades") {
		t.Error("a section of flags, and there are none")
	}
	row := regexp.MustCompile(`flags of grades[^\n]*\n *conftest_touched +0 +3 +0 *\n *forged_markers +0 +2 +0`)
	if !row.MatchString(flagged.String()) {
		t.Errorf("no rows of flags:\n%s", flagged.String())
	}
}

func TestCSVAgreesWithJSON(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	var b bytes.Buffer
	if err := (View{}).CSV(&b, c); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 1+len(c.Configurations) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	b.Reset()
	if err := JSON(&b, c); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Configurations []map[string]any `json:"configurations"`
	}
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for i, conf := range doc.Configurations {
		for _, m := range compare.Metrics {
			var at any = conf
			for part := range strings.SplitSeq(m.Name, ".") {
				at = at.(map[string]any)[part]
			}
			if at == nil && strings.HasPrefix(m.Name, "escalation.by_reason.") {
				at = 0.0 // the document names only reasons that occur
			}
			want, ok := at.(float64)
			if !ok && at != nil {
				t.Errorf("%s is no number in the document", m.Name)
			}
			cell := rows[i+1][slices.Index(rows[0], m.Name)]
			var got float64
			if cell != "" {
				if err := json.Unmarshal([]byte(cell), &got); err != nil {
					t.Errorf("%s: %v", m.Name, err)
				}
			}
			if got != want || (cell == "") != (at == nil) {
				t.Errorf("%s of %s: %q in CSV, %v in JSON", m.Name, conf["name"], cell, at)
			}
		}
	}
}

// Simulated numbers say so in every title.
func TestSimulatedIsSaid(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	for name, write := range map[string]func(io.Writer, compare.Comparison) error{
		"table": View{Full: true}.Table, "markdown": View{Full: true}.Markdown,
	} {
		var b bytes.Buffer
		wide := width.Screen{Writer: &b, Columns: 200}
		if err := write(wide, c); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), "· simulated"); got != 3 {
			t.Errorf("%s: %d of 3 titles say it", name, got)
		}
		c := c
		c.Simulated = false
		b.Reset()
		if err := write(&b, c); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "· simulated") {
			t.Errorf("%s: said of real models", name)
		}
	}
}

// A writer that fails is reported by everyone who writes.
func TestWriteErrors(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	runs, err := shared.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(w io.Writer) error{
		"table":    func(w io.Writer) error { return View{}.Table(w, c) },
		"markdown": func(w io.Writer) error { return View{}.Markdown(w, c) },
		"csv":      func(w io.Writer) error { return View{}.CSV(w, c) },
		"json":     func(w io.Writer) error { return JSON(w, c) },
		"runs":     func(w io.Writer) error { return Runs(w, runs) },
		"show":     func(w io.Writer) error { return Show(w, detail(t, "solo", "sympy__sympy-10137"), 100) },
		"status":   func(w io.Writer) error { return Status(w, folded(t, 9), time.Now()) },
	} {
		if err := write(broken{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

var errBroken = errors.New("broken pipe")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
