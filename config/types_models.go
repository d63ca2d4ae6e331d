package config

import (
	"maps"
	"slices"

	"bench"
)

// Model is where a model is served, what it is called there, what it costs and how it is asked.
type Model struct {
	// Provider is openai (any endpoint that speaks one of OpenAI's protocols), anthropic (Anthropic's
	// Messages, at Anthropic or another endpoint), google (Google's generateContent, for programs
	// behind a gateway) or scripted (answers from a script, served on this machine; results are
	// labelled simulated).
	Provider Provider `json:"provider" jsonschema:"required"`
	// API is the protocol: chat (chat completions), responses (OpenAI's Responses) or messages
	// (Anthropic's Messages). auto is messages for anthropic, responses for models of OpenAI that take
	// tools nowhere else, and chat for all others.
	API API `json:"api" jsonschema:"default=auto"`
	// BaseURL of the endpoint. Not for scripted. Default: https://api.openai.com/v1,
	// https://api.anthropic.com or https://generativelanguage.googleapis.com.
	BaseURL string `json:"base_url,omitzero" jsonschema:"minLength=1"`
	// Model is the name that is sent. Default with scripted: the name in this file.
	Model string `json:"model,omitzero" jsonschema:"minLength=1"`
	// APIKeyEnv is the environment variable that holds the key; the key itself never stands in a
	// file. Default: OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY where base_url is not given,
	// else no key is sent. Not for scripted.
	APIKeyEnv EnvName `json:"api_key_env,omitzero"`
	// Price is auto (look the model up in the built-in table) or the price itself.
	Price Price `json:"price" jsonschema:"required"`
	// RateLimit holds back requests of all trials together.
	RateLimit RateLimit `json:"rate_limit,omitzero"`
	// MaxOutputTokens is the most that one call may answer, thoughts included. For a model of the
	// built-in table the default is 32000, or what it can answer if that is less.
	MaxOutputTokens int64 `json:"max_output_tokens" jsonschema:"minimum=256,default=8192"`
	// Temperature of sampling. Default: the provider's.
	Temperature *float64 `json:"temperature,omitzero" jsonschema:"minimum=0,maximum=2"`
	// TopP of sampling. Default: the provider's.
	TopP *float64 `json:"top_p,omitzero" jsonschema:"exclusiveMinimum=0,maximum=1"`
	// ReasoningEffort of reasoning models. Default: the provider's.
	ReasoningEffort Effort `json:"reasoning_effort,omitzero"`
	// Usage says how the endpoint counts the tokens it read from its cache: inclusive (part of
	// the prompt's, as OpenAI counts), exclusive (beside them), or auto (inclusive until an answer
	// shows otherwise; comparisons say where it stays open). Anthropic's own protocol is exclusive
	// whatever stands here.
	Usage bench.UsageForm `json:"usage" jsonschema:"default=auto"`
	// Cache is how prompt caching is asked for: auto (as the provider and the model need it), off,
	// markers (breakpoints in the prompt), 5m or 1h (breakpoints with that time to live).
	Cache Cache `json:"cache" jsonschema:"default=auto"`
	// Stream is auto (answers are asked for as a stream) or off (in one piece; the time of the first
	// token is then that of the first byte).
	Stream Stream `json:"stream" jsonschema:"default=auto"`
	// Echo is which fields of an answer go back that the protocol does not name, such as
	// reasoning_content: auto (all but those that the server refuses), all or none. api chat only.
	Echo Echo `json:"echo" jsonschema:"default=auto"`
	// MaxTokensField is the name under which max_output_tokens is sent. auto is
	// max_completion_tokens for models of OpenAI that refuse max_tokens, else max_tokens; none sends
	// no bound. api chat only.
	MaxTokensField MaxTokensField `json:"max_tokens_field" jsonschema:"default=auto"`
	// ExtraBody are fields added to every request, or put in place of bench's own: the pinning of
	// providers, service tiers, switches for thinking. Not the place for keys: it is stored.
	ExtraBody Fields `json:"extra_body,omitzero"`
	// ExtraHeaders are headers of every request. Keys in them come from the environment, as ${NAME},
	// and are never stored.
	ExtraHeaders Headers `json:"extra_headers,omitzero"`
	// Seed is sent with every request. Default: none. api chat only.
	Seed *int `json:"seed,omitzero"`
	// ContextWindow is how many tokens a conversation may have. Default: the provider's word.
	ContextWindow int64 `json:"context_window,omitzero" jsonschema:"minimum=1"`
	// RequestTimeout of one request, until its last byte.
	RequestTimeout Duration `json:"request_timeout" jsonschema:"default=10m"`
	// IdleTimeout is how long an answer that is streamed may fall silent.
	IdleTimeout Duration `json:"idle_timeout" jsonschema:"default=5m"`
	// OutagePatience is how long calls wait for a model that answers nobody. Then the run stops,
	// to be resumed.
	OutagePatience Duration `json:"outage_patience" jsonschema:"default=15m"`
	// Script holds the answers, relative to this file. scripted only.
	Script string `json:"script,omitzero" jsonschema:"minLength=1"`
	// Trajectory is what a model did elsewhere, to be played again: a file of ATIF or
	// mini-swe-agent, relative to this file; {instance_id} stands for the task. scripted only.
	Trajectory string `json:"trajectory,omitzero" jsonschema:"minLength=1"`

	// Endpoint is BaseURL as given, user information included. Key is the API key. Neither is
	// ever printed or stored. Protocol is API once auto has been decided.
	Endpoint Secret `json:"-"`
	Key      Secret `json:"-"`
	Protocol API    `json:"-"`
	// KnownWindow is the context window of the built-in table, 0 if it has none.
	KnownWindow int64    `json:"-"`
	stored      string   // BaseURL as Resolved has it
	secrets     []Secret // in BaseURL
}

