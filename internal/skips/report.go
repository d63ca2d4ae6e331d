package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
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
}

// name identifies a test, or with Test empty a package.
type name struct{ Package, Test string }

// reporter keeps the output of what has not ended, because only failures show
// theirs.
type reporter struct {
	w       *bufio.Writer
	output  map[name][]string
	skipped map[string][]string // by reason
	failed  bool
}

// report copies results to w as they come. Lines that are no JSON, such as the
// messages of a toolchain that cannot start, are copied as they are.
func report(r io.Reader, w io.Writer) (failed bool, err error) {
	p := reporter{
		w: bufio.NewWriter(w), output: map[name][]string{}, skipped: map[string][]string{},
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
