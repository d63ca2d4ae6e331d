package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"bench/internal/width"
)

// A comparison fits a screen, however many notes there are, and begins with the
// verdict; what there is no room for is counted.
func TestBriefFitsAScreen(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	for _, notes := range []int{0, 7, 50} {
		c := c
		c.Warnings = nil
		for i := range notes {
			c.Warnings = append(c.Warnings, fmt.Sprintf("run r%d: %s", i, strings.Repeat("words ", 18)))
		}
		var b bytes.Buffer
		if err := (View{}).Table(&b, c); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
		if !strings.HasPrefix(lines[0], "Verdict on cheap: cheaper, quality inconclusive (n=11). On 11 tasks") {
			t.Errorf("it begins with %s", lines[0])
		}
		shown := strings.Count(b.String(), "\nNote: ")
		left := len(allNotes(c)) - shown
		if len(lines) > 40 || notes == 50 && len(lines) < 38 {
			t.Errorf("%d lines with %d notes", len(lines), notes)
		}
		if said := strings.Contains(b.String(), fmt.Sprintf("\n%d more notes, the other metrics", left)); said != (left > 0) {
			t.Errorf("%d of %d notes are shown:\n%s", shown, len(allNotes(c)), b.String())
		}
		for _, line := range lines {
			if n := width.Of(line); n > width.Usual {
				t.Errorf("a line of %d columns: %s", n, line)
			}
		}
	}
}

// Of many candidates those of one verdict are named together.
func TestBriefOfMany(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	one, two := c.Pairs[0], c.Pairs[1]
	c.Pairs = nil
	for i := range 6 {
		p := one
		if i == 4 {
			p = two
			p.Quality = "non_inferior"
		}
		p.Candidate = fmt.Sprintf("candidate-%d", i)
		c.Pairs = append(c.Pairs, p)
	}
	var b bytes.Buffer
	if err := (View{}).Table(&b, c); err != nil {
		t.Fatal(err)
	}
	want := "Verdict by a margin of 5 points: cheaper, quality inconclusive (n=11): candidate-0, candidate-1,\n" +
		"  candidate-2, candidate-3, candidate-5.\n" +
		"Verdict by a margin of 5 points: cheaper and non-inferior (n=11): candidate-4.\n"
	if !strings.HasPrefix(b.String(), want) || strings.Contains(b.String(), "On 11 tasks") {
		t.Errorf("got\n%s", b.String())
	}
	if !strings.Contains(b.String(), "cheaper and non-inferior (n=11)\n") {
		t.Errorf("no verdict beside the candidate:\n%s", b.String())
	}
}

