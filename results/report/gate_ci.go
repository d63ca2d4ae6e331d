package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"bench"
	"bench/results"
	"bench/results/nights"
)

// What JUnit's readers know: suites of cases, each with at most one of these.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Name    string       `xml:"name,attr"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Seconds string       `xml:"time,attr,omitempty"`
		Failure *junitReason `xml:"failure"`
		Error   *junitReason `xml:"error"`
		Skipped *junitReason `xml:"skipped"`
	}
	junitReason struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes what a gate says for readers of JUnit's XML: a suite for each
// configuration, with a case for each measure and for each trial. Failures are
// measures with a regression and, if quality has one, the tasks that were lost;
// errors are trials without a verdict; what is inconclusive is skipped, as are tasks
// that are unresolved as before.
func JUnit(w io.Writer, v nights.Verdict) error {
	all := junitSuites{Name: titled(gateName(v), v.Night.Simulated)}
	for _, c := range v.Configurations {
		all.Suites = append(all.Suites, suite(v, c))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suite(v nights.Verdict, c nights.Configuration) junitSuite {
	s := junitSuite{Name: c.Name}
	for _, k := range c.Checks {
		if k.Finding != nights.Unmeasured {
			s.Cases = append(s.Cases, checkCase(v, c, k))
		}
	}
	for _, t := range c.Trials {
		s.Cases = append(s.Cases, trialCase(c, t))
	}
	s.Tests = len(s.Cases)
	for _, x := range s.Cases {
		switch {
		case x.Failure != nil:
			s.Failures++
		case x.Error != nil:
			s.Errors++
		case x.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

// checkCase is that of a measure. A regression names what flipped.
func checkCase(v nights.Verdict, c nights.Configuration, k nights.Check) junitCase {
	out := junitCase{Class: c.Name + ".gate", Name: string(k.Measure)}
	switch k.Finding {
	case nights.Regression:
		out.Failure = &junitReason{Type: "regression", Message: regression(c, k)}
		if k.Measure == nights.Quality {
			out.Failure.Text = "lost: " + list(c.Lost) + "\ngained: " + list(c.Gained) + "\n"
		}
	case nights.Inconclusive:
		out.Skipped = &junitReason{Message: strings.Join(checkRemarks(v, c, k), " ")}
	case nights.Pass, nights.Unmeasured:
	}
	return out
}

// regression says what a measure has lost.
func regression(c nights.Configuration, k nights.Check) string {
	x, u := k.Shown(), units[k.Measure]
	return fmt.Sprintf("%s: %s is %s where it was %s (%s; %s, p = %s)", c.Name, k.Measure,
		number(x.After, u), number(x.Before, u), changed(k.Measure, x.Change), span(x), chance(x.P))
}

// trialCase is that of a trial.
func trialCase(c nights.Configuration, t results.Measured) junitCase {
	out := junitCase{Class: c.Name, Name: t.Key.InstanceID}
	if t.Key.Attempt > 1 {
		out.Name += fmt.Sprintf("#%d", t.Key.Attempt)
	}
	if t.Worked != nil {
		out.Seconds = fmt.Sprintf("%.3f", t.Worked.Seconds())
	}
	lost := slices.Contains(c.Lost, t.Key.InstanceID)
	switch {
	case t.Resolved == nil || !t.Counts():
		out.Error = &junitReason{Type: orOpen(t.Outcome), Message: or(t.Error)}
	case *t.Resolved:
	case lost && c.Checks[0].Finding == nights.Regression:
		out.Failure = &junitReason{Type: "flip",
			Message: "unresolved (" + string(t.Outcome) + "), and resolved in the baseline"}
	case lost:
		out.Skipped = &junitReason{Message: "flipped: resolved in the baseline, within noise"}
	default:
		out.Skipped = &junitReason{Message: "unresolved, as in the baseline"}
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
