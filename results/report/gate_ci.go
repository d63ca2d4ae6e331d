package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bench"
	"bench/results"
	"bench/results/nights"
	"bench/results/output/junit"
)

// JUnit writes what a gate says for readers of JUnit's XML: a suite for each
// configuration, with a case for each measure and for each trial. Failures are
// measures with a regression and, if quality has one, the tasks that were lost;
// errors are trials without a verdict; what is inconclusive is skipped, as are tasks
// that are unresolved as before.
func JUnit(w io.Writer, v nights.Verdict) error {
	var suites []junit.Suite
	for _, c := range v.Configurations {
		suites = append(suites, suite(v, c))
	}
	return junit.Write(w, without(titled(gateName(v), v.Night.Simulated), v.Excluded), suites)
}

func suite(v nights.Verdict, c nights.Configuration) junit.Suite {
	s := junit.Suite{Name: c.Name}
	for _, k := range c.Checks {
		if k.Finding != nights.Unmeasured {
			s.Cases = append(s.Cases, checkCase(v, c, k))
		}
	}
	for _, t := range c.Trials {
		s.Cases = append(s.Cases, trialCase(c, t))
	}
	return s
}

// checkCase is that of a measure. A regression names what flipped.
func checkCase(v nights.Verdict, c nights.Configuration, k nights.Check) junit.Case {
	out := junit.Case{Class: c.Name + ".gate", Name: string(k.Measure)}
	switch k.Finding {
	case nights.Regression:
		out.Status, out.Type, out.Message = junit.Failed, "regression", regression(c, k)
		if k.Measure == nights.Quality {
			out.Text = "lost: " + list(c.Lost) + "\ngained: " + list(c.Gained) + "\n"
		}
	case nights.Inconclusive:
		out.Status, out.Message = junit.Skipped, strings.Join(checkRemarks(v, c, k), " ")
	case nights.Pass, nights.Unmeasured:
	}
	return out
}

// regression says what a measure has lost.
func regression(c nights.Configuration, k nights.Check) string {
	x, u := k.Shown(), units[k.Measure]
	return fmt.Sprintf("%s: %s is %s where it was %s (%s; %s, p = %s)", c.Name, k.Measure,
		number(x.After, u), number(x.Before, u), Changed(k.Measure, x.Change), span(x), chance(x.P))
}

// trialCase is that of a trial.
func trialCase(c nights.Configuration, t results.Measured) junit.Case {
	out := junit.Case{Class: c.Name, Name: t.Key.InstanceID}
	if t.Key.Attempt > 1 {
		out.Name += fmt.Sprintf("#%d", t.Key.Attempt)
	}
	if t.Worked != nil {
		out.Time = *t.Worked
	}
	lost := slices.Contains(c.Lost, t.Key.InstanceID)
	switch {
	case t.Resolved == nil || !t.Counts():
		out.Status, out.Type, out.Message = junit.Errored, orOpen(t.Outcome), or(t.Error)
	case *t.Resolved:
	case lost && c.Checks[0].Finding == nights.Regression:
		out.Status, out.Type = junit.Failed, "flip"
		out.Message = "unresolved (" + string(t.Outcome) + "), and resolved in the baseline"
	case lost:
		out.Status, out.Message = junit.Skipped, "flipped: resolved in the baseline, within noise"
	default:
		out.Status, out.Message = junit.Skipped, "unresolved, as in the baseline"
	}
	return out
}

// orOpen is an outcome, or says that there is none yet.
func orOpen(o bench.Outcome) string {
	if o == "" {
		return "open"
	}
	return string(o)
}

// Annotations writes what a gate says as commands to GitHub Actions: an error for
// each regression, a warning for what is inconclusive or has no verdict.
func Annotations(w io.Writer, v nights.Verdict) error {
	var lines []string
	add := func(level, title, message string) {
		lines = append(lines, fmt.Sprintf("::%s title=%s::%s", level, property.Replace(title),
			message))
	}
	for _, c := range v.Configurations {
		for _, k := range c.Checks {
			title := fmt.Sprintf("bench gate: %s of %s", k.Measure, c.Name)
			switch k.Finding {
			case nights.Regression:
				text := regression(c, k)
				if k.Measure == nights.Quality {
					text += "; lost: " + someOf(c.Lost)
				}
				add("error", title, data.Replace(text))
			case nights.Inconclusive:
				add("warning", title, data.Replace(strings.Join(checkRemarks(v, c, k), " ")))
			case nights.Pass, nights.Unmeasured:
			}
		}
		if c.NoVerdict > 0 {
			add("warning", "bench gate: "+c.Name, fmt.Sprintf("%d trials without a verdict", c.NoVerdict))
		}
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}

// What commands to GitHub Actions escape, in texts and in their properties.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
