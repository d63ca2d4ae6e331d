package evaluate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"bench"
)

// Line is one verdict for other programs: a line of JSON.
type Line struct {
	path     string // of the log, if one is judged again
	instance string
	grade    bench.Grade
	err      string // why there is no verdict
	// statusMap adds every test with its status, in the log's order.
	statusMap bool
}

// lineOf is the line of a grade.
func lineOf(instance string, g bench.Grade) Line {
	return Line{instance: instance, grade: g, err: g.Error}
}

// Line is the line of an evaluation.
func (e *Evaluation) Line() Line {
	l := lineOf(e.Task.InstanceID, e.Grade)
	l.err = e.Failure()
	return l
}

// Append adds the line to b, as encoding/json would write it. That takes as
// long for a line's names of tests as judging their log does.
func (l Line) Append(b []byte) []byte {
	g := l.grade
	b = slices.Grow(b, l.size())
	b = appendText(append(b, `{"path":`...), l.path)
	b = appendText(append(b, `,"instance_id":`...), l.instance)
	b = appendText(append(b, `,"rules":`...), g.Rules)
	b = strconv.AppendBool(append(b, `,"found":`...), g.Found)
	b = strconv.AppendBool(append(b, `,"resolved":`...), g.Resolved != nil && *g.Resolved)
	b = appendText(append(b, `,"status":`...), cmp.Or(g.Status, "NO"))
	b = strconv.AppendInt(append(b, `,"status_map_size":`...), int64(len(g.Tests)), 10)
	b = appendVerdicts(append(b, `,"FAIL_TO_PASS":`...), g.FailToPass)
	b = appendVerdicts(append(b, `,"PASS_TO_PASS":`...), g.PassToPass)
	b = appendText(append(b, `,"infra_reason":`...), g.InfraReason)
	b = appendTexts(append(b, `,"flags":`...), g.Flags)
	b = appendText(append(b, `,"error":`...), l.err)
	if g.Network != "" {
		b = appendText(append(b, `,"network":`...), g.Network)
	}
	if l.statusMap {
		b = append(b, `,"status_map":[`...)
		for i, t := range g.Tests {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(append(b, '['), t.Test)
			b = append(appendText(append(b, ','), t.Status), ']')
		}
		b = append(b, ']')
	}
	return append(b, '}', '\n')
}

// size is about how long the line is.
func (l Line) size() int {
	n := 400 + len(l.path) + len(l.err)
	for _, list := range [...][]string{
		l.grade.FailToPass.Success, l.grade.FailToPass.Failure,
		l.grade.PassToPass.Success, l.grade.PassToPass.Failure,
	} {
		for _, s := range list {
			n += len(s) + len(`"",`)
		}
	}
	if l.statusMap {
		for _, t := range l.grade.Tests {
			n += len(t.Test) + len(t.Status) + len(`["",""],`)
		}
	}
	return n
}

func appendVerdicts(b []byte, v bench.Verdicts) []byte {
	b = appendTexts(append(b, `{"success":`...), v.Success)
	b = appendTexts(append(b, `,"failure":`...), v.Failure)
	return append(b, '}')
}

func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, s)
	}
	return append(b, ']')
}

// appendText adds a text in quotes; what needs more than these is left to
// encoding/json.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendEscaped(b []byte, s string) []byte {
	text := bytes.NewBuffer(b)
	enc := json.NewEncoder(text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("encode text: " + err.Error()) // a text in memory: never fails
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
