package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"bench"
	"bench/internal/width"
)

// Watch prints a line for everything the agents of a trial do, as they do it: a
// view for somebody who watches one trial. It is an observer of a run's events.
type Watch struct {
	w       io.Writer
	columns int
	text    func(bench.BodyHash) string
	begun   map[string]time.Time // of activations, by agent
}

// NewWatch returns a Watch that prints lines of up to so many columns to w. Text
// returns the texts that events name.
func NewWatch(w io.Writer, columns int, text func(bench.BodyHash) string) *Watch {
	return &Watch{w: w, columns: columns, text: text, begun: map[string]time.Time{}}
}

// Observe prints what the event says, if a person wants to know it.
func (v *Watch) Observe(e bench.Event) {
	switch p := e.Payload.(type) {
	case bench.AgentStarted:
		v.say(e.Agent, "starts, %s on %s", p.Role, p.WireModel)
	case bench.LLMCall:
		v.call(e.Agent, p)
	case bench.ToolCall:
		v.tool(e.Agent, p)
	case bench.DelegationSpawned:
		what := p.Description
		if what == "" {
			what = v.text(p.Prompt)
		}
		v.say(e.Agent, "delegates %s: %s", p.DelegationID, what)
	case bench.DelegationStarted:
		v.begun[p.Child] = e.Time
	case bench.DelegationEnded:
		v.ended(e.Time, p)
	case bench.BudgetNotice:
		v.say(e.Agent, "%s: %s of the %s", p.Kind, p.Resource, p.Scope)
	case bench.Notice:
		v.say(e.Agent, "%s: %s", p.Code, p.Text)
	case bench.WorkspaceFault:
		v.say(e.Agent, "%s in %s", p.Kind, strings.Join(p.Paths, ", "))
	}
}

// Close implements runner.Observer.
func (v *Watch) Close(dropped int64) {
	if dropped > 0 {
		v.say("", "%d events were not shown", dropped)
	}
}

// say prints a line in the name of an agent. Texts of models and repositories
// are clipped, and cannot move the cursor.
func (v *Watch) say(who, format string, args ...any) {
	line := width.Left(who, 8) + " " + printable(fmt.Sprintf(format, args...))
	fmt.Fprintln(v.w, width.Clip(line, v.columns))
}

// printable is a text on one line, without what a terminal would obey.
func printable(s string) string {
	return strings.Join(strings.Fields(width.Line(s)), " ")
}

func (v *Watch) call(who string, p bench.LLMCall) {
	if p.Error != "" {
		v.say(who, "turn %d failed: %s", p.Turn, p.Error)
		return
	}
	v.say(who, "turn %-3d %6s  %5.1fk tokens  %s", p.Turn, brief(p.End.Sub(p.Start)),
		float64(p.Usage.Tokens())/1000, bench.Spending(p.Cost, p.EstimatedUnknown))
}

func brief(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

// tool prints a tool call. What is delegated and how work ends has lines of its
// own.
func (v *Watch) tool(who string, p bench.ToolCall) {
	if (p.Name == "task" || p.Name == "finish") && !p.IsError {
		return
	}
	var a struct {
		Command string `json:"command"`
		Path    string `json:"path"`
		TaskID  string `json:"task_id"`
	}
	arguments := v.text(p.Arguments)
	what := arguments
	if json.Unmarshal([]byte(arguments), &a) == nil && a.Command+a.TaskID != "" {
		what = strings.TrimSpace(a.Command + " " + a.Path + a.TaskID)
	}
	if p.Title != "" {
		what = p.Title
	}
	end := brief(p.End.Sub(p.Start))
	switch {
	case p.ExitCode != nil:
		end = fmt.Sprintf("exit %d, %s", *p.ExitCode, end)
	case p.IsError:
		end = "error, " + end
	}
	v.say(who, "%s (%s) %s", p.Name, end, what)
}

func (v *Watch) ended(at time.Time, p bench.DelegationEnded) {
	took := "before it began"
	if begun, ok := v.begun[p.Child]; ok {
		took = fmt.Sprintf("after %s, %d turns, %s", brief(at.Sub(begun)), p.Turns,
			bench.Spending(p.Cost, p.UnreportedCost))
	}
	who := p.Child
	if who == "" {
		who = p.DelegationID
	}
	switch {
	case p.Escalation.Escalated():
		v.say(who, "escalates (%s, %s) %s: %s", p.Escalation, p.Reason, took, p.ReasonText)
	case p.ProviderFailure():
		v.say(who, "is ended by its provider %s: %s", took, p.ReasonText)
	case p.State == bench.AgentFinished:
		v.say(who, "reports %s: %s", took, v.text(p.Report))
	default:
		v.say(who, "ends as %s %s: %s", p.State, took, p.Error)
	}
}
