package input

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bench"
)

const published = "\xef\xbb\xbf" + `date,source,benchmark,config,score,cost_usd,unit_note
2026-06-29,example.com,Code,"Big, alone",57,5.12,per task
2026-06-29,example.com,Code,share of runs,81%,,no cost
2026-09-11,example.com,Code,Big / +Small,63.6 / 63.5,2.68 / 1.67,
2026-09-11,example.com,Other,x,a,b,
`

func TestPoints(t *testing.T) {
	t.Parallel()
	read := func(text, benchmark string) ([]bench.Point, []int, error) {
		file := filepath.Join(t.TempDir(), "points.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		points, without, err := Points(file, benchmark)
		if err != nil {
			err = bench.UsageError(&hidden{strings.ReplaceAll(err.Error(), file, "F"), err})
		}
		return points, without, err
	}
	points, without, err := read(published, "Code")
	of := func(name string, score, cost float64, date, note string) bench.Point {
		return bench.Point{Name: name, Score: score, CostUSD: bench.Dollars(cost), Benchmark: "Code", Date: date,
			Source: "example.com", Note: note}
	}
	want := []bench.Point{
		of("Big, alone", 57, 5.12, "2026-06-29", "per task"),
		of("Big", 63.6, 2.68, "2026-09-11", ""), of("Big + Small", 63.5, 1.67, "2026-09-11", ""),
	}
	if err != nil || !reflect.DeepEqual(points, want) || !reflect.DeepEqual(without, []int{3}) {
		t.Errorf("got %+v, without %v, %v", points, without, err)
	}
	for _, c := range []struct{ text, benchmark, want string }{
		{published, "", `F has several benchmarks: choose with --benchmark one of "Code", "Other"`},
		{published, "None", `F has no benchmark "None": it has "Code", "Other"`},
		{published, "Other", `F:5: score: expected a number from 0 to 100, found "a"`},
		{"config,score\n", "", "F:1: cost_usd: the column is missing"},
		{"config,score,cost_usd,price\n", "", "F:1: price: unknown column, or named twice: the columns are config,"},
		{"config,score,cost_usd,score\n", "", "F:1: score: unknown column, or named twice"},
		{"config,score,cost_usd\na,1\n", "", "import points: F: record on line 2: wrong number of fields"},
		{"config,score,cost_usd\n", "", "import points: F has no row with a score and a cost"},
		{"config,score,cost_usd\na,101,1\n", "", `F:2: score: expected a number from 0 to 100, found "101"`},
		{"config,score,cost_usd\na,NaN,1\n", "", `F:2: score: expected a number from 0 to 100, found "NaN"`},
		{"config,score,cost_usd\n,1,-1\n", "", `F:2: config: expected a name`},
		{"config,score,cost_usd\na / b,1,1 / 2\n", "", "F:2: score: 2 configurations have 1 scores and 2 costs"},
		{"config,score,cost_usd,date\na,1,1,June\n", "", `F:2: date: expected a day as 2026-11-29, found "June"`},
		{"", "", "import points: header of F: EOF"},
	} {
		_, _, err := read(c.text, c.benchmark)
		if err == nil || !strings.Contains(err.Error(), c.want) || bench.ExitStatusOf(err) != bench.ExitUsage {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

// hidden is an error without the path of a temporary file.
type hidden struct {
	text string
	error
}

func (h *hidden) Error() string { return h.text }
func (h *hidden) Unwrap() error { return h.error }
