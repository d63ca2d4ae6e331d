// Package junit writes verdicts as JUnit's XML, which CI systems show as tests.
//
// Write takes cases from anybody; Output writes those of a run, a suite for each
// configuration and a case for each trial.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Status is how a case ended.
type Status int

// The statuses. An error says nothing about what was tested.
const (
	Passed Status = iota
	Failed
	Errored
	Skipped
)

// Case is one test.
type Case struct {
	Class, Name string
	Time        time.Duration // left out if it is 0
	Status      Status
	Type        string // of a failure or an error, in one word
	Message     string // why it did not pass, in one line
	Text        string // more of that
}

// Suite is a group of cases.
type Suite struct {
	Name       string
	At         time.Time // left out if it is zero
	Properties [][2]string
	Cases      []Case
}

// Write writes suites as one document.
func Write(w io.Writer, name string, suites []Suite) error {
	doc := document{Name: clean(name)}
	for _, s := range suites {
		x := suiteOf(s)
		doc.Tests, doc.Failures = doc.Tests+x.Tests, doc.Failures+x.Failures
		doc.Errors, doc.Skipped = doc.Errors+x.Errors, doc.Skipped+x.Skipped
		doc.Suites = append(doc.Suites, x)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

type counts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type document struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	counts
	Suites []suite `xml:"testsuite"`
}

type suite struct {
	Name string `xml:"name,attr"`
	counts
	Time       string      `xml:"time,attr,omitempty"`
	Timestamp  string      `xml:"timestamp,attr,omitempty"`
	Properties *properties `xml:"properties"`
	Cases      []testCase  `xml:"testcase"`
}

type properties struct {
	All []property `xml:"property"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testCase struct {
	Class   string `xml:"classname,attr"`
	Name    string `xml:"name,attr"`
	Time    string `xml:"time,attr,omitempty"`
	Failure *why   `xml:"failure"`
	Error   *why   `xml:"error"`
	Skipped *why   `xml:"skipped"`
}

type why struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func suiteOf(s Suite) suite {
	out := suite{Name: clean(s.Name), counts: counts{Tests: len(s.Cases)}}
	if !s.At.IsZero() {
		out.Timestamp = s.At.UTC().Format("2006-01-02T15:04:05")
	}
	if len(s.Properties) > 0 {
		out.Properties = &properties{}
		for _, p := range s.Properties {
			out.Properties.All = append(out.Properties.All, property{clean(p[0]), clean(p[1])})
		}
	}
	var sum time.Duration
	for _, c := range s.Cases {
		x := testCase{Class: clean(c.Class), Name: clean(c.Name), Time: seconds(c.Time)}
		reason := &why{Message: clean(c.Message), Type: clean(c.Type), Text: clean(c.Text)}
		switch c.Status {
		case Passed:
		case Failed:
			x.Failure, out.Failures = reason, out.Failures+1
		case Errored:
			x.Error, out.Errors = reason, out.Errors+1
		case Skipped:
			reason.Type = "" // the schema has none there
			x.Skipped, out.Skipped = reason, out.Skipped+1
		}
		sum += c.Time
		out.Cases = append(out.Cases, x)
	}
	out.Time = seconds(sum)
	return out
}

// seconds is a time in seconds, nothing for none.
func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
}

// clean makes a text one that XML can hold: logs have colours and bytes that are no
// text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
