package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"bench"
)

// number is a count or an amount as servers write it: 12, 12.0, "12" or null.
type number float64

// most is beyond what a call can use, in tokens or dollars.
const most = 1e9

func (n *number) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	if err == nil && math.Abs(f) <= most {
		*n = number(f)
	}
	return nil // anything else is no number, and no reason to lose the answer
}

func (n number) tokens() int64 { return int64(math.Round(max(0, float64(n)))) }

// wireUsage has the names under which servers report each class of tokens.
type wireUsage struct {
	Prompt     number `json:"prompt_tokens"`
	Completion number `json:"completion_tokens"`
	Total      number `json:"total_tokens"`

	PromptDetails struct {
		Cached        number `json:"cached_tokens"`
		Write         number `json:"cache_write_tokens"`
		Creation      number `json:"cache_creation_tokens"`
		CreationInput number `json:"cache_creation_input_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionDetails struct {
		Reasoning number `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`

	InputDetails *struct { // Responses: input_tokens includes them
		Cached number `json:"cached_tokens"`
		Write  number `json:"cache_write_tokens"`
	} `json:"input_tokens_details"`
	OutputDetails struct {
		Reasoning number `json:"reasoning_tokens"` // Responses
		Thinking  number `json:"thinking_tokens"`  // Anthropic
	} `json:"output_tokens_details"`

	Cached        number `json:"cached_tokens"`               // Moonshot
	CacheHit      number `json:"prompt_cache_hit_tokens"`     // DeepSeek
	CacheRead     number `json:"cache_read_input_tokens"`     // Anthropic, LiteLLM
	CacheCreation number `json:"cache_creation_input_tokens"` // Anthropic, LiteLLM
	Input         number `json:"input_tokens"`                // Anthropic
	Output        number `json:"output_tokens"`               // Anthropic
	Reasoning     number `json:"reasoning_tokens"`            // some proxies

	Cost        *number `json:"cost"` // USD; OpenRouter
	BYOK        bool    `json:"is_byok"`
	CostDetails struct {
		Upstream number `json:"upstream_inference_cost"`
	} `json:"cost_details"`
}

// Reported is what an answer says of its use and its price.
type Reported struct {
	Usage bench.Usage
	Known bool // the report names tokens
	Cost  *bench.USD
}

// ReadUsage reads the usage object of an answer, whichever protocol it is of,
// and what gateways put into headers.
func ReadUsage(raw json.RawMessage, h http.Header) Reported {
	var r Reported
	var w wireUsage
	if Present(raw) && json.Unmarshal(raw, &w) == nil {
		r.Usage = w.normalise()
		r.Known = r.Usage.Tokens() > 0
		r.Cost = w.cost()
	}
	if r.Cost == nil {
		f, err := strconv.ParseFloat(h.Get("X-Litellm-Response-Cost"), 64)
		if err == nil && math.Abs(f) <= most {
			usd := bench.Dollars(f)
			r.Cost = &usd
		}
	}
	return r
}

func (w wireUsage) cost() *bench.USD {
	if w.Cost == nil {
		return nil
	}
	cost := float64(*w.Cost)
	if w.BYOK { // the fee alone; the model is paid for elsewhere
		cost += float64(w.CostDetails.Upstream)
	}
	usd := bench.Dollars(cost)
	return &usd
}

// normalise makes input include what was read from and written to the cache,
// and output include reasoning, as bench.Usage has it. Servers that count
// these apart are found out by their total, or by a part that is larger than
// the whole.
func (w wireUsage) normalise() bench.Usage {
	u := bench.Usage{
		Input:       w.Prompt.tokens(),
		Output:      w.Completion.tokens(),
		CachedInput: max(w.PromptDetails.Cached, w.Cached, w.CacheHit, w.CacheRead).tokens(),
		CacheWrite: max(w.PromptDetails.Write, w.PromptDetails.Creation,
			w.PromptDetails.CreationInput, w.CacheCreation).tokens(),
		Reasoning: max(w.CompletionDetails.Reasoning, w.Reasoning,
			w.OutputDetails.Reasoning, w.OutputDetails.Thinking).tokens(),
	}
	if w.Prompt == 0 && w.InputDetails != nil {
		u.Input, u.Output = w.Input.tokens(), w.Output.tokens()
		u.CachedInput = max(u.CachedInput, w.InputDetails.Cached.tokens())
		u.CacheWrite = max(u.CacheWrite, w.InputDetails.Write.tokens())
		return u
	}
	cache := u.CachedInput + u.CacheWrite
	if w.Prompt == 0 && w.Input > 0 { // Anthropic's own form, always apart
		u.Input, u.Output = w.Input.tokens()+cache, w.Output.tokens()
		return u
	}
	missing := w.Total.tokens() - u.Input - u.Output
	if cache > u.Input || cache > 0 && (missing == cache || missing == cache+u.Reasoning) {
		u.Input += cache
	}
	if u.Reasoning > u.Output ||
		u.Reasoning > 0 && (missing == u.Reasoning || missing == cache+u.Reasoning) {
		u.Output += u.Reasoning
	}
	return u
}
