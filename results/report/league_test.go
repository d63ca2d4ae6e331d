package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"bench"
	"bench/results"
	"bench/results/compare"
)

// altered is a run whose facts are those of a stored one but for what a test changes.
type altered results.Facts

// Summed implements compare.Source.
func (a altered) Summed(
	_ context.Context, _ string, by results.Summing,
) (results.Facts, map[int64][]byte, error) {
	return results.Facts(a), by.Of(results.Facts(a)), nil
}

// The league is the same in every form.
func TestLeagueInEveryForm(t *testing.T) {
	t.Parallel()
	f, err := shared.Facts(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	second := f.Configurations[2]
	second.Name, second.Sidekick = "cheap", &bench.Sidekick{Model: bench.Model{Name: "tiny", Model: "acme/tiny-1"}}
	f.Configurations[1] = second
	s, err := compare.RankSidekicks(t.Context(), altered(f), []string{runID}, compare.Options{
		Resamples: 2000, Lambda: 2.5,
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "league.txt", func(w io.Writer) error { return League(w, s) })
	golden(t, "league.md", func(w io.Writer) error { return LeagueMarkdown(w, s) })
	var table, doc bytes.Buffer
	if err := LeagueCSV(&table, s); err != nil {
		t.Fatal(err)
	}
	if err := LeagueJSON(&doc, s); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	var d struct {
		Leagues []struct {
			Alone      struct{ Name string }
			Candidates []map[string]any
		}
	}
	if err := json.Unmarshal(doc.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	cell := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	for i, c := range d.Leagues[0].Candidates {
		for json, name := range map[string]string{"rank": "rank", "net_benefit_usd": "net_benefit_usd",
			"gain_usd": "gain_usd", "beats_alone_probability": "beats_alone_probability", "name": "configuration"} {
			if got := cell(i+1, name); got != fmt.Sprint(c[json]) {
				t.Errorf("%s of %d: %s in CSV, %v in JSON", name, i, got, c[json])
			}
		}
		if got := fmt.Sprint(c["rank_probability"].([]any)[1]); got != cell(i+1, "rank_probability.2") {
			t.Errorf("probability of %d: %s in JSON", i, got)
		}
	}
	if d.Leagues[0].Alone.Name != "solo" || cell(3, "configuration") != "solo" || cell(3, "rank") != "" {
		t.Errorf("main alone: %+v, %q", d.Leagues[0].Alone, rows[3])
	}
}
