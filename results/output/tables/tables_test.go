package tables

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
)

const run = "2026-03-14-fusion-vs-solo"

// stored is a run with faults.
func stored(t *testing.T) *results.Store {
	t.Helper()
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 12, Seed: 5, Faults: true, Simulated: true})
	return s
}

// written writes the run in a form and returns the paths of its files.
func written(t *testing.T, s *results.Store, o output.Output) []string {
	t.Helper()
	dir := t.TempDir()
	paths, err := output.Write(t.Context(), o, s, run, dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	want := []string{"trials." + o.Name(), "calls." + o.Name(), "delegations." + o.Name()}
	if !slices.Equal(names, want) {
		t.Fatalf("wrote %q, want %q", names, want)
	}
	return paths
}

// records reads a CSV file: its rows, by the names of columns.
func records(t *testing.T, path string) (columns []string, rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return all[0], rows
}

// sum adds up a column of some rows.
func sum(t *testing.T, rows []map[string]string, column string, of func(map[string]string) bool) (x float64) {
	t.Helper()
	for _, r := range rows {
		if r[column] == "" || !of(r) {
			continue
		}
		v, err := strconv.ParseFloat(r[column], 64)
		if err != nil {
			t.Fatal(err)
		}
		x += v
	}
	return x
}

// One run is read by all.
func TestTables(t *testing.T) {
	t.Parallel()
	s := stored(t)
	t.Run("CSV adds up", func(t *testing.T) { addsUp(t, s) })
	t.Run("cells", func(t *testing.T) { cells(t, s) })
	t.Run("parquet", func(t *testing.T) { readsBack(t, s) })
}

// What the rows come to together is what the comparison of the run says.
func addsUp(t *testing.T, s *results.Store) {
	t.Helper()
	paths := written(t, s, CSV{})
	columns, trials := records(t, paths[0])
	_, calls := records(t, paths[1])
	_, delegations := records(t, paths[2])
	c, err := compare.Runs(t.Context(), s, []string{run}, compare.Options{Resamples: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(trials) != 36 {
		t.Errorf("%d trials", len(trials))
	}
	for _, conf := range c.Configurations {
		mine := func(r map[string]string) bool { return r["configuration"] == conf.Name }
		one := func(r map[string]string) bool { return mine(r) && r["resolved"] == "true" }
		resolved := 0.0
		for _, r := range trials {
			if one(r) {
				resolved++
			}
		}
		for name, got := range map[string]float64{
			"resolved":               resolved,
			"cost_usd.total":         sum(t, trials, "cost_usd.total", mine),
			"tokens.output":          sum(t, calls, "output", mine),
			"tokens.input":           sum(t, trials, "tokens.input", mine),
			"cost_usd.sidekick":      sum(t, delegations, "cost_usd", mine),
			"calls.total":            sum(t, trials, "calls.total", mine),
			"escalation.activations": float64(len(slices.DeleteFunc(slices.Clone(delegations), func(r map[string]string) bool { return !mine(r) }))),
		} {
			if want := float64(conf.Value(compare.Named(name)).Number); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s of %s: the rows come to %v, the comparison says %v", name, conf.Name, got, want)
			}
		}
	}
	for _, m := range compare.OfOneTrial() {
		if !slices.Contains(columns, m.Name) {
			t.Errorf("no column %s", m.Name)
		}
	}
	if slices.Contains(columns, "resolved_rate") || !slices.Contains(columns, "reread.share.n") {
		t.Errorf("columns %q", columns)
	}
}

// Cells are as documented: absent values are empty, those that a configuration does
// not have as well, and times are in UTC.
func cells(t *testing.T, s *results.Store) {
	t.Helper()
	paths := written(t, s, CSV{})
	_, trials := records(t, paths[0])
	seen := map[string]bool{}
	for _, r := range trials {
		if r["kind"] == "single" && (r["escalation.rate"] != "" || r["cost_usd.sidekick"] != "") {
			t.Errorf("a single configuration delegates: %q", r)
		}
		if r["blame"] == "infra" {
			seen["infra"] = r["resolved"] == ""
		}
		at, err := time.Parse(time.RFC3339, r["started_at"])
		if err != nil || at.Location() != time.UTC || !strings.HasSuffix(r["started_at"], "Z") {
			t.Errorf("started at %q: %v", r["started_at"], err)
		}
	}
	_, calls := records(t, paths[1])
	for _, r := range calls {
		if r["role"] == string(bench.RoleSidekick) && r["activation"] == "1" && r["delegation_id"] != "" {
			seen["sidekick"] = true
		}
		if r["role"] == string(bench.RoleMain) && r["activation"] == "" {
			seen["main"] = true
		}
	}
	for _, what := range []string{"infra", "sidekick", "main"} {
		if !seen[what] {
			t.Errorf("no %s as it should be", what)
		}
	}
}

// Parameters that were sent have a value, those left to the provider none.
func TestParameters(t *testing.T) {
	t.Parallel()
	temperature, seed := 0.0, 7
	given := call{Call: results.Call{Parameters: bench.Parameters{
		MaxOutputTokens: 4096, Temperature: &temperature, Seed: &seed, ReasoningEffort: "high",
	}}}
	got := tableOf("calls", parameters(), []call{given, {}})
	want := [][]any{{int64(4096), 0.0, nil, "high", int64(7), nil}, make([]any, 6)}
	for i, row := range got.rows {
		if !slices.Equal(row, want[i]) {
			t.Errorf("got %v, want %v", row, want[i])
		}
	}
}

// The two forms hold the same.
func readsBack(t *testing.T, s *results.Store) {
	t.Helper()
	text, binary := written(t, s, CSV{}), written(t, s, Parquet{})
	for i := range text {
		columns, want := records(t, text[i])
		names, got := rows(t, binary[i])
		if !slices.Equal(names, columns) {
			t.Fatalf("%s has columns %q, want %q", binary[i], names, columns)
		}
		if len(got) != len(want) || len(got) == 0 {
			t.Fatalf("%s has %d rows, want %d", binary[i], len(got), len(want))
		}
		for k, row := range got {
			for j, name := range columns {
				if row[j] != want[k][name] {
					t.Errorf("%s, row %d: %s is %q, want %q", binary[i], k, name, row[j], want[k][name])
				}
			}
		}
	}
}

// rows reads a parquet file, each value as CSV has it.
func rows(t *testing.T, path string) (names []string, all [][]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := parquet.NewReader(f)
	defer r.Close()
	var times []bool
	for _, column := range r.Schema().Fields() {
		names = append(names, column.Name())
		logical := column.Type().LogicalType()
		times = append(times, logical != nil && strings.HasPrefix(logical.String(), "TIMESTAMP"))
	}
	buffer := make([]parquet.Row, 1)
	for {
		n, err := r.ReadRows(buffer)
		if n == 1 {
			var row []string
			for i, v := range buffer[0] {
				row = append(row, cell(v, times[i]))
			}
			all = append(all, row)
		}
		if errors.Is(err, io.EOF) {
			return names, all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func cell(v parquet.Value, isTime bool) string {
	switch {
	case v.IsNull():
		return ""
	case isTime:
		return plain(time.UnixMilli(v.Int64()).UTC())
	case v.Kind() == parquet.Double:
		return plain(v.Double())
	case v.Kind() == parquet.Boolean:
		return plain(v.Boolean())
	case v.Kind() == parquet.Int64:
		return plain(v.Int64())
	}
	return v.String()
}

// Texts of others are no formulas.
func TestFormulas(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	rows := [][]any{{"=HYPERLINK(1)", -2.5, "a=1"}}
	err := asCSV(table{columns: []column{{name: "a"}, {name: "b"}, {name: "c"}}, rows: rows})(&b)
	if want := "a,b,c\n'=HYPERLINK(1),-2.5,a=1\n"; err != nil || b.String() != want {
		t.Errorf("%q, %v; want %q", b.String(), err, want)
	}
}
