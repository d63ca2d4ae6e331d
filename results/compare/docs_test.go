package compare

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bench/stats"
)

var update = flag.Bool("update", false, "rewrite docs/metrics.md")

const metricsIntro = `# Metrics

Every number that ` + "`bench compare`" + ` knows, in the order of its tables. This file is made from the list in
` + "`results/compare`" + ` by ` + "`go test ./results/compare -update`" + `; a test holds it to that list.

*Name* is the path of the number in ` + "`--format json`" + `, its column in ` + "`--format csv`" + `, and what
` + "`--metrics`" + `, ` + "`--columns`" + ` and ` + "`--sort`" + ` take ([compare.md](compare.md)). Tables of ` + "`--full`" + ` show the metrics
with a ● unless others are asked for. *Kind* says how a number stands to what it is about: an estimate is marked with ~ in tables, a lower bound with ≥, an upper bound
with ≤; an association says nothing about causes. How many things a number is *taken over* is in the
document under ` + "`n`" + `, and in the CSV as ` + "`name.n`" + `. Numbers without data are null.

` + "`bench export --format csv`" + ` (or ` + "`parquet`" + `) writes all of them for each trial by itself, but for those that only several
trials have together, such as rates of trials and numbers of pairs.

In formulas, M, S, A and R stand for the main agent, the sidekicks, the advisor and the model that chooses others; s and e for when the sidekick of
an activation starts and stops working, less the time it only waited for rate limits and locks or its process was
dead; U for the length of the union of these. Tokens of a single text are its bytes divided by 4.
`

// document renders the list.
func document() string {
	var b strings.Builder
	b.WriteString(metricsIntro)
	var group Group
	for _, m := range Metrics {
		if m.Group != group {
			group = m.Group
			fmt.Fprintf(&b, "\n## %s\n\n| | Name | Label | Unit | Better | Kind | Taken over | Formula | Source |\n"+
				"|---|---|---|---|---|---|---|---|---|\n", group)
		}
		shown := "●"
		if m.Extra {
			shown = ""
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s | %s | %s | %s | %s |\n", shown, m.Name, m.Label, m.Unit,
			cmp.Or(string(m.Better), "–"), m.Kind, cmp.Or(m.Per, "–"), m.Formula, m.Source)
	}
	return b.String()
}

func TestMetricsDocument(t *testing.T) {
	t.Parallel()
	const path = "../../docs/metrics.md"
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/metrics.md is not what the list says: run go test ./results/compare -update")
	}
}

func TestMetricsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	c := columnOf(fusionTrial())
	for _, m := range Metrics {
		if m.Name == "" || m.Label == "" || m.Group == "" || m.Unit == "" || m.Formula == "" ||
			m.Source == "" || m.Of == nil || strings.Contains(m.Formula, "|") {
			t.Errorf("incomplete: %+v", m)
		}
		if seen[m.Name] {
			t.Errorf("%s twice", m.Name)
		}
		seen[m.Name] = true
		if v := c.of(m); v.N != 0 && m.Per == "" {
			t.Errorf("%s is taken over %d things that have no name", m.Name, v.N)
		}
		none := stats.Interval{}
		if v := c.of(m); m.Interval != "" && v.Interval == none || m.Interval == "" && v.Interval.OK() && v.Interval != none {
			t.Errorf("%s has the interval %v at %q", m.Name, v.Interval, m.Interval)
		}
	}
	for name := range seen { // a path leads to a number or to others
		for other := range seen {
			if strings.HasPrefix(other, name+".") {
				t.Errorf("%s is within %s", other, name)
			}
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"n_tasks, resolved":              "n_tasks resolved",
		`tokens\.(in|out)put,reread.*`:   "tokens.input tokens.output reread.share reread.bytes reread.cost_usd",
		"edits.corrective,n_tasks":       "n_tasks edits.corrective", // in the order of the list
		`cost_usd\.total,cost_usd.total`: "cost_usd.total",
	} {
		got, err := Select(pattern)
		if err != nil || names(got) != want {
			t.Errorf("%s: got %s, %v, want %s", pattern, names(got), err, want)
		}
	}
	for pattern, want := range map[string]string{
		"resolve": `no metric is called "resolve"`, "n_tasks,": `no metric is called ""`, "(": "missing closing )",
	} {
		if _, err := Select(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", pattern, err, want)
		}
	}
	all, err := Select("all")
	few, err2 := Select("")
	if err != nil || err2 != nil || len(all) != len(Metrics) || len(few) == 0 || len(few) >= len(all) {
		t.Errorf("%d of all, %d usual, %v, %v", len(all), len(few), err, err2)
	}
	if got := With(few, "duplication.paths"); len(got) != len(few)+1 || len(With(few, "n_tasks")) != len(few) {
		t.Errorf("with one more: %s", names(got))
	}
}

func names(ms []Metric) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

// Kinds say in the document what tables mark.
func TestKinds(t *testing.T) {
	t.Parallel()
	got := kinds()
	for name, want := range map[string]Kind{
		"parallelism.speedup_estimate": UpperBound, "reread.share": LowerBound,
		"cost_usd.without_cache": Estimate, "escalation.resolved_if_not": Association, "cost_usd.total": "",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	marks := []string{Exact.Mark(), Estimate.Mark(), LowerBound.Mark(), UpperBound.Mark(), Association.Mark()}
	if !slices.Equal(marks, []string{"", "~", "≥", "≤", ""}) {
		t.Errorf("got %q", marks)
	}
}
