package junit

import (
	"bytes"
	"encoding/xml"
	"os"
	"strings"
	"testing"
	"time"

	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// read is what readers of JUnit's XML take from it, declared apart from how it is
// written.
type read struct {
	XMLName  xml.Name `xml:"testsuites"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Suites   []struct {
		Name  string  `xml:"name,attr"`
		Tests int     `xml:"tests,attr"`
		Time  float64 `xml:"time,attr"`
		Cases []struct {
			Class   string  `xml:"classname,attr"`
			Name    string  `xml:"name,attr"`
			Time    float64 `xml:"time,attr"`
			Failure *struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"failure"`
			Error *struct {
				Message string `xml:"message,attr"`
			} `xml:"error"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func parse(t *testing.T, data []byte) (r read) {
	t.Helper()
	if err := xml.Unmarshal(data, &r); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return r
}

// Every trial is in its suite with its verdict, and the counts are those of the cases.
func TestOutput(t *testing.T) {
	t.Parallel()
	spec := resultstest.Spec{RunID: "r", Tasks: 30, Seed: 1, Faults: true, Simulated: true}
	s := storetest.Stored(t, spec)
	paths, err := output.Write(t.Context(), Output{}, s, "r", t.TempDir())
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	doc := parse(t, data)
	run, err := s.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if doc.Tests != run.Trials || doc.Failures != run.Graded-run.Resolved || doc.Errors != run.Infra ||
		doc.Skipped != run.Cancelled || run.Infra == 0 || run.Cancelled == 0 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped; the run is %+v", doc.Tests, doc.Failures,
			doc.Errors, doc.Skipped, run)
	}
	for _, suite := range doc.Suites {
		if len(suite.Cases) != suite.Tests || suite.Tests != 30 || suite.Time < 1 {
			t.Errorf("%s has %d cases of %d, in %v s", suite.Name, len(suite.Cases), suite.Tests, suite.Time)
		}
		for _, c := range suite.Cases {
			if c.Class != suite.Name || !strings.HasSuffix(c.Name, "#1") || c.Time <= 0 {
				t.Errorf("case %+v", c)
			}
			if f := c.Failure; f != nil && f.Type == "unresolved" &&
				!strings.Contains(f.Text, "FAIL_TO_PASS tests/test_core.py::test_case[1]: FAILED") {
				t.Errorf("%s failed with %q", c.Name, f.Text)
			}
			if c.Error != nil && c.Error.Message != "container exited with 137" {
				t.Errorf("%s ended with %q", c.Name, c.Error.Message)
			}
		}
	}
}

// What models and tests print breaks no document, and no text is lost that XML can hold.
func TestHostileText(t *testing.T) {
	t.Parallel()
	text := "</failure>]]>&<b> \x1b[31mred\x00 \xff \u202e\uFFFE\r\nnext\tline"
	var b bytes.Buffer
	err := Write(&b, text, []Suite{{Name: text, At: time.Unix(0, 0), Properties: [][2]string{{text, text}},
		Cases: []Case{{Class: text, Name: text, Status: Failed, Type: text, Message: text, Text: text}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := parse(t, b.Bytes()).Suites[0].Cases[0]
	want := "</failure>]]>&<b> \uFFFD[31mred\uFFFD \uFFFD \u202e\uFFFD\r\nnext\tline"
	if c.Failure.Text != want || c.Name != want || c.Class != want {
		t.Errorf("got %q, want %q", c.Failure.Text, want)
	}
}
