package fusion

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bench"
	"bench/agent"
	"bench/agent/tools"
)

// subagent is the type of the one kind of sidekick a configuration has.
const subagent = "sidekick"

const (
	promptChars      = 20_000
	descriptionChars = 80
	reportChars      = 16_000 // of a report that main is shown
)

// task is the tool by which main delegates. It waits for the report; several
// calls of one response are several sidekicks at the same time.
type task struct {
	team       *team
	schema     tools.Schema
	definition agent.Definition
}

var _ agent.Tool = (*task)(nil)

func newTask(t *team) *task {
	schema := taskSchema()
	parameters, err := json.Marshal(schema)
	if err != nil { // strings always encode
		panic(fmt.Sprintf("encode task schema: %v", err))
	}
	return &task{team: t, schema: schema, definition: agent.Definition{
		Name: "task", Description: taskDescription(t.configuration), Parameters: parameters,
	}}
}

func taskSchema() tools.Schema {
	return tools.Schema{
		{Name: "description", Type: tools.String, MaxChars: descriptionChars,
			Description: "Label of three to five words."},
		{Name: "prompt", Type: tools.String, Required: true, NotEmpty: true, MaxChars: promptChars,
			Description: "The brief: all that the sidekick will know."},
		{Name: "subagent_type", Type: tools.String, Required: true, Enum: []string{subagent},
			Description: "Who does it."},
	}
}

type taskArguments struct {
	Description  string `json:"description"`
	Prompt       string `json:"prompt"`
	SubagentType string `json:"subagent_type"`
}

// Definition implements agent.Tool.
func (t *task) Definition() agent.Definition { return t.definition }

// Accept implements agent.Tool. It gives the delegation its id and its place
// in the queue, so both follow the order of the calls.
func (t *task) Accept(ctx context.Context, call agent.Call) (agent.Work, error) {
	var a taskArguments
	if err := t.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	d, err := t.team.spawn(ctx, call, a)
	if err != nil {
		return agent.Work{}, &agent.Fault{Err: err}
	}
	return agent.Work{
		Locks: []agent.Lock{tools.WorkspaceLock(d.lockMode())},
		Run:   d.run,
	}, nil
}

// outcome is what came of a delegation, as main is told.
type outcome struct {
	verdict
	id      string
	turns   int64
	took    time.Duration
	files   []string
	patch   string // path of the patch file in main's sandbox
	inPlace bool   // the changes are in main's own files
	err     error  // with failed
}

// observation is the answer to the task call. Escalations are answers, not
// errors: the work came to an end that main has to deal with.
func (o outcome) observation() agent.Observation {
	text := func(id, seconds, patch string) string {
		report, heading := o.report, "Report"
		if o.state != bench.AgentFinished {
			heading = "Partial report"
		}
		if utf8.RuneCountInString(report) > reportChars {
			report = string([]rune(report)[:reportChars]) + "\n[the report goes on; it was cut here]"
		}
		return words("result", map[string]any{
			"ID": id, "Outcome": o.words(), "Turns": o.turns, "Seconds": seconds,
			"Files": strings.Join(o.files, ", "), "Patch": patch, "Heading": heading,
			"InPlace": o.inPlace && len(o.files) > 0, "Report": report,
		})
	}
	obs := agent.Observation{
		Text:   text(o.id, fmt.Sprintf("%.1f", o.took.Seconds()), o.patch),
		Stable: text("", "", ""),
	}
	if o.failed {
		obs.IsError, obs.ErrorClass = true, agent.ClassTool
		obs.Text = "Error: " + obs.Text
	}
	return obs
}

// words says how the work ended.
func (o outcome) words() string {
	because := ""
	switch {
	case o.err != nil:
		because = ": " + o.err.Error()
	case o.reasonText != "":
		because = ": " + o.reasonText
	}
	if o.kind != bench.NotEscalated {
		return fmt.Sprintf("escalated (%s, %s)%s", o.kind, o.reason, because)
	}
	if o.reason != "" {
		return fmt.Sprintf("failed (%s)%s", o.reason, because)
	}
	return string(o.state) + because
}
