package fusion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
	"bench/agent"
	"bench/agent/tools"
)

// subagent is the type of the one kind of sidekick a configuration has.
const subagent = "sidekick"

const (
	promptChars      = 20_000
	descriptionChars = 80
	forkChars        = 200_000 // of main's conversation that a sidekick is shown
)

// task is the tool by which main delegates. It waits for the report, unless it
// is told not to; several calls of one response are several sidekicks at the
// same time.
type task struct{ teamTool }

var (
	_ agent.Tool     = (*task)(nil)
	_ agent.Replayer = (*task)(nil)
)

func newTask(t *team) *task {
	return &task{newTeamTool(t, "task", taskDescription(t.configuration), taskSchema(t.sidekick))}
}

// teamTool is what the tools that main has for its team have in common.
type teamTool struct {
	team       *team
	schema     tools.Schema
	definition agent.Definition
}

func newTeamTool(t *team, name, description string, schema tools.Schema) teamTool {
	parameters, err := json.Marshal(schema)
	if err != nil { // strings always encode
		panic(fmt.Sprintf("encode schema of %s: %v", name, err))
	}
	return teamTool{t, schema, agent.Definition{
		Name: name, Description: description, Parameters: parameters,
	}}
}

// Definition implements agent.Tool.
func (t *teamTool) Definition() agent.Definition { return t.definition }

func taskSchema(s bench.Sidekick) tools.Schema {
	schema := tools.Schema{
		{Name: "description", Type: tools.String, MaxChars: descriptionChars,
			Description: "Label of three to five words."},
		{Name: "prompt", Type: tools.String, Required: true, NotEmpty: true, MaxChars: promptChars,
			Description: promptDescriptions[s.Context]},
		{Name: "subagent_type", Type: tools.String, Required: true, Enum: []string{subagent},
			Description: "Who does it."},
	}
	if s.Memory == bench.MemoryResumable {
		schema = append(schema, tools.Field{Name: "resume", Type: tools.String,
			Description: "Id of a task that has ended, such as t0001: the same sidekick goes on " +
				"with it, and prompt is what you tell it next."})
	}
	if s.Background {
		schema = append(schema, tools.Field{Name: "run_in_background", Type: tools.Boolean,
			Description: "Return at once instead of waiting for the report; read it with " +
				"task_output. Default false."})
	}
	return schema
}

// promptDescriptions say what a brief must hold, by what a sidekick knows beside it.
var promptDescriptions = map[bench.Context]string{
	"":                 "The brief: all that the sidekick will know.",
	bench.ContextBrief: "The brief: all that the sidekick will know.",
	bench.ContextIssue: "The brief. The sidekick also sees the problem statement.",
	bench.ContextFork:  "The brief. The sidekick also sees your conversation up to this call.",
}

type taskArguments struct {
	Description  string `json:"description"`
	Prompt       string `json:"prompt"`
	SubagentType string `json:"subagent_type"`
	Resume       string `json:"resume"`
	Background   bool   `json:"run_in_background"`

	batch string // the response that asks for it; not of the call itself
}

// Accept implements agent.Tool. It gives the delegation its id and queues
// it, so both follow the order of the calls.
func (t *task) Accept(ctx context.Context, call agent.Call) (agent.Work, error) {
	var a taskArguments
	if err := t.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	x, err := t.team.spawn(ctx, call, a)
	if err != nil {
		return agent.Work{}, err
	}
	return agent.Work{Locks: x.locks(), Waits: true, Elsewhere: true, Run: x.call}, nil
}

// locks are those of main's sandbox that the activation needs before it can
// start. It keeps them, or gives them back, as its workspace demands.
func (x *activation) locks() []agent.Lock {
	switch x.team.sidekick.Workspace {
	case bench.WorkspaceSharedFree:
		return nil
	case bench.WorkspaceSharedLocked:
		return []agent.Lock{tools.WorkspaceLock(agent.Exclusive)}
	case bench.WorkspaceSnapshot:
	}
	return []agent.Lock{tools.WorkspaceLock(agent.Reading)}
}

// call does the work of a task call: it starts the activation, and waits for
// its end unless that is to happen in the background.
func (x *activation) call(ctx context.Context, hold *agent.Hold) agent.Observation {
	if x.history.over() { // it had ended, and main had not been told
		err := x.replay(ctx)
		o := x.observation()
		o.Fault = errors.Join(o.Fault, err)
		return o
	}
	x.begin(hold.Take())
	if x.brief.Background {
		return agent.Observation{
			Text:   render("started", map[string]any{"ID": x.id}),
			Stable: render("started", map[string]any{"ID": ""}),
		}
	}
	stop := context.AfterFunc(ctx, func() { x.stop(context.Cause(ctx)) })
	defer stop()
	<-x.done
	return x.observation()
}

// observation is what main is told of an activation that has ended.
func (x *activation) observation() agent.Observation {
	if x.out.panicked.Text != "" {
		return x.out.panicked
	}
	o := x.out.observation(x)
	o.Fault = x.fault
	return o
}

// first is the first message of the activation to its sidekick, whose files lie
// in workdir.
func (x *activation) first(workdir string) string {
	if x.n > 1 {
		return render("resumed", map[string]any{
			"Workdir": workdir, "Snapshot": x.team.snapshot(), "Missing": x.missing,
			"Prompt": x.brief.Prompt,
		})
	}
	issue := ""
	if x.team.sidekick.Context == bench.ContextIssue {
		issue = x.team.job.Trial.Task.ProblemStatement
	}
	return agent.FirstMessage(workdir, render("brief", map[string]any{
		"Prompt": x.brief.Prompt, "Issue": issue, "Transcript": x.background,
	}))
}
