package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"bench"
	"bench/llm"
)

// Definition is a tool as a model is told of it.
type Definition struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"` // JSON Schema of the arguments
}

// Tool is something a model can call. It belongs to one agent.
type Tool interface {
	Definition() Definition
	// Accept checks a call and returns the work it asks for. It is called for
	// one call at a time, in call order, and the work it returns is run exactly
	// once, under a cancelled context if it must be. The text of an error is
	// answered to the model.
	Accept(ctx context.Context, call Call) (Work, error)
}

// Replayer is a tool whose calls are replayed in a way of their own when a
// trial is resumed; the calls of other tools are made once more.
type Replayer interface {
	// Replay does to the sandbox what a call in the log had done to it. What was
	// observed then stands, so only what ends the agent's work is an error.
	Replay(ctx context.Context, call Call) error
}

// Call is one tool call of a batch.
type Call struct {
	ID        string
	Arguments string // as the model sent it, with the paths of the sandbox
	Batch     string // the model call that asked for the batch
	Index     int    // position in the batch
	Nth, Of   int    // position among the batch's calls of this tool, and their number
	// Messages is the conversation before the response that made the call.
	Messages []*llm.Message
}

// Work is an accepted call.
type Work struct {
	// Locks are taken, in call order, before Run is called and given back when
	// it has returned.
	Locks []Lock
	// Waits makes Run wait for the locks itself: it is called as soon as they
	// have been asked for. It may keep them longer, too; see Hold.Take.
	Waits bool
	// Elsewhere marks work that others do, who bound it themselves: the call takes
	// none of the places of max_parallel_tools.
	Elsewhere bool
	// Run does the work. Calls of one batch run concurrently.
	Run func(ctx context.Context, h *Hold) Observation
	// Final is set instead of Run by a call that ends the agent's work.
	Final *Final
}

// Final is what an agent says when it ends its work by a call.
type Final struct {
	Message  string
	Escalate bool         // sidekicks only: the work is handed back
	Reason   bench.Reason // with Escalate
	Risk     bench.Risk   // sidekicks only; may be empty
}

// Observation is what came of a call.
type Observation struct {
	Text string
	// Stable is Text without what differs each time (ids, durations, costs);
	// the search for loops compares it. Empty means that it is Text.
	Stable string
	// Waiting marks a call that only waited for something under way. Waiting
	// again is no sign of a loop.
	Waiting bool

	IsError    bool
	ErrorClass ErrorClass
	ExitCode   *int // terminal only
	// RoundTrip is how far away the sandbox was from a command that has ended; 0: not known.
	RoundTrip time.Duration
	Bytes     int64 // of output before clipping; 0 means that it is Text
	Clipped   int64 // bytes left out of Text
	Touched   []bench.Touch
	// Fault ends the agent's work: the sandbox is lost, or an event could not
	// be recorded.
	Fault error
}

// ErrorClass says what kind of error an observation is.
type ErrorClass string

// The classes.
const (
	ClassArguments   ErrorClass = "arguments"            // malformed, unknown or impossible
	ClassUnknownTool ErrorClass = "unknown_tool"         // no tool of that name
	ClassNotExecuted ErrorClass = "not_executed"         // placed after the call that ended the work
	ClassCancelled   ErrorClass = bench.ErrorClassCutOff // still to be done where the work is resumed
	ClassPanic       ErrorClass = "panic"                // a fault of the harness
	ClassTool        ErrorClass = "tool"                 // the tool could not do it
	ClassSandbox     ErrorClass = "sandbox"              // a fault of the machine
)

// Failure is the observation of a call that could not be done.
func Failure(class ErrorClass, format string, args ...any) Observation {
	return Observation{
		Text: "Error: " + fmt.Sprintf(format, args...), IsError: true, ErrorClass: class,
	}
}

// EncodeTools renders definitions as the array of a chat-completions request.
func EncodeTools(tools []Tool) (json.RawMessage, error) {
	type function struct {
		Type     string     `json:"type"`
		Function Definition `json:"function"`
	}
	list := make([]function, len(tools))
	for i, t := range tools {
		list[i] = function{Type: "function", Function: t.Definition()}
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode tool definitions: %w", err)
	}
	return b, nil
}