// chosen are columns by name.
func chosen(t *testing.T, pattern string) View {
	t.Helper()
	columns, err := Columns(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return View{Columns: columns}
}

// The columns that are chosen, in the order in which they are named, are those of
// every format.
func TestChosenColumns(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	v := chosen(t, `word, cost_usd\.(total|per_task),parallelism.batch_size_mean,configuration,delta_pp,word,run`)
	golden(t, "columns.txt", func(w io.Writer) error { return v.Table(w, c) })
	golden(t, "columns.csv", func(w io.Writer) error { return v.CSV(w, c) })
	golden(t, "columns.json", func(w io.Writer) error { return v.JSON(w, c) })
	var b bytes.Buffer
	if err := v.Markdown(&b, c); err != nil {
		t.Fatal(err)
	}
	if want := "| configuration | word | cost\\_usd.total |"; !strings.Contains(squeeze(b.String()), want) {
		t.Errorf("no %s in\n%s", want, b.String())
	}
}

// squeeze has one blank for several.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// What a document of chosen columns has, the whole one has at the same place, for
// every column that there is.
func TestEveryColumnIsInTheDocument(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	var whole bytes.Buffer
	if err := JSON(&whole, c); err != nil {
		t.Fatal(err)
	}
	for _, column := range allColumns() {
		v := View{Columns: []Column{column}}
		var b bytes.Buffer
		if err := v.JSON(&b, c); err != nil {
			t.Fatal(err)
		}
		for _, path := range column.paths {
			list := "configurations"
			if column.ofPair {
				list = "pairs"
			}
			part, all := valuesAt(t, b.Bytes(), list, path), valuesAt(t, whole.Bytes(), list, path)
			reason := strings.HasPrefix(path, "escalation.by_reason.") || strings.HasPrefix(path, "outcomes.")
			if !slices.Equal(part, all) || len(all) == 0 && !reason {
				t.Errorf("%s, %s: %v, in the whole document %v", column.name, path, part, all)
			}
		}
	}
}

// valuesAt are those at a path in every document of a list that has it.
func valuesAt(t *testing.T, doc []byte, list, path string) (out []string) {
	t.Helper()
	var lists map[string]json.RawMessage
	var all []json.RawMessage
	if json.Unmarshal(doc, &lists) != nil || json.Unmarshal(lists[list], &all) != nil {
		t.Fatalf("no %s in %s", list, doc)
	}
	for _, one := range all {
		if value, ok := memberAt(one, path); ok {
			out = append(out, squeeze(string(value)))
		}
	}
	return out
}

// Rows are sorted by any column, either way; what has no number comes last.
func TestSorted(t *testing.T) {
	t.Parallel()
	c := comparison(t)
	for by, want := range map[string]string{
		"cost_usd.per_task": "cheap fusion solo", "cost_usd.per_task:desc": "solo fusion cheap",
		"resolved_rate": "fusion solo cheap", "resolved_rate:asc": "cheap solo fusion",
		"configuration": "cheap fusion solo", "configuration:desc": "solo fusion cheap",
		"delta_pp": "fusion cheap solo", "delta_pp:asc": "cheap fusion solo",
		"escalation.rate": "fusion solo cheap", "escalation.rate:desc": "fusion solo cheap",
		"sidekick_model": "fusion solo cheap", "outcomes.infra_sandbox:desc": "solo cheap fusion",
		"kind": "fusion solo cheap", "pair_displacement": "fusion solo cheap",
	} {
		o, err := ParseOrder(by)
		if err != nil {
			t.Errorf("%s: %v", by, err)
			continue
		}
		sorted := Sorted(c, o)
		var names, candidates []string
		for _, conf := range sorted.Configurations {
			names = append(names, conf.Name)
		}
		for _, p := range sorted.Pairs {
			candidates = append(candidates, p.Candidate)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("by %s: %s, want %s", by, got, want)
		}
		if got := strings.Join(candidates, " "); got != squeeze(strings.Replace(want, "solo", "", 1)) {
			t.Errorf("by %s the candidates are %s", by, got)
		}
	}
	if c.Configurations[0].Name != "solo" || len(c.Pairs) != 2 {
		t.Error("the comparison itself was sorted")
	}
}

func TestColumnMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"cost": "", "resolve": `no column is called "resolve": docs/compare.md and docs/metrics.md list them`,
		"cost,": `no column is called ""`, "(": "error parsing regexp",
	} {
		if _, err := Columns(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"cost": "", "cost.*": `no column is called "cost.*"`, "cost:up": "cost:up: want cost:asc or cost:desc",
		"": `no column is called ""`,
	} {
		if _, err := ParseOrder(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// The page on comparisons names every column that is no metric.
func TestColumnsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/compare.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range allColumns() {
		if c.metric.Name == "" && !strings.HasPrefix(c.name, "outcomes.") &&
			!strings.Contains(string(text), "`"+c.name+"`") {
			t.Errorf("docs/compare.md does not name %s", c.name)
		}
	}
}

// A wide text in the last column goes on below itself, and nothing of it is lost.
func TestFoldedText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 10, "short"}, {"one two three", 7, "one two|three"}, {"one two three", 6, "one|two|three"},
		{"   12  one, two", 10, "   12 |one, two"}, {"abcdefgh", 3, "abc|def|gh"},
		{"日本語日本", 4, "日本|語日|本"}, {"日本", 1, "日本"}, {"a bcdefgh i", 4, "a|bcde|fgh|i"},
	} {
		got := foldedText(c.text, c.n)
		for i := range got {
			got[i] = strings.TrimRight(got[i], " ")
		}
		if want := strings.ReplaceAll(c.want, " |", "|"); strings.Join(got, "|") != want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.n, got, want)
		}
	}
}
