package inspect

import "encoding/json"

// The types of Inspect's log, version 2, as far as bench writes it:
// inspect.aisi.org.uk/eval-logs.html, inspect_ai/log/_log.py.

type evalLog struct {
	Version int            `json:"version"`
	Status  string         `json:"status"` // started, success, cancelled or error
	Eval    evalSpec       `json:"eval"`
	Plan    evalPlan       `json:"plan"`
	Results *evalResults   `json:"results,omitempty"`
	Stats   evalStats      `json:"stats"`
	Error   *evalError     `json:"error,omitempty"`
	Meta    map[string]any `json:"metadata,omitempty"`
	Samples []sample       `json:"samples,omitempty"` // written one at a time
}

type evalSpec struct {
	EvalID  string               `json:"eval_id"`
	RunID   string               `json:"run_id"`
	Created string               `json:"created"`
	Task    string               `json:"task"`
	TaskID  string               `json:"task_id"`
	Version string               `json:"task_version"`
	Solver  string               `json:"solver"`
	Tags    []string             `json:"tags,omitempty"`
	Dataset evalDataset          `json:"dataset"`
	Sandbox *sandbox             `json:"sandbox,omitempty"`
	Model   string               `json:"model"`
	Roles   map[string]roleModel `json:"model_roles,omitempty"`
	Config  map[string]any       `json:"config"`
	Package map[string]string    `json:"packages"`
	Meta    map[string]any       `json:"metadata"`
	Scorers []named              `json:"scorers"`
}

type evalDataset struct {
	Name     string   `json:"name"`
	Samples  int      `json:"samples"`
	IDs      []string `json:"sample_ids"`
	Shuffled bool     `json:"shuffled"`
}

type sandbox struct {
	Type string `json:"type"`
}

type roleModel struct {
	Model string `json:"model"`
}

type named struct {
	Name string `json:"name"`
}

type evalPlan struct {
	Name  string     `json:"name"`
	Steps []planStep `json:"steps"`
}

type planStep struct {
	Solver string         `json:"solver"`
	Params map[string]any `json:"params"`
}

type evalResults struct {
	Total     int         `json:"total_samples"`
	Completed int         `json:"completed_samples"`
	Scores    []evalScore `json:"scores"`
}

type evalScore struct {
	Name     string            `json:"name"`
	Scorer   string            `json:"scorer"`
	Scored   int               `json:"scored_samples"`
	Unscored int               `json:"unscored_samples"`
	Metrics  map[string]metric `json:"metrics"`
}

type metric struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

type evalStats struct {
	Started   string           `json:"started_at"`
	Completed string           `json:"completed_at"`
	Models    map[string]usage `json:"model_usage"`
	Roles     map[string]usage `json:"role_usage"`
}

type evalError struct {
	Message   string `json:"message"`
	Traceback string `json:"traceback"`
	ANSI      string `json:"traceback_ansi"`
}

// usage is Inspect's: input tokens are those at the full rate.
type usage struct {
	Input      int64   `json:"input_tokens"`
	Output     int64   `json:"output_tokens"`
	Total      int64   `json:"total_tokens"`
	CacheWrite int64   `json:"input_tokens_cache_write"`
	CacheRead  int64   `json:"input_tokens_cache_read"`
	Reasoning  int64   `json:"reasoning_tokens"`
	Cost       float64 `json:"total_cost"` // USD
}

type sample struct {
	ID        string           `json:"id"`
	Epoch     int              `json:"epoch"`
	Input     string           `json:"input"`
	Target    string           `json:"target"`
	Sandbox   *sandbox         `json:"sandbox,omitempty"`
	Messages  []chatMessage    `json:"messages"`
	Output    modelOutput      `json:"output"`
	Scores    map[string]score `json:"scores,omitempty"`
	Meta      map[string]any   `json:"metadata"`
	Events    []any            `json:"events"`
	Pool      pool             `json:"events_data"`
	Models    map[string]usage `json:"model_usage"`
	Roles     map[string]usage `json:"role_usage"`
	Started   string           `json:"started_at,omitempty"`
	Completed string           `json:"completed_at,omitempty"`
	Time      *float64         `json:"total_time,omitempty"`
	UUID      string           `json:"uuid"`
	Error     *evalError       `json:"error,omitempty"`
	Limit     *limit           `json:"limit,omitempty"`
}

// pool holds the messages that events name by their range.
type pool struct {
	Messages []chatMessage     `json:"messages"`
	Calls    []json.RawMessage `json:"calls"`
}

type score struct {
	Value  string         `json:"value"` // C or I
	Answer string         `json:"answer"`
	Why    string         `json:"explanation"`
	Meta   map[string]any `json:"metadata,omitempty"`
}

type limit struct {
	Type  string  `json:"type"`
	Limit float64 `json:"limit"`
}

type chatMessage struct {
	Role     string     `json:"role"`
	Content  any        `json:"content"` // a text, or parts if there are thoughts
	Source   string     `json:"source,omitempty"`
	Model    string     `json:"model,omitempty"`
	Calls    []toolCall `json:"tool_calls,omitempty"`
	CallID   string     `json:"tool_call_id,omitempty"`
	Function string     `json:"function,omitempty"`
}

type part struct {
	Type      string `json:"type"`
	Reasoning string `json:"reasoning,omitempty"`
	Text      string `json:"text,omitempty"`
}

type toolCall struct {
	ID         string          `json:"id"`
	Function   string          `json:"function"`
	Arguments  json.RawMessage `json:"arguments"`
	ParseError string          `json:"parse_error,omitempty"`
	Type       string          `json:"type"`
}

type modelOutput struct {
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
	Time    *float64 `json:"time,omitempty"`
	Error   string   `json:"error,omitempty"`
}

type choice struct {
	Message chatMessage `json:"message"`
	Stop    string      `json:"stop_reason"`
}

// baseEvent is what all events have.
type baseEvent struct {
	Event   string  `json:"event"`
	Span    string  `json:"span_id,omitempty"`
	Time    string  `json:"timestamp"`
	Working float64 `json:"working_start"` // seconds since the sample began
}

type spanBegin struct {
	baseEvent
	ID     string         `json:"id"`
	Parent string         `json:"parent_id,omitempty"`
	Type   string         `json:"type"`
	Name   string         `json:"name"`
	Meta   map[string]any `json:"metadata,omitempty"`
}

type spanEnd struct {
	baseEvent
	ID string `json:"id"`
}

type modelEvent struct {
	baseEvent
	Model      string            `json:"model"`
	Role       string            `json:"role"`
	Input      []chatMessage     `json:"input"`
	Refs       [][2]int          `json:"input_refs"`
	Tools      []json.RawMessage `json:"tools"`
	ToolChoice string            `json:"tool_choice"`
	Config     map[string]any    `json:"config"`
	Output     modelOutput       `json:"output"`
	Retries    int               `json:"retries"`
	Error      string            `json:"error,omitempty"`
	Completed  string            `json:"completed"`
	WorkTime   float64           `json:"working_time"`
}

type toolEvent struct {
	baseEvent
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Function  string          `json:"function"`
	Arguments json.RawMessage `json:"arguments"`
	Result    string          `json:"result"`
	Completed string          `json:"completed"`
	WorkTime  float64         `json:"working_time"`
	Agent     string          `json:"agent,omitempty"`
	AgentSpan string          `json:"agent_span_id,omitempty"`
	Failed    bool            `json:"failed,omitempty"`
}
