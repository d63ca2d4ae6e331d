package trajectory

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ATIF is a document of Harbor's Agent Trajectory Interchange Format 1.x, as far as
// bench writes and reads it:
// github.com/harbor-framework/harbor, rfcs/0001-trajectory-format.md.
type ATIF struct {
	SchemaVersion string         `json:"schema_version"` // ATIF-v1.7
	SessionID     string         `json:"session_id,omitempty"`
	TrajectoryID  string         `json:"trajectory_id,omitempty"` // required of sub-agents
	Agent         ATIFAgent      `json:"agent"`
	Steps         []Step         `json:"steps"`
	Notes         string         `json:"notes,omitempty"`
	FinalMetrics  *FinalMetrics  `json:"final_metrics,omitempty"`
	Extra         map[string]any `json:"extra,omitempty"`
	Subagents     []ATIF         `json:"subagent_trajectories,omitempty"`
}

// ATIFAgent is who acted.
type ATIFAgent struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	ModelName       string            `json:"model_name,omitempty"`
	ToolDefinitions []json.RawMessage `json:"tool_definitions,omitempty"` // in OpenAI's form
	Extra           map[string]any    `json:"extra,omitempty"`
}

// Step is something that was said. All but the first four fields are of agents only.
type Step struct {
	StepID           int            `json:"step_id"` // from 1, without gaps
	Timestamp        string         `json:"timestamp,omitempty"`
	Source           string         `json:"source"` // system, user or agent
	Message          Text           `json:"message"`
	ModelName        string         `json:"model_name,omitempty"`
	ReasoningEffort  any            `json:"reasoning_effort,omitempty"` // a word or a number
	ReasoningContent string         `json:"reasoning_content,omitempty"`
	ToolCalls        []StepCall     `json:"tool_calls,omitempty"`
	Observation      *Observation   `json:"observation,omitempty"`
	Metrics          *Metrics       `json:"metrics,omitempty"`
	Extra            map[string]any `json:"extra,omitempty"`
}

// StepCall is a tool call of a step.
type StepCall struct {
	ID        string          `json:"tool_call_id"`
	Name      string          `json:"function_name"`
	Arguments json.RawMessage `json:"arguments"` // an object
	Extra     map[string]any  `json:"extra,omitempty"`
}

// Observation is what the tools of a step answered.
type Observation struct {
	Results []Result `json:"results"`
}

// Result is the answer to one tool call, by the id of a call of the same step.
type Result struct {
	SourceCallID string         `json:"source_call_id,omitempty"`
	Content      *Text          `json:"content,omitempty"`
	Subagents    []SubagentRef  `json:"subagent_trajectory_ref,omitempty"`
	Extra        map[string]any `json:"extra,omitempty"`
}

// SubagentRef names a trajectory below the root's subagent_trajectories.
type SubagentRef struct {
	TrajectoryID string         `json:"trajectory_id,omitempty"`
	Path         string         `json:"trajectory_path,omitempty"` // of another file
	Extra        map[string]any `json:"extra,omitempty"`
}

// Metrics are what a step used; what is nil is not known. Prompt tokens include cached
// ones.
type Metrics struct {
	PromptTokens     *int64       `json:"prompt_tokens,omitempty"`
	CompletionTokens *int64       `json:"completion_tokens,omitempty"`
	CachedTokens     *int64       `json:"cached_tokens,omitempty"`
	CostUSD          *float64     `json:"cost_usd,omitempty"`
	Extra            *ExtraTokens `json:"extra,omitempty"`
}

// ExtraTokens are classes of tokens that ATIF has no names for.
type ExtraTokens struct {
	CacheWrite   *int64 `json:"cache_creation_input_tokens,omitempty"` // part of the prompt's
	CacheWrite1h *int64 `json:"cache_creation_1h_input_tokens,omitempty"`
	Reasoning    *int64 `json:"reasoning_tokens,omitempty"` // part of the completion's
}

// FinalMetrics are those of a trajectory. The cost includes sub-agents, the tokens do
// not.
type FinalMetrics struct {
	PromptTokens     *int64         `json:"total_prompt_tokens,omitempty"`
	CompletionTokens *int64         `json:"total_completion_tokens,omitempty"`
	CachedTokens     *int64         `json:"total_cached_tokens,omitempty"`
	CostUSD          *float64       `json:"total_cost_usd,omitempty"`
	Steps            *int           `json:"total_steps,omitempty"`
	Extra            map[string]any `json:"extra,omitempty"`
}

// Text is a content: a string or a list of parts, of which those without text, as
// images, are left out.
type Text string

// UnmarshalJSON reads both forms, and null.
func (t *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		return json.Unmarshal(data, (*string)(t))
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("expected a text or a list of parts: %w", err)
	}
	var all []string
	for _, p := range parts {
		if p.Text != "" {
			all = append(all, p.Text)
		}
	}
	*t = Text(strings.Join(all, "\n"))
	return nil
}
