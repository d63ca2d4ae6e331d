package wire

import (
	"encoding/json"
	"net/http"
	"sync/atomic"

	"bench"
)

// Reported is what an answer says of its use and its price.
type Reported struct {
	Usage bench.Usage
	// Known: the report names what went in. A prompt has tokens, so that a report
	// without any is none.
	Known bool
	Cost  *bench.USD
	// Unclear: tokens were read from a cache, and nothing shows whether they are
	// part of the prompt's; they were counted as a part of it.
	Unclear bool
}

// UsageReader reads the usage reports of one endpoint. Where nobody says how it
// counts cached tokens, it learns that from answers that show it. Safe for
// concurrent use; the zero value is ready.
type UsageReader struct {
	Form  bench.UsageForm // empty is bench.UsageAuto
	apart atomic.Bool     // an answer has shown that caches are counted apart
}

// Read reads the usage object of an answer, whichever protocol it is of, and
// what gateways put into headers. One field of an odd form does not cost the
// others.
func (r *UsageReader) Read(raw json.RawMessage, h http.Header) Reported {
	f := fieldsOf(raw)
	c := countsOf(f)
	form, proven := c.form(r.Form, r.apart.Load())
	if proven && form == bench.UsageExclusive {
		r.apart.Store(true)
	}
	out := Reported{Usage: c.usage(form), Cost: cost(f, h)}
	out.Known = out.Usage.Input > 0
	out.Unclear = !proven && c.cached+c.written > 0
	return out
}

// Names of the classes of tokens. The largest of those that are there counts.
var (
	promptNames = []string{
		"prompt_tokens",                          // OpenAI
		"input_tokens",                           // OpenAI's Responses, Anthropic
		"promptTokenCount", "prompt_token_count", // Gemini
		"prompt_eval_count", // Ollama
	}
	completionNames = []string{
		"completion_tokens", "output_tokens",
		"candidatesTokenCount", "candidates_token_count",
		"eval_count",
	}
	totalNames = []string{"total_tokens", "totalTokenCount", "total_token_count"}
	// Cached tokens that are part of the prompt's, by the documentation of those
	// who name them so.
	cachedWithinNames = []string{
		"prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", // OpenAI
		"prompt_cache_hit_tokens",                               // DeepSeek
		"cached_tokens",                                         // Moonshot
		"cachedContentTokenCount", "cached_content_token_count", // Gemini
		"num_cached_tokens", "prompt_tokens_details.num_cached_tokens", // vLLM and what is built on it
		"prompt_eval_cached_count", // Ollama
	}
	// Cached tokens of which it depends on the server.
	cachedNames = []string{
		"cache_read_input_tokens", // Anthropic, LiteLLM
		"prompt_tokens_details.cache_read_input_tokens",
		"cached_prompt_tokens", "cached_input_tokens",
		"cache_read_tokens", "input_cache_read_tokens",
		"prompt_tokens_details.cache_read_tokens",
		"cacheReadInputTokens", // Bedrock
	}
	// Written ones that are part of the prompt's
	// (https://openrouter.ai/docs/use-cases/usage-accounting).
	writtenWithinNames = []string{
		"prompt_tokens_details.cache_write_tokens", "input_tokens_details.cache_write_tokens",
	}
	writtenNames = []string{
		"prompt_tokens_details.cache_creation_tokens",
		"prompt_tokens_details.cache_creation_input_tokens",
		"cache_creation_input_tokens", // Anthropic, LiteLLM
		"cache_write_tokens", "cache_creation_tokens", "cacheWriteInputTokens",
	}
	writtenLongNames = []string{
		"cache_creation.ephemeral_1h_input_tokens", // Anthropic
		"prompt_tokens_details.cache_creation.ephemeral_1h_input_tokens",
		"prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens", // LiteLLM
	}
	writtenShortNames = []string{
		"cache_creation.ephemeral_5m_input_tokens",
		"prompt_tokens_details.cache_creation.ephemeral_5m_input_tokens",
		"prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens",
	}
	reasoningNames = []string{
		"completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens",
		"reasoning_tokens",                           // some proxies, Vertex
		"output_tokens_details.thinking_tokens",      // Anthropic
		"thoughtsTokenCount", "thoughts_token_count", // Gemini
	}
)

// counts are the numbers of a report as it has them.
type counts struct {
	prompt, completion, total     int64
	cached, written, writtenFor1h int64
	reasoning                     int64
	within                        bool // the cached tokens are part of the prompt's by their name
	anthropic                     bool // a report in Anthropic's own form, which counts caches apart
}

func countsOf(f fields) counts {
	c := counts{
		prompt: f.tokens(promptNames), completion: f.tokens(completionNames), total: f.tokens(totalNames),
		cached: f.tokens(cachedNames), written: f.tokens(writtenNames),
		writtenFor1h: f.tokens(writtenLongNames), reasoning: f.tokens(reasoningNames),
	}
	c.written = max(c.written, c.writtenFor1h+f.tokens(writtenShortNames))
	if within := f.tokens(cachedWithinNames); within > 0 && within >= c.cached {
		c.cached, c.within = within, true
	}
	if within := f.tokens(writtenWithinNames); within > 0 && within >= c.written {
		c.written, c.within = within, c.within || c.cached == 0
	}
	c.anthropic = !f.has("prompt_tokens") && f.has("input_tokens") &&
		(f.has("cache_read_input_tokens") || f.has("cache_creation_input_tokens"))
	return c
}

// missing is what total has beyond prompt and completion.
func (c counts) missing() int64 { return c.total - c.prompt - c.completion }

// form is how a report counts cached tokens, and whether it or somebody who
// knows the server says so.
func (c counts) form(set bench.UsageForm, apart bool) (form bench.UsageForm, proven bool) {
	cache := c.cached + c.written
	switch {
	case c.anthropic, cache > c.prompt: // a part is not larger than its whole, whatever is set
		return bench.UsageExclusive, true
	case set == bench.UsageInclusive || set == bench.UsageExclusive:
		return set, true
	case cache == 0:
		return bench.UsageInclusive, false
	case c.missing() == cache, c.reasoning > 0 && c.missing() == cache+c.reasoning, apart:
		return bench.UsageExclusive, true
	}
	return bench.UsageInclusive, c.within
}

// usage makes input include what was read from and written to the cache, and
// output include reasoning, as bench.Usage has it. Reasoning that is counted
// apart shows in the total, or by being larger than the whole; and what neither
// prompt nor completion explains of the total is output, too: thoughts that the
// report does not name.
func (c counts) usage(form bench.UsageForm) bench.Usage {
	u := bench.Usage{
		Input: c.prompt, Output: c.completion, CachedInput: c.cached, CacheWrite: c.written,
		CacheWrite1h: c.writtenFor1h, Reasoning: c.reasoning,
	}
	missing := c.missing()
	if cache := c.cached + c.written; form == bench.UsageExclusive {
		u.Input += cache
		if missing >= cache { // else the total leaves caches out as well
			missing -= cache
		}
	}
	if u.Input > 0 { // else nobody knows how much of the total went in
		u.Output += max(0, missing)
		if c.reasoning == 0 {
			u.Reasoning = max(0, missing)
		}
	}
	if c.reasoning > u.Output {
		u.Output = c.completion + c.reasoning
	}
	return u
}
