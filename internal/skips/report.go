package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`, as `go doc test2json` describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
	Elapsed    float64 // seconds, with pass and fail
}

// name identifies a test, or with Test empty a package.
type name struct{ Package, Test string }

// reporter keeps the output of what has not ended, because only failures show
// theirs.
type reporter struct {
	w       *bufio.Writer
	output  map[name][]string
	skipped map[string][]string // by reason
	took    map[name]float64    // seconds
	failed  bool
}

// report copies results to w as they come. Lines that are no JSON, such as the
// messages of a toolchain that cannot start, are copied as they are.
func report(r io.Reader, w io.Writer) (failed bool, err error) {
	p := reporter{
		w: bufio.NewWriter(w), output: map[name][]string{}, skipped: map[string][]string{},
		took: map[name]float64{},
	}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			p.line(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return p.failed, err
		}
		if lines.Buffered() == 0 {
			p.w.Flush()
		}
	}
	p.slowest(10)
	p.skips()
	return p.failed, p.w.Flush()
}

func (p *reporter) line(line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil {
		p.w.WriteString(line)
		return
	}
	n := name{e.Package, e.Test}
	if e.Test != "" && e.Elapsed >= noteworthy {
		p.took[n] = e.Elapsed
	}
	switch e.Action {
	case "build-output":
		p.w.WriteString(e.Output)
	case "build-fail":
		p.failed = true
	case "output":
		p.output[n] = append(p.output[n], e.Output)
		if e.Test == "" && summary(e.Output) {
			p.w.WriteString(e.Output)
		}
	case "fail":
		p.failed = true
		p.print(n)
	case "skip":
		if e.Test != "" {
			reason := reason(p.output[n])
			p.skipped[reason] = append(p.skipped[reason], e.Package+" "+e.Test)
		}
		delete(p.output, n)
	case "pass":
		delete(p.output, n)
	}
}

// summary reports whether a line is the one that go test prints per package.
func summary(line string) bool {
	for _, start := range []string{"ok  \t", "FAIL\t", "?   \t", "---\t"} {
		if strings.HasPrefix(line, start) {
			return true
		}
	}
	return false
}

// print prints the output of a test or package that failed.
func (p *reporter) print(n name) {
	for _, line := range p.output[n] {
		if !summary(line) && !strings.HasPrefix(line, "=== ") {
			p.w.WriteString(line)
		}
	}
	delete(p.output, n)
}

// reason is what a test said when it skipped itself.
func reason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	if _, text, ok := strings.Cut(said[len(said)-1], ": "); ok { // after file.go:12
		return text
	}
	return said[len(said)-1]
}

// noteworthy is how long a test may take before it can be among the slowest, in
// seconds.
const noteworthy = 2

// slowest prints the tests that took the longest, without those whose time is
// that of their subtests.
func (p *reporter) slowest(most int) {
	for n := range p.took {
		if i := strings.LastIndexByte(n.Test, '/'); i >= 0 {
			delete(p.took, name{n.Package, n.Test[:i]})
		}
	}
	tests := slices.SortedFunc(maps.Keys(p.took), func(a, b name) int {
		return cmp.Or(cmp.Compare(p.took[b], p.took[a]), cmp.Compare(a.Package+a.Test, b.Package+b.Test))
	})
	for i, n := range tests[:min(most, len(tests))] {
		if i == 0 {
			fmt.Fprintln(p.w, "slowest tests (seconds):")
		}
		fmt.Fprintf(p.w, "%8.1f  %s %s\n", p.took[n], n.Package, n.Test)
	}
}

func (p *reporter) skips() {
	var reasons []string
	for r := range p.skipped {
		reasons = append(reasons, r)
	}
	slices.Sort(reasons)
	for _, r := range reasons {
		tests := p.skipped[r]
		slices.Sort(tests)
		fmt.Fprintf(p.w, "skipped %d: %s\n", len(tests), r)
		for _, t := range tests {
			fmt.Fprintf(p.w, "    %s\n", t)
		}
	}
}
