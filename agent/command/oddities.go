package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// oddities are what a program does beside the protocol, counted.
type oddities struct {
	strays       int
	first        string // of the stray lines
	requests     map[string]int
	updates      map[string]int
	unanswerable int // requests for permission
}

// mostOddities is how many sorts of each are told apart.
const mostOddities = 50

func count(m *map[string]int, name string) {
	if *m == nil {
		*m = map[string]int{}
	}
	if name = lastLine(name); (*m)[name] > 0 || len(*m) < mostOddities {
		(*m)[name]++
	}
}

func (o *oddities) refused(method string) { count(&o.requests, method) }
func (o *oddities) unknown(kind string)   { count(&o.updates, kind) }

func (o *oddities) stray(line []byte) {
	if o.strays++; o.strays == 1 {
		o.first = lastLine(string(bytes.ToValidUTF8(line, []byte("\uFFFD"))))
	}
}

// The codes of notices of what a program does beside the protocol.
const (
	noticeStray      = "stray_output"
	noticeRefused    = "refused_request"
	noticeUnknown    = "unknown_update"
	noticePermission = "no_permission"
	noticeUsage      = "own_usage"
	noticeTools      = "tools_apart"
)

// remark records what a person should know of the turn. The error is one of the log.
func (u *turn) remark(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	err := u.toolCalls.close()
	note := func(holds bool, code, format string, args ...any) {
		if holds {
			err = errors.Join(err, u.note(ctx, code, fmt.Sprintf(format, args...)))
		}
	}
	o := u.odd
	note(o.strays > 0, noticeStray, "lines of its output that are no messages: %d; the first is: %s",
		o.strays, o.first)
	note(len(o.requests) > 0, noticeRefused, "it asked for what is not offered: %s", list(o.requests))
	note(len(o.updates) > 0, noticeUnknown, "what it told of was passed over: %s", list(o.updates))
	note(o.unanswerable > 0, noticePermission, "requests for permission that offer no such answer "+
		"as command.acp.permission wants were answered with cancelled: %d", o.unanswerable)
	note(u.toolCalls.passed > 0, noticeTools, "tool calls beyond the first %d were passed over: %d",
		mostCalls, u.toolCalls.passed)
	note(u.toolCalls.alone > 0, noticeTools, "tool calls that it told of are none of those that its "+
		"models are seen to ask for, and are not shown beside them: %d", u.toolCalls.alone)
	if s := u.usage; s != nil {
		cost := ""
		if s.Cost != nil {
			cost = fmt.Sprintf(", and a cost of %g %s", s.Cost.Amount, lastLine(s.Cost.Currency))
		}
		note(true, noticeUsage, "it says itself that its context has %d of %d tokens%s: "+
			"nothing checks that, and no sum has it", s.Used, s.Size, cost)
	}
	return err
}

// list is what was counted, for people.
func list(m map[string]int) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		text := name
		if n := m[name]; n > 1 {
			text += fmt.Sprintf(" (%d times)", n)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