// Secrets are what must be shown nowhere of the model's endpoint and headers, beside its
// key: what came from variables.
func (m Model) Secrets() []string {
	var out []string
	for _, s := range m.secrets {
		out = append(out, s.Reveal())
	}
	for _, name := range slices.Sorted(maps.Keys(m.ExtraHeaders)) {
		for _, s := range m.ExtraHeaders[name].secrets {
			out = append(out, s.Reveal())
		}
	}
	return out
}

// Rates are prices in USD per million tokens.
type Rates struct {
	// Input is the price of input tokens.
	Input *float64 `json:"input,omitzero" jsonschema:"required,minimum=0,maximum=1e6"`
	// CachedInput is the price of input read from the provider's cache. Default: input.
	CachedInput *float64 `json:"cached_input,omitzero" jsonschema:"minimum=0,maximum=1e6"`
	// CacheWrite is the price of input written to the provider's cache. Default: input.
	CacheWrite *float64 `json:"cache_write,omitzero" jsonschema:"minimum=0,maximum=1e6"`
	// CacheWrite1h is the price of input written to the cache for an hour. Default: 1.6 times
	// cache_write where that is above input, else cache_write.
	CacheWrite1h *float64 `json:"cache_write_1h,omitzero" jsonschema:"minimum=0,maximum=1e6"`
	// Output is the price of output tokens, reasoning included.
	Output *float64 `json:"output,omitzero" jsonschema:"required,minimum=0,maximum=1e6"`
}

// Hours replace the rates for calls that are sent at some times of the day.
type Hours struct {
	// From is when they begin, in UTC.
	From TimeOfDay `json:"from" jsonschema:"required"`
	// To is when they end, in UTC; before from if that is on the next day.
	To TimeOfDay `json:"to" jsonschema:"required"`
	// Weekdays leaves out Saturdays and Sundays, in UTC.
	Weekdays bool `json:"weekdays,omitzero"`
	Rates
}

// Tier replaces the rates for calls with long prompts.
type Tier struct {
	// Above is the number of input tokens that a call must exceed.
	Above int64 `json:"above" jsonschema:"required,minimum=1"`
	Rates
}

// Prices is a price as the file gives it.
type Prices struct {
	// ID names the price; it is stored with every call. Default: made from the numbers.
	ID string `json:"id,omitzero" jsonschema:"minLength=1"`
	Rates
	// Tiers replace the rates for a whole call with a long prompt; the highest that applies wins.
	Tiers []Tier `json:"tiers,omitzero"`
	// Hours replace the rates, and the tiers, for calls that are sent at these times of the day.
	Hours []Hours `json:"hours,omitzero"`
}

// RateLimit holds back requests to one model, of all trials together. Default: no limits.
type RateLimit struct {
	// RequestsPerMinute is how many requests are sent.
	RequestsPerMinute int64 `json:"requests_per_minute,omitzero" jsonschema:"minimum=1"`
	// TokensPerMinute is how many tokens, input plus output, are used.
	TokensPerMinute int64 `json:"tokens_per_minute,omitzero" jsonschema:"minimum=1"`
	// Concurrency is how many requests are under way at once.
	Concurrency int `json:"concurrency,omitzero" jsonschema:"minimum=1"`
}
