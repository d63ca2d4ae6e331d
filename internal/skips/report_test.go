package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// module is a Go module with one package per way a test run can go.
var module = map[string]string{
	"go.mod":      "module m\n\ngo 1.26\n",
	"a/a_test.go": "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Log(\"quiet\") }\n",
	"b/b_test.go": `package b
import "testing"
func TestSkipped(t *testing.T) { t.Skip("no engine: start one") }
func TestSub(t *testing.T) { t.Run("x", func(t *testing.T) { t.Skip("no engine: start one") }) }
func TestOther(t *testing.T) { t.SkipNow() }
`,
	"c/c_test.go": "package c\nimport \"testing\"\nfunc TestBad(t *testing.T) { t.Error(\"loud\") }\n",
	"d/d_test.go": "package d\nfunc broken( {\n",
	"e/e.go":      "package e\n",
	"f/f_test.go": "package f\nimport (\"testing\"; \"os\")\nfunc TestF(t *testing.T) { os.Exit(3) }\n",
}

func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range module {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		packages string
		failed   bool
		has      []string
		hasNot   []string
	}{
		"pass": {"./a", false, []string{"ok  \tm/a\t"}, []string{"quiet", "PASS", "skipped"}},
		"skip": {"./b", false, []string{"ok  \tm/b\t", "skipped 2: no engine: start one\n    m/b TestSkipped\n    m/b TestSub/x\n",
			"skipped 1: no reason given\n    m/b TestOther\n"}, nil},
		"fail":     {"./c", true, []string{"--- FAIL: TestBad", "c_test.go:3: loud", "FAIL\tm/c"}, []string{"=== RUN"}},
		"build":    {"./d", true, []string{"d_test.go:2:", "FAIL\tm/d [setup failed]"}, nil},
		"no tests": {"./e", false, []string{"?   \tm/e\t[no test files]"}, []string{"skipped"}},
		"exit":     {"./f", true, []string{"FAIL\tm/f"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "go", "test", "-json", c.packages)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
			log, err := cmd.Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			var out strings.Builder
			failed, err := report(strings.NewReader(string(log)), &out)
			if err != nil || failed != c.failed {
				t.Errorf("failed %v, error %v\n%s", failed, err, out.String())
			}
			for _, want := range c.has {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
			for _, not := range c.hasNot {
				if strings.Contains(out.String(), not) {
					t.Errorf("%q in\n%s", not, out.String())
				}
			}
		})
	}
}

func TestReportCopiesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	failed, err := report(io.MultiReader(strings.NewReader("go: cannot find main module")), &out)
	if failed || err != nil || out.String() != "go: cannot find main module" {
		t.Errorf("%v, %v, %q", failed, err, out.String())
	}
}

// The slowest tests are listed, subtests in place of the test they are part of.
func TestReportListsTheSlowest(t *testing.T) {
	t.Parallel()
	log := `{"Action":"pass","Package":"m/a","Test":"TestFast","Elapsed":0.1}
{"Action":"pass","Package":"m/a","Test":"TestSlow/x","Elapsed":5}
{"Action":"pass","Package":"m/a","Test":"TestSlow","Elapsed":5.2}
{"Action":"fail","Package":"m/b","Test":"TestSlower","Elapsed":7}
{"Action":"pass","Package":"m/b","Elapsed":12}
`
	var out strings.Builder
	if _, err := report(strings.NewReader(log), &out); err != nil {
		t.Fatal(err)
	}
	want := "slowest tests (seconds):\n     7.0  m/b TestSlower\n     5.0  m/a TestSlow/x\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
