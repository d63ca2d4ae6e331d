//go:build !race

// The race detector makes pools forget at random, so what is allocated under
// it says nothing. Continuous integration runs these tests without it as well.

package regrade

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"bench"
	"bench/scoring/swebench"
)

// allocated is how many bytes f allocates in all, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// hostile are logs that nobody wants to read. Each has its results at the end.
func hostile(size int) map[string][]byte {
	of := func(unit string) []byte { return bytes.Repeat([]byte(unit), size/len(unit)) }
	var tests bytes.Buffer
	for i := 0; tests.Len() < size; i++ {
		fmt.Fprintf(&tests, "PASSED some/where/test_file.py::TestClass::test_name[%d]\n", i)
	}
	return map[string][]byte{
		"lines":              of("some output of a test, of no meaning to anybody\n"),
		"one line":           of("x"),
		"blanks":             of(" "),
		"NUL bytes":          of("\x00"),
		"carriage returns":   of("\r"),
		"broken UTF-8":       of("\xff\xf0\x9f a\xc3\n"),
		"half of a marker":   of(">>>>> "),
		"results":            tests.Bytes(),
		"one result, always": of("PASSED t::a\n"),
		"brackets":           of("PASSED t["),
		"colours":            of("\x1b[32m"),
	}
}

// TestHostileLogs: logs of 50 MB, also of a single line, are judged within a
// small multiple of their size, and shorter ones by every parser.
func TestHostileLogs(t *testing.T) {
	size := 50 << 20
	if testing.Short() {
		size = 5 << 20
	}
	for name, content := range hostile(size) {
		t.Run(name, func(t *testing.T) { judgeHostile(t, "parse_log_pytest", content) })
		for _, parser := range goldenParsers(t) {
			t.Run(name+"/"+parser, func(t *testing.T) {
				judgeHostile(t, parser, content[:size/100])
			})
		}
	}
}

// goldenParsers are the parsers that have a golden log, whose head names them.
// The others are these under other names, as a test of swebench holds.
func goldenParsers(t *testing.T) []string {
	t.Helper()
	logs, err := filepath.Glob("../swebench/testdata/parsers/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no golden logs: %v", err)
	}
	parsers := map[string]bool{}
	for _, name := range logs {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := bytes.Cut(data, []byte("parser: "))
		parser, _, ended := bytes.Cut(rest, []byte("\n"))
		if !ok || !ended {
			t.Fatalf("%s names no parser", name)
		}
		parsers[string(parser)] = true
	}
	return slices.Sorted(maps.Keys(parsers))
}

// judgeHostile judges a file of some content and the results of two tests.
func judgeHostile(t *testing.T, parser string, content []byte) {
	task := flask("a__1")
	task.LogParser = parser
	o := Options{Tasks: map[string]bench.Task{"a__1": task}, Rules: swebench.V5, Workers: 1}
	log := bytes.Join([][]byte{[]byte(start), content, []byte("\nPASSED t::a\nPASSED t::b\n" + end)}, nil)
	dir := t.TempDir()
	put(t, dir, "a__1/"+LogName, log)
	// What is made once, such as tables, is no part of the measure.
	_, _ = swebench.Judge(task, swebench.V5, []byte(start+"Killed\n"+end))
	var all []Result
	used := allocated(func() { all = collect(t, dir, o) })
	if len(all) != 1 || all[0].Err == nil && all[0].Grade.Resolved == nil {
		t.Fatalf("%+v", all)
	}
	if parser == "parse_log_pytest" && !*all[0].Grade.Resolved {
		t.Errorf("not resolved: %+v", all[0].Grade.FailToPass)
	}
	if most := 20*uint64(len(log)) + 8<<20; used > most {
		t.Errorf("%d MB for a log of %d MB", used>>20, len(log)>>20)
	}
	t.Logf("%.1f times the log's size", float64(used)/float64(len(log)))
}

// TestTenMillionMarkers: markers are found one after the other, and none is
// kept.
func TestTenMillionMarkers(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 100_000
	}
	log := bytes.Repeat([]byte(end), n)
	copy(log, start)
	task := flask("a__1")
	for _, rules := range []swebench.Rules{swebench.V5, swebench.V4} {
		var g bench.Grade
		var err error
		used := allocated(func() { g, err = swebench.Judge(task, rules, log) })
		if err != nil || *g.Resolved {
			t.Fatalf("%+v, %v", g, err)
		}
		if used > 1<<20 {
			t.Errorf("%s: %d KB for markers", rules, used>>10)
		}
	}
}

// TestLongLine: a line of a .jsonl file that is mostly escapes takes no more
// than some times its length.
func TestLongLine(t *testing.T) {
	log := append([]byte(`{"instance_id":"a__1","log":"`), bytes.Repeat([]byte(`\u0000`), 2<<20)...)
	log = append(log, `"}`...)
	path := put(t, t.TempDir(), "l.jsonl", log)
	o := Options{Tasks: map[string]bench.Task{"a__1": flask("a__1")}, Rules: swebench.V5}
	var all []Result
	used := allocated(func() { all = collect(t, path, o) })
	if len(all) != 1 || all[0].Err != nil || all[0].Bytes != 2<<20 {
		t.Fatalf("%+v", all)
	}
	if used > 8*uint64(len(log)) { // a buffer that grows by a quarter at a time
		t.Errorf("%d MB for a line of %d MB", used>>20, len(log)>>20)
	}
}
