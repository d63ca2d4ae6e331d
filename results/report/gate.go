package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"bench/internal/plural"
	"bench/results"
	"bench/results/compare"
	"bench/results/nights"
	"bench/stats"
)

// Gate writes what a gate says of a night, as text.
func Gate(w io.Writer, v nights.Verdict) error { return gateTables(w, v, text) }

// GateMarkdown writes the same in Markdown. Its first line is a marker that is not
// shown, by which a comment that has it is found again and changed.
func GateMarkdown(w io.Writer, v nights.Verdict) error {
	name := strings.ReplaceAll(gateName(v), "--", "-")
	_, err := fmt.Fprintf(w, "<!-- bench gate: %s -->\n**%s**\n\n", name, escape(GateSentence(v)))
	if err != nil {
		return err
	}
	return gateTables(w, v, markdown)
}

// gateName is that of the job: what its runs are called, and the baseline's name.
func gateName(v nights.Verdict) string { return v.Night.Name + " against " + baselineName(v) }

func baselineName(v nights.Verdict) string {
	if v.Name == "" {
		return v.Baseline.ID
	}
	return fmt.Sprintf("%s (%s)", v.Name, v.Baseline.ID)
}

func gateTables(w io.Writer, v nights.Verdict, s style) error {
	if err := checks(v).write(w, s); err != nil {
		return err
	}
	return remarks(w, gateRemarks(v), s)
}

// checks has a row for each measure of each configuration.
func checks(v nights.Verdict) grid {
	title := fmt.Sprintf("Gate: %s against %s, %s between", v.Night.ID, baselineName(v),
		plural.Count(len(v.History), "night"))
	g := grid{
		title: without(importedTitle(titled(title, v.Night.Simulated), v.Night.Imported != ""),
			v.Excluded),
		header: []string{"", "finding", "baseline", "night", "change", "shown by", "before", "after",
			"p"},
		align: "llrrrlrr",
	}
	for _, c := range v.Configurations {
		for _, check := range c.Checks {
			if check.Finding == nights.Unmeasured {
				continue
			}
			shown, u := check.Shown(), units[check.Measure]
			g.add(c.Name+", "+string(check.Measure), string(check.Finding), number(check.Before, u),
				number(check.After, u), Changed(check.Measure, check.Change), span(shown),
				number(shown.Before, u), number(shown.After, u), chance(shown.P))
		}
	}
	return g
}

// units are those of the means of measures.
var units = map[nights.Measure]compare.Unit{
	nights.Quality: compare.Percent, nights.Cost: compare.Dollars, nights.Time: compare.Seconds,
}

// Changed is what became of a measure: points of quality, a factor of cost and time.
func Changed(m nights.Measure, change stats.Number) string {
	switch {
	case !change.OK():
		return none
	case m == nights.Quality:
		return signed(change) + " points"
	}
	return number(change, compare.Times)
}

// span says which nights a window has.
func span(w nights.Window) string {
	switch w.Nights {
	case 0:
		return none
	case 1:
		return "last night"
	}
	return fmt.Sprintf("last %d, from %s", w.Nights, w.Since)
}

// chance is a p value with two digits.
func chance(p stats.Number) string {
	if !p.OK() {
		return none
	}
	return fmt.Sprintf("%.2g", float64(p))
}

// GateSentence is what a gate says in one sentence.
func GateSentence(v nights.Verdict) string {
	var found []string
	for _, c := range v.Configurations {
		for _, check := range c.Checks {
			if check.Finding == v.Finding() && check.Finding != nights.Pass {
				found = append(found, c.Name+" ("+string(check.Measure)+")")
			}
		}
	}
	out := gateWords[v.Finding()]
	if len(found) > 0 {
		out += ": " + strings.Join(found, ", ")
	}
	out += fmt.Sprintf(". %s against %s", v.Night.ID, baselineName(v))
	if n := v.NoVerdict(); n > 0 {
		out += fmt.Sprintf("; %s without a verdict", plural.Count(n, "trial"))
	}
	return titled(out, v.Night.Simulated)
}

// gateWords are findings as they begin a sentence.
var gateWords = map[nights.Finding]string{
	nights.Pass: "No regression", nights.Regression: "Regression",
	nights.Inconclusive: "Inconclusive",
}

// gateRemarks are what does not fit into the table.
func gateRemarks(v nights.Verdict) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	say("%s.", GateSentence(v))
	if levels := levelsOf(v); len(levels) > 0 {
		say("A regression is a p of at most %s, the level of one of many looks.",
			strings.Join(levels, " or "))
	}
	for _, c := range v.Configurations {
		for _, check := range c.Checks {
			lines = append(lines, checkRemarks(v, c, check)...)
		}
		if n := len(c.Lost) + len(c.Gained); n > 0 {
			say("%s: of %s with a verdict on both sides, lost: %s; gained: %s.", c.Name,
				plural.Count(c.Tasks, "task"), someOf(c.Lost), someOf(c.Gained))
		}
		if c.NoVerdict > 0 {
			say("Note: %s: %s without a verdict, as infrastructure or the user ended them or they are "+
				"open: bench resume %s --only infra.", c.Name, plural.Count(c.NoVerdict, "trial"), v.Night.ID)
		}
	}
	for _, r := range []results.Run{v.Baseline, v.Night} {
		if part := r.Part(); part != "" {
			say("Note: run %s is %s.", r.ID, part)
		}
	}
	if len(v.Missing) > 0 {
		say("Note: the night has no %s, which the baseline has.", strings.Join(v.Missing, ", "))
	}
	lines = append(lines, excludedNote(v.Excluded)...)
	if v.Changed {
		say("Note: the baseline's run went on after it was named.")
	}
	return lines
}

