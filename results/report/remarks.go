package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bench/internal/width"
	"bench/results/compare"
)

// heading is a title, with what all numbers below it rest on.
func heading(title string, c compare.Comparison) string {
	title = replayTitle(title, c.Replay)
	return without(based(title, c.Simulated, c.Imported, c.Repricing), c.Excluded)
}

// based is a title with what numbers rest on.
func based(title string, simulated, imported bool, r *compare.Repricing) string {
	title = importedTitle(titled(title, simulated), imported)
	if r != nil {
		title += " · re-priced with " + r.File
	}
	return title
}

// gathered has the candidates about which the same is said, and what that is, in the
// order in which it is said first.
func gathered(
	pairs []compare.Pair, say func(compare.Pair) []string,
) (order []string, about map[string][]string) {
	about = map[string][]string{}
	for _, p := range pairs {
		for _, said := range say(p) {
			if about[said] == nil {
				order = append(order, said)
			}
			about[said] = append(about[said], p.Candidate)
		}
	}
	return order, about
}

// list names things, or says that there are none.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// marks explains the marks of the numbers that are not exact.
const marks = "~ is an estimate, ≥ a lower and ≤ an upper bound."

// marksOf explains the marks of a comparison.
func marksOf(c compare.Comparison) string {
	nothing := func(c compare.Configuration) bool {
		return c.Cost == compare.NothingKnown && c.NoUsage == 0
	}
	if slices.ContainsFunc(c.Configurations, nothing) {
		return marks + " ? is not known, as nothing was reported of it."
	}
	return marks
}

// alarms are what must be known before any number is read.
func alarms(c compare.Comparison) (lines []string) {
	for _, alarm := range c.Alarms {
		lines = append(lines, "WARNING: "+alarm+".")
	}
	return append(lines, excludedNote(c.Excluded)...)
}

// unbeaten names the configurations on the frontier.
func unbeaten(c compare.Comparison) []string {
	if len(c.Frontier) == 0 {
		return nil
	}
	return []string{"Not beaten in both resolved rate and cost per task: " +
		strings.Join(c.Frontier, ", ") + "."}
}

// allNotes are what to be careful about in runs and in pairs.
func allNotes(c compare.Comparison) (lines []string) {
	for _, warning := range c.Warnings {
		lines = append(lines, "Note: "+warning+".")
	}
	return append(lines, cautions(c.Pairs)...)
}

// remarks writes what does not fit into a table, a line each.
func remarks(w io.Writer, lines []string, s style) error {
	for _, l := range lines {
		if err := line(w, l, s); err != nil {
			return err
		}
	}
	return nil
}

// line writes a remark: an item of a list in Markdown, and else lines that fit the
// screen.
func line(w io.Writer, l string, s style) error {
	lines := []string{"- " + escape(l)}
	if s == text {
		lines = wrapped(w, l)
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, width.Line(l)); err != nil {
			return err
		}
	}
	return nil
}

// wrapped is a remark in lines that fit the screen, and are not longer than one likes to
// read.
func wrapped(w io.Writer, l string) []string {
	return width.Wrap(width.Line(l), "  ", min(width.For(w), width.Usual))
}

// cautions are what to be careful about in pairs, each with all it holds for.
func cautions(pairs []compare.Pair) (lines []string) {
	order, about := gathered(pairs, warnings)
	for _, said := range order {
		who := strings.Join(about[said], ", ")
		if n := len(about[said]); n > 2 && n == len(pairs) {
			who = "all"
		}
		lines = append(lines, fmt.Sprintf("Note: %s against %s: %s.", who, pairs[0].Baseline, said))
	}
	return lines
}
