package fusion

import (
	"context"
	"fmt"
	"time"

	"bench/agent"
	"bench/agent/tools"
)

// The time that task_output waits, in seconds.
const (
	outputSeconds = 30
	outputMost    = 600
)

var taskID = tools.Field{
	Name: "task_id", Type: tools.String, Required: true, NotEmpty: true,
	Description: "Id of the task, such as t0001.",
}

// onTask is a tool that is about a task main has started.
type onTask struct{ teamTool }

// Replay implements agent.Replayer: reading changes nothing, and a task that was
// stopped is not started again.
func (*onTask) Replay(context.Context, agent.Call) error { return nil }

// taskOutput is the tool by which main reads the report of a task, as often as
// it likes.
type taskOutput struct{ onTask }

var (
	_ agent.Tool     = (*taskOutput)(nil)
	_ agent.Replayer = (*taskOutput)(nil)
)

func newTaskOutput(t *team) *taskOutput {
	schema := tools.Schema{taskID,
		{Name: "block", Type: tools.Boolean,
			Description: "Whether to wait until the task has ended. Default true."},
		{Name: "timeout", Type: tools.Number, Max: outputMost,
			Description: fmt.Sprintf("Seconds to wait at most, up to %d. Running out does not stop "+
				"the task. Default %d.", outputMost, outputSeconds)},
	}
	return &taskOutput{onTask{newTeamTool(t, "task_output", render("output", nil), schema)}}
}

// Accept implements agent.Tool.
func (o *taskOutput) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a struct {
		ID      string   `json:"task_id"`
		Block   *bool    `json:"block"`
		Timeout *float64 `json:"timeout"`
	}
	if err := o.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	x, err := o.team.named(a.ID)
	if err != nil {
		return agent.Work{}, err
	}
	patience := outputSeconds * time.Second
	if a.Timeout != nil {
		patience = time.Duration(*a.Timeout * float64(time.Second))
	}
	if a.Block != nil && !*a.Block {
		patience = 0
	}
	return agent.Work{Run: func(ctx context.Context, _ *agent.Hold) agent.Observation {
		return x.await(ctx, patience)
	}}, nil
}

// named returns the latest activation of a delegation.
func (t *team) named(id string) (*activation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, err := t.find(id)
	if err != nil {
		return nil, err
	}
	return d.last(), nil
}

// await waits for the end of an activation, but not for longer than patience.
func (x *activation) await(ctx context.Context, patience time.Duration) agent.Observation {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-x.done:
		return x.observation()
	default:
	}
	select {
	case <-x.done:
		return x.observation()
	case <-timer.C:
	case <-ctx.Done():
		return agent.Failure(agent.ClassCancelled, "stopped while waiting for task %s", x.id)
	}
	x.team.mu.Lock()
	defer x.team.mu.Unlock()
	return agent.Observation{
		Text:    render("not yet", map[string]any{"ID": x.id, "Stage": string(x.stage)}),
		Waiting: true,
	}
}

// taskStop is the tool by which main stops a task.
type taskStop struct{ onTask }

var (
	_ agent.Tool     = (*taskStop)(nil)
	_ agent.Replayer = (*taskStop)(nil)
)

func newTaskStop(t *team) *taskStop {
	schema := tools.Schema{taskID}
	return &taskStop{onTask{newTeamTool(t, "task_stop", render("stop", nil), schema)}}
}

// Accept implements agent.Tool.
func (s *taskStop) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a struct {
		ID string `json:"task_id"`
	}
	if err := s.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	x, err := s.team.named(a.ID)
	if err != nil {
		return agent.Work{}, err
	}
	return agent.Work{Run: func(ctx context.Context, _ *agent.Hold) agent.Observation {
		return x.halt()
	}}, nil
}

// halt stops an activation and returns when nothing of it is left: no
// goroutine, no request, no process.
func (x *activation) halt() agent.Observation {
	x.stop(errStopped)
	<-x.done
	return x.observation()
}