// levelsOf are the levels of what is measured.
func levelsOf(v nights.Verdict) (levels []string) {
	for _, c := range v.Configurations {
		for _, k := range c.Checks {
			l := chance(stats.Number(k.Level))
			if k.Finding != nights.Unmeasured && !slices.Contains(levels, l) {
				levels = append(levels, l)
			}
		}
	}
	return levels
}

// checkRemarks are those about one measure.
func checkRemarks(v nights.Verdict, c nights.Configuration, k nights.Check) (lines []string) {
	say := func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%s, %s: ", c.Name, k.Measure)+fmt.Sprintf(format, args...))
	}
	if k.Finding == nights.Inconclusive && k.Confirmation == nil {
		if k.Measure == nights.Quality {
			say("a loss of %g points against the baseline is not ruled out (p = %s).",
				v.Options.RuleOutPP, chance(k.RuledOut))
		} else {
			say("too little is known on both sides.")
		}
	}
	if d := k.Dispersion; d > 1.5 {
		say("nights vary %.1f times as much as tasks by themselves do, which is allowed for.", float64(d))
	}
	if x := k.Confirmation; x != nil {
		what := "the drop stands"
		if !x.Repeated {
			what = "the drop is not confirmed"
		}
		say("of %s that flipped, %s %s resolved before and %s in %s (p = %s): %s.",
			plural.Count(x.Tasks, "task"), number(x.Expected, compare.Percent), "were",
			number(x.Repeat, compare.Percent), x.Run, chance(x.P), what)
	}
	return lines
}

// mostFlips is how many tasks are named in a line.
const mostFlips = 12

// someOf names tasks, or says how many more there are.
func someOf(tasks []string) string {
	if more := len(tasks) - mostFlips; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(tasks[:mostFlips], ", "), more)
	}
	return list(tasks)
}

// GateCSV writes a line for each measure of each configuration.
func GateCSV(w io.Writer, v nights.Verdict) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"run", "baseline", "configuration", "measure", "finding", "baseline_mean",
		"night_mean", "change", "window_nights", "window_since", "window_before", "window_after",
		"window_change", "p", "level", "ruled_out_p", "dispersion"}}
	for _, c := range v.Configurations {
		for _, k := range c.Checks {
			x := k.Shown()
			rows = append(rows, []string{v.Night.ID, v.Baseline.ID, c.Name, string(k.Measure),
				string(k.Finding), plain(k.Before), plain(k.After), plain(k.Change),
				fmt.Sprint(x.Nights), x.Since, plain(x.Before), plain(x.After), plain(x.Change),
				plain(x.P), plain(stats.Number(k.Level)), plain(k.RuledOut), plain(k.Dispersion)})
		}
	}
	return out.WriteAll(rows)
}

// gateDocument is what a gate says, for programs. Shares are of 1; change is a
// difference for quality and a ratio for the others.
type gateDocument struct {
	Run            string              `json:"run"`
	Name           string              `json:"name"`
	Baseline       string              `json:"baseline"`
	BaselineName   string              `json:"baseline_name"`
	Changed        bool                `json:"baseline_changed"`
	Simulated      bool                `json:"simulated"`
	Imported       bool                `json:"imported"`
	Finding        nights.Finding      `json:"finding"`
	Sentence       string              `json:"sentence"`
	History        []string            `json:"history"`
	Missing        []string            `json:"missing"`
	NoVerdict      int                 `json:"no_verdict"`
	Excluded       *results.Exclusion  `json:"excluded"` // null: nobody asked
	Options        nights.Options      `json:"options"`
	Configurations []gateConfiguration `json:"configurations"`
}

type gateConfiguration struct {
	Name      string         `json:"name"`
	Tasks     int            `json:"n_tasks"`
	Trials    int            `json:"n_trials"`
	NoVerdict int            `json:"no_verdict"`
	Checks    []nights.Check `json:"checks"`
	Lost      []string       `json:"lost"`
	Gained    []string       `json:"gained"`
}

// GateJSON writes what a gate says as one document.
func GateJSON(w io.Writer, v nights.Verdict) error {
	d := gateDocument{
		Run: v.Night.ID, Name: v.Night.Name, Baseline: v.Baseline.ID, BaselineName: v.Name,
		Changed: v.Changed, Simulated: v.Night.Simulated, Imported: v.Night.Imported != "",
		Finding: v.Finding(), Sentence: GateSentence(v), History: listed(v.History),
		Missing: listed(v.Missing), NoVerdict: v.NoVerdict(), Excluded: v.Excluded, Options: v.Options,
		Configurations: []gateConfiguration{},
	}
	for _, c := range v.Configurations {
		d.Configurations = append(d.Configurations, gateConfiguration{
			Name: c.Name, Tasks: c.Tasks, Trials: len(c.Trials), NoVerdict: c.NoVerdict,
			Checks: slices.Clone(c.Checks), Lost: listed(c.Lost), Gained: listed(c.Gained),
		})
	}
	return document(w, d, "gate")
}
