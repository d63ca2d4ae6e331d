package trajectory

import "encoding/json"

// MiniFormat is what files of mini-swe-agent 2 name as their format.
const MiniFormat = "mini-swe-agent-1.1"

// Mini is a *.traj.json file of mini-swe-agent:
// mini-swe-agent.com/latest/usage/output_files.
type Mini struct {
	Info       MiniInfo          `json:"info"`
	Messages   []json.RawMessage `json:"messages"`
	Format     string            `json:"trajectory_format"`
	InstanceID string            `json:"instance_id,omitempty"`
}

// MiniInfo is what a file says besides its messages.
type MiniInfo struct {
	ModelStats struct {
		InstanceCost *float64 `json:"instance_cost"` // USD
		APICalls     *int64   `json:"api_calls"`
	} `json:"model_stats"`
	Config struct {
		Agent           map[string]any `json:"agent"`
		AgentType       string         `json:"agent_type"`
		Model           MiniModel      `json:"model"`
		ModelType       string         `json:"model_type"`
		Environment     map[string]any `json:"environment"`
		EnvironmentType string         `json:"environment_type"`
	} `json:"config"`
	MiniVersion string `json:"mini_version"`
	ExitStatus  string `json:"exit_status"` // Submitted, LimitsExceeded, …
	Submission  string `json:"submission"`  // the patch
	Bench       any    `json:"bench,omitempty"`
}

// MiniModel is the model's part of a config.
type MiniModel struct {
	Name   string         `json:"model_name"`
	Kwargs map[string]any `json:"model_kwargs"`
}

// MiniExtra is the field extra of messages.
type MiniExtra struct {
	Actions   []MiniAction  `json:"actions,omitempty"` // of an assistant
	Cost      *float64      `json:"cost,omitempty"`    // USD
	Timestamp float64       `json:"timestamp,omitempty"`
	Response  *MiniResponse `json:"response,omitempty"`
}

// MiniAction is a command that a model asked for.
type MiniAction struct {
	Command    string `json:"command"`
	ToolCallID string `json:"tool_call_id,omitempty"`
}

// MiniResponse is what of a provider's answer is no message: that of chat completions.
type MiniResponse struct {
	ID     string     `json:"id,omitempty"`
	Object string     `json:"object"`
	Model  string     `json:"model"`
	Usage  *ChatUsage `json:"usage,omitempty"`
}

// ChatUsage is the usage report of a chat completion.
type ChatUsage struct {
	Prompt            int64              `json:"prompt_tokens"`
	Completion        int64              `json:"completion_tokens"`
	Total             int64              `json:"total_tokens"`
	PromptDetails     *PromptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionDetails *CompletionDetails `json:"completion_tokens_details,omitempty"`
	// As LiteLLM adds them for Anthropic.
	CacheRead     *int64 `json:"cache_read_input_tokens,omitempty"`
	CacheCreation *int64 `json:"cache_creation_input_tokens,omitempty"`
}

// PromptDetails are classes of the prompt's tokens.
type PromptDetails struct {
	Cached *int64 `json:"cached_tokens"`
	Write  *int64 `json:"cache_write_tokens,omitempty"`
}

// CompletionDetails are classes of the completion's tokens.
type CompletionDetails struct {
	Reasoning *int64 `json:"reasoning_tokens"`
}
