package contamination

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bench"
)

// Version goes up with every change of the rules that may change a finding, so that
// trials are examined again.
const Version = 2

// The rules, by what they find.
const (
	RuleNetwork = "upstream_network" // the repository, a fork or a change of it, over the network
	RulePackage = "package_download" // the package itself, from a registry
	RuleHistory = "later_history"    // commits after the base
	RuleCopy    = "newer_copy"       // another version of the package, in the image
	RuleTests   = "hidden_tests"     // tests of the test patch
	RuleFix     = "fix_lines"        // lines of the gold patch
	RuleImage   = "copy_in_image"    // a copy of the fix lies in the image
)

// Rules are all of them.
var Rules = []string{
	RuleNetwork, RulePackage, RuleHistory, RuleCopy, RuleTests, RuleFix, RuleImage,
}

// Examination examines one trial. Its methods are called in the order of time, for all
// agents together: what one has written, another may read.
type Examination struct {
	fix     *Fix
	start   time.Time // of the trial; zero if it is not known
	wrote   map[string]bool
	seen    map[string]bool // identifiers
	edited  bool            // an agent may have changed a file
	past    past
	commits bool // an agent has made commits
	pending []pending
	found   []bench.Finding
}

// NewExamination begins with a trial of a task. start is when it began, or zero.
func NewExamination(fix *Fix, start time.Time) *Examination {
	seen := map[string]bool{}
	for w := range fix.known {
		seen[w] = true
	}
	return &Examination{
		fix: fix, start: start, wrote: map[string]bool{}, seen: seen,
		past: past{ids: map[string]bool{}},
	}
}

// Wrote takes what an agent has written by itself: answers, and arguments.
func (x *Examination) Wrote(text string) {
	if text == "" {
		return
	}
	b := bare(text)
	for _, blocks := range [][]block{x.fix.gold, x.fix.tests} {
		for _, bl := range blocks {
			for _, l := range bl.signs {
				if !x.wrote[l] && strings.Contains(b, bare(l)) {
					x.wrote[l] = true
				}
			}
		}
	}
	for w := range identifiers(text) {
		x.seen[w] = true
	}
}

// Step takes a tool call with its answer.
func (x *Examination) Step(s Step) {
	var (
		line    []command
		decides []bool // the end of the line, one by one
	)
	if s.Shell && len(s.Inputs) > 0 {
		line, decides = commands(s.Inputs[0])
	}
	x.named(s, line)
	for _, in := range s.Inputs {
		x.Wrote(in)
	}
	x.shown(s, line)
	x.network(s, line, decides)
	x.packages(s, line)
	x.history(s, line)
	x.copies(s, line)
	x.edited = x.edited || mayWrite(s)
	x.lines(s)
	for w := range identifiers(s.Output) {
		x.seen[w] = true
	}
}

// Findings are what was found, in the order in which it was done; for each rule and
// agent at most five of each severity.
func (x *Examination) Findings() []bench.Finding {
	type kind struct{ rule, agent, severity string }
	n := map[kind]int{}
	return slices.DeleteFunc(slices.Clone(x.found), func(f bench.Finding) bool {
		k := kind{f.Rule, f.Agent, string(f.Severity)}
		n[k]++
		return n[k] > mostFindings
	})
}

// mostFindings is how much evidence of one kind is kept.
const mostFindings = 5

// evidence is how many bytes of a text are kept.
const evidence = 240

func (x *Examination) find(s Step, rule string, severity bench.Severity, text string) {
	x.found = append(x.found, bench.Finding{
		Rule: rule, Severity: severity, Agent: s.Agent, Turn: s.Turn, Call: s.Call, Text: Cut(text),
	})
}

// Cut is a text on one line, as long as evidence may be.
func Cut(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= evidence {
		return text
	}
	end := evidence
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// got is Touched if a step brought something, and else Tried.
func got(s Step, something bool) bench.Severity {
	if something && !s.failed() && !offline(s.Output) {
		return bench.Touched
	}
	return bench.Tried
}

// refusals are what programs say that reached nothing.
var refusals = []string{
	"could not resolve", "name resolution", "name or service not known", "network is unreachable",
	"connection refused", "failed to connect", "no route to host", "connection timed out",
	"failed to establish a new connection", "nodename nor servname", "max retries exceeded",
	"unable to access", "could not read from remote", "not found in path", "command not found",
	"no matching distribution", "could not find a version", "requested url returned error",
	"no such host", "dial tcp", "getaddrinfo", "enotfound", "offline",
}

// offline reports whether an output says that nothing was reached.
func offline(output string) bool {
	low := strings.ToLower(output)
	return slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(low, r) })
}

// lineOf is the command line that a piece of evidence stands in.
func lineOf(c command) string { return cmp.Or(strings.Join(c, " "), "?") }
