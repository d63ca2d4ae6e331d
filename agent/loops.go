package agent

import (
	"bytes"
	"encoding/json"
	"strings"

	"bench"
)

// Thresholds of the search for loops, in batches, as in the OpenHands SDK,
// which counts single events: there a batch of twins looks like a loop, and a
// loop of batches does not.
const (
	sameBatches        = 4 // the same calls with the same results
	sameErrors         = 3 // the same calls, all failing: the model is told; the next ends it
	alternatingBatches = 6 // two batches taking turns
)

// loopDetector looks for a model that repeats itself. It keeps the last
// few batches.
type loopDetector struct {
	last   []footprint
	warned bool // about the errors at the end of last
}

// footprint is what a batch asked for and what came of it, without what
// differs every time.
type footprint struct {
	calls, results string
	failed         bool // every call
}

type verdict int

const (
	moving verdict = iota
	warn
	stuck
)

// judge takes note of a finished batch and acts on it.
func (r *run) judge(executions []execution) {
	switch r.loops.add(executions) {
	case stuck:
		r.end(bench.AgentStuck, nil)
	case warn:
		r.tell(render("repeated", struct{ Times int }{sameErrors}))
	case moving:
	}
}

func (c *loopDetector) add(executions []execution) verdict {
	f, waiting := footprintOf(executions)
	if waiting {
		return moving
	}
	if n := len(c.last); n > 0 && c.last[n-1].calls != f.calls {
		c.warned = false
	}
	c.last = append(c.last, f)
	if len(c.last) > alternatingBatches {
		c.last = c.last[1:]
	}
	switch {
	case c.repeats(sameBatches, 1), c.repeats(alternatingBatches, 2):
		return stuck
	case !c.failing(sameErrors):
		return moving
	case c.warned:
		return stuck
	}
	c.warned = true
	return warn
}

// repeats reports whether each of the last n batches equals the one a period
// before it.
func (c *loopDetector) repeats(n, period int) bool {
	if len(c.last) < n {
		return false
	}
	tail := c.last[len(c.last)-n:]
	for i := period; i < n; i++ {
		if tail[i] != tail[i-period] {
			return false
		}
	}
	return true
}

// failing reports whether the last n batches asked for the same and failed.
func (c *loopDetector) failing(n int) bool {
	if len(c.last) < n {
		return false
	}
	tail := c.last[len(c.last)-n:]
	for _, f := range tail {
		if !f.failed || f.calls != tail[0].calls {
			return false
		}
	}
	return true
}

// footprintOf also reports whether the batch did nothing but wait.
func footprintOf(executions []execution) (f footprint, waiting bool) {
	var calls, results strings.Builder
	f.failed, waiting = true, true
	for i := range executions {
		s := &executions[i]
		calls.WriteString(s.call.Name + "\x00" + canonical(s.call.Arguments) + "\x00")
		results.WriteString(s.observation.Stable + "\x00")
		f.failed = f.failed && s.observation.IsError
		waiting = waiting && s.observation.Waiting
	}
	f.calls = string(bench.Body(calls.String()).Hash())
	f.results = string(bench.Body(results.String()).Hash())
	return f, waiting
}

// canonical is arguments without differences of spelling: space and the order
// of fields.
func canonical(arguments string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(arguments))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return arguments
	}
	var buf bytes.Buffer
	if json.NewEncoder(&buf).Encode(v) != nil {
		return arguments
	}
	return buf.String()
}
