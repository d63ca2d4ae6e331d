package bench_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Documents whose tables name tests in their last column.
var namingTests = []string{"docs/security.md", "docs/faults.md"}

// TestNamedTestsExist: a row of these documents is a promise that a test keeps. Each has
// one at least, and every one that is named is there: package.Test, package.Test/subtest,
// or the file of a script.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`([^`]+)`")
	for _, document := range namingTests {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for i, line := range strings.Split(string(text), "\n") {
			cells := strings.Split(strings.Trim(line, "|"), "|")
			last := strings.TrimSpace(cells[len(cells)-1])
			if !strings.HasPrefix(line, "|") || last == "Test" || strings.HasPrefix(last, "---") {
				continue
			}
			rows++
			tests := named.FindAllStringSubmatch(last, -1)
			if len(tests) == 0 {
				t.Errorf("%s:%d names no test", document, i+1)
			}
			for _, m := range tests {
				if why := notThere(t, m[1]); why != "" {
					t.Errorf("%s:%d: %s: %s", document, i+1, m[1], why)
				}
			}
		}
		if rows < 20 {
			t.Errorf("%s has %d rows", document, rows)
		}
	}
}

// notThere says what is missing of a test, or nothing.
func notThere(t *testing.T, name string) string {
	t.Helper()
	if strings.HasSuffix(name, ".txtar") {
		if _, err := os.Stat(name); err != nil {
			return err.Error()
		}
		return ""
	}
	pkg, test, ok := strings.Cut(name, ".")
	if !ok {
		return "neither package.Test nor the file of a script"
	}
	if pkg == "bench" { // the root
		pkg = "."
	}
	test, sub, _ := strings.Cut(test, "/")
	if !contains(t, pkg+"/*_test.go", "func "+test+"(t *testing.T) {") {
		return "no such test"
	}
	if sub != "" && !contains(t, pkg+"/*_test.go", `"`+sub+`"`) &&
		!contains(t, "sandbox/sandboxtest/*.go", `"`+sub+`": func(`) {
		return "no such subtest"
	}
	return ""
}

// contains reports whether one of some files contains a text.
func contains(t *testing.T, pattern, text string) bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), text) {
			return true
		}
	}
	return false
}
