package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
	"bench/results/compare"
)

// without is a title that says what was left out as contaminated.
func without(title string, x *results.Exclusion) string {
	if x == nil {
		return title
	}
	return fmt.Sprintf("%s · without %d of %s (contaminated)", title, len(x.Tasks),
		plural.Count(x.Of, "task"))
}

// severityWords say what trials did.
var severityWords = map[bench.Severity]string{
	bench.Touched: "touched their upstream fix",
	bench.Tried:   "touched their upstream fix, or tried to",
}

// LeftOut says which tasks were left out as contaminated, in words.
func LeftOut(x *results.Exclusion) string {
	text := fmt.Sprintf("left out of all configurations: %d of %s", len(x.Tasks),
		plural.Count(x.Of, "task"))
	if len(x.Tasks) > 0 {
		text += fmt.Sprintf(", as %s %s: %s", plural.Count(x.Trials, "trial"),
			severityWords[x.Severity], strings.Join(x.Tasks, ", "))
	}
	if x.Unknown > 0 {
		text += fmt.Sprintf("; nobody can tell of %s", plural.Count(x.Unknown, "trial"))
	}
	return text
}

// excludedNote is a remark with that, if anything was to be left out.
func excludedNote(x *results.Exclusion) []string {
	if x == nil {
		return nil
	}
	return []string{"Note: " + LeftOut(x) + "."}
}

// severityLabels are the rows of a table.
var severityLabels = map[bench.Severity]string{
	bench.Touched: "touched the upstream fix", bench.Tried: "tried to",
}

// contamination adds rows for what was found in trials, if anything was.
func (g *grid) contamination(c compare.Comparison) {
	some := func(of func(compare.Configuration) int) bool {
		return slices.ContainsFunc(c.Configurations, func(c compare.Configuration) bool {
			return of(c) > 0
		})
	}
	var labels []string
	counts := map[string]func(compare.Configuration) int{}
	add := func(label string, of func(compare.Configuration) int) {
		if some(of) {
			labels = append(labels, label)
			counts[label] = of
		}
	}
	for _, s := range bench.Severities {
		add(severityLabels[s], func(c compare.Configuration) int { return c.Contaminated[s] })
	}
	if len(labels) > 0 {
		g.section("contamination")
	}
	for _, l := range labels {
		g.each(c, "  "+l, func(c compare.Configuration) string { return fmt.Sprint(counts[l](c)) })
	}
}

// contaminated writes what was found in a trial.
func contaminated(w io.Writer, d results.Detail) {
	if d.Examined == nil || len(d.Examined.Findings) == 0 {
		return
	}
	fmt.Fprintf(w, "Contamination: %s\n", bench.Worst(d.Examined.Findings))
	findings(w, d.Examined.Findings)
	fmt.Fprintln(w)
}

// findings writes what was found, each with its evidence.
func findings(w io.Writer, fs []bench.Finding) {
	for _, f := range fs {
		at := []string{f.Rule, string(f.Severity)}
		if f.Agent != "" {
			at = append(at, f.Agent)
		}
		if f.Turn > 0 {
			at = append(at, fmt.Sprintf("turn %d", f.Turn))
		}
		if f.Call != "" {
			at = append(at, "call "+f.Call)
		}
		fmt.Fprintf(w, " %s:\n   %s\n", width.Line(strings.Join(at, ", ")), width.Line(f.Text))
	}
}

// contaminationOf is what was found in a trial; nil if nobody looked.
func contaminationOf(d results.Detail) *bench.Contamination {
	if d.Examined == nil {
		return nil
	}
	return &d.Examined.Contamination
}

// ExaminedTrial is a trial with what was found in it.
type ExaminedTrial struct {
	Run string `json:"run"`
	bench.TrialKey
	*bench.Contamination // nil if nobody looked
}

// Examined writes the trials in which something was found, and how many there are.
func Examined(w io.Writer, trials []ExaminedTrial) error {
	out := bufio.NewWriter(w)
	by, unknown := map[bench.Severity]int{}, 0
	for _, t := range trials {
		switch {
		case t.Contamination == nil:
			unknown++
		case len(t.Findings) > 0:
			by[bench.Worst(t.Findings)]++
			fmt.Fprintln(out, width.Line(fmt.Sprintf("%s of run %s: %s", t.TrialKey, t.Run,
				bench.Worst(t.Findings))))
			findings(out, t.Findings)
		}
	}
	fmt.Fprintf(out, "%s: %d touched the upstream fix, %d tried to",
		plural.Count(len(trials), "trial"), by[bench.Touched], by[bench.Tried])
	if unknown > 0 {
		fmt.Fprintf(out, "; of %d nobody can tell", unknown)
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// ExaminedJSON writes all trials as one document.
func ExaminedJSON(w io.Writer, trials []ExaminedTrial) error {
	return document(w, map[string]any{"trials": trials}, "examination")
}
