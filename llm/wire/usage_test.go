package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"bench"
)

// Usage reports as servers are known to write them.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, json string
		want       bench.Usage
	}{
		// https://platform.openai.com/docs/api-reference/chat/object
		{"OpenAI", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,
			"prompt_tokens_details":{"cached_tokens":64},
			"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 30, Reasoning: 20}},
		// https://platform.openai.com/docs/api-reference/responses/object
		{"OpenAI's Responses", `{"input_tokens":100,"output_tokens":30,"total_tokens":130,
			"input_tokens_details":{"cached_tokens":64,"cache_write_tokens":10},
			"output_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 64, CacheWrite: 10, Output: 30, Reasoning: 20}},
		// https://openrouter.ai/docs/use-cases/usage-accounting
		{"OpenRouter", `{"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,
			"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":100}}`,
			bench.Usage{Input: 194, CacheWrite: 100, Output: 2}},
		// https://api-docs.deepseek.com/guides/kv_cache
		{"DeepSeek", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,
			"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 5}},
		// https://platform.moonshot.ai/docs/api/chat
		{"Moonshot", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_tokens":90}`,
			bench.Usage{Input: 100, CachedInput: 90, Output: 5}},
		// https://docs.litellm.ai/docs/completion/prompt_caching
		{"LiteLLM in front of Anthropic", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":105,"cache_read_input_tokens":60,"cache_creation_input_tokens":30,
			"prompt_tokens_details":{"cached_tokens":60,"cache_creation_tokens":30}}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		// https://platform.claude.com/docs/en/build-with-claude/prompt-caching
		{"Anthropic's own", `{"input_tokens":10,"output_tokens":5,
			"cache_read_input_tokens":60,"cache_creation_input_tokens":30}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		{"Anthropic's own, written for an hour", `{"input_tokens":10,"output_tokens":5,
			"cache_read_input_tokens":60,"cache_creation_input_tokens":30,
			"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, CacheWrite1h: 20, Output: 5}},
		// https://platform.claude.com/docs/en/api/messages
		{"Anthropic's thoughts", `{"input_tokens":10,"output_tokens":50,
			"output_tokens_details":{"thinking_tokens":20}}`,
			bench.Usage{Input: 10, Output: 50, Reasoning: 20}},
		{"Anthropic's own, with the parts alone", `{"input_tokens":10,"output_tokens":5,
			"cache_read_input_tokens":0,
			"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}`,
			bench.Usage{Input: 40, CacheWrite: 30, CacheWrite1h: 20, Output: 5}},
		// https://github.com/traceloop/openllmetry/pull/2175
		{"cache counted apart, by total", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":165,"cache_read_input_tokens":60}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 5}},
		{"cache counted apart, by size", `{"prompt_tokens":10,"completion_tokens":5,
			"cache_read_input_tokens":60}`,
			bench.Usage{Input: 70, CachedInput: 60, Output: 5}},
		// https://docs.x.ai/docs/guides/reasoning
		{"xAI: reasoning counted apart", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":125,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, Output: 25, Reasoning: 20}},
		{"all apart", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":210,
			"cache_read_input_tokens":60,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 50, Reasoning: 20}},
		// https://github.com/mozilla-ai/any-llm/issues/1290
		{"a total alone", `{"total_tokens":1500}`, bench.Usage{}},
		{"a total beside the output", `{"completion_tokens":200,"total_tokens":1500}`, bench.Usage{Output: 200}},
		{"thoughts in the total alone", `{"prompt_tokens":10000,"completion_tokens":200,"total_tokens":12200}`,
			bench.Usage{Input: 10000, Output: 2200, Reasoning: 2000}},
		{"thoughts in the total alone, beside a cache", `{"prompt_tokens":10000,"completion_tokens":200,
			"total_tokens":12200,"prompt_tokens_details":{"cached_tokens":1000}}`,
			bench.Usage{Input: 10000, CachedInput: 1000, Output: 2200, Reasoning: 2000}},
		// https://github.com/openai/openai-python/issues/2544
		{"Vertex: reasoning on top, details null", `{"prompt_tokens":2181,"completion_tokens":57,
			"total_tokens":2518,"completion_tokens_details":null,"prompt_tokens_details":null,
			"reasoning_tokens":280,"traffic_type":"ON_DEMAND",
			"promptTokensDetails":[{"modality":"TEXT","tokenCount":2181}]}`,
			bench.Usage{Input: 2181, Output: 337, Reasoning: 280}},
		// https://ai.google.dev/api/generate-content#UsageMetadata
		{"Gemini's own", `{"promptTokenCount":100,"candidatesTokenCount":5,"thoughtsTokenCount":20,
			"cachedContentTokenCount":60,"totalTokenCount":125}`,
			bench.Usage{Input: 100, CachedInput: 60, Output: 25, Reasoning: 20}},
		// https://github.com/huaweicloud/ModelArts-Lab/pull/1877
		{"vLLM's", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"num_cached_tokens":60}`,
			bench.Usage{Input: 100, CachedInput: 60, Output: 5}},
		// https://github.com/epam/ai-dial-analytics-realtime/pull/121
		{"DIAL's", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_prompt_tokens":60}`,
			bench.Usage{Input: 100, CachedInput: 60, Output: 5}},
		{"cache_read_tokens", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,
			"cache_read_tokens":60}`,
			bench.Usage{Input: 100, CachedInput: 60, Output: 5}},
		// https://github.com/ollama/ollama/pull/17943
		{"Ollama's own", `{"prompt_eval_count":21,"eval_count":1008,"prompt_eval_cached_count":16}`,
			bench.Usage{Input: 21, CachedInput: 16, Output: 1008}},
	} {
		got := new(UsageReader).Read(json.RawMessage(c.json), nil)
		if got.Usage != c.want || got.Known != (c.want.Input > 0) {
			t.Errorf("%s: %+v, want %+v", c.name, got.Usage, c.want)
		}
	}
}

// One field of an odd form never costs the rest.
func TestUsageWithOddFields(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{
		`[]`, `null`, `""`, `"none"`, `0`, `-3`, `true`, `{}`, `[{"cached_tokens":5}, 3]`,
		`{"cached_tokens":null}`, `{"cached_tokens":{}}`, `{"cached_tokens":[]}`, `{"cached_tokens":-1}`,
		`{"cached_tokens":"many"}`, `{"cached_tokens":1e30}`, `{"reasoning_tokens":{"total":3}}`,
	} {
		for _, field := range []string{
			"prompt_tokens_details", "completion_tokens_details", "cache_creation", "cost_details",
			"cached_tokens", "reasoning_tokens", "total_tokens", "cost", "is_byok", "cost_in_usd_ticks",
		} {
			text := fmt.Sprintf(`{"prompt_tokens":100,%q:%s,"completion_tokens":30}`, field, odd)
			got := new(UsageReader).Read(json.RawMessage(text), nil)
			if want := (bench.Usage{Input: 100, Output: 30}); got.Usage != want || !got.Known {
				t.Errorf("%s: %+v, want %+v", text, got.Usage, want)
			}
		}
	}
	for text, want := range map[string]bench.Usage{
		`{"prompt_tokens":"100","completion_tokens":30.0}`:      {Input: 100, Output: 30},
		`{"prompt_tokens":100.4,"completion_tokens":"29.6"}`:    {Input: 100, Output: 30},
		`[{"prompt_tokens":100,"completion_tokens":30}]`:        {Input: 100, Output: 30},
		`{"prompt_tokens":100,"completion_tokens":[30]}`:        {Input: 100},
		`{"prompt_tokens":100,"completion_tokens":-30}`:         {Input: 100},
		`{"prompt_tokens":100,"completion_tokens":{"text":30}}`: {Input: 100},
	} {
		if got := new(UsageReader).Read(json.RawMessage(text), nil); got.Usage != want || !got.Known {
			t.Errorf("%s: %+v, want %+v", text, got.Usage, want)
		}
	}
}

// Reports that do not say what went in say nothing that can be priced.
func TestUsageIsUnknown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `null`, `{}`, `[]`, `""`, `"free"`, `0`, `{"prompt_tokens":null}`, `{"total_tokens":0}`,
		`{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`, `{"prompt_tokens":-1}`,
		`{"prompt_tokens":0,"completion_tokens":30}`, `{"completion_tokens":30}`,
		`[{"prompt_tokens":1},{"prompt_tokens":2}]`,
	} {
		if got := new(UsageReader).Read(json.RawMessage(text), nil); got.Known {
			t.Errorf("%s: known as %+v", text, got.Usage)
		}
	}
}

// What the form of a report leaves open is settled by a setting or by an answer
// that shows it, and is said otherwise.
func TestUsageForm(t *testing.T) {
	t.Parallel()
	const open = `{"prompt_tokens":6000,"completion_tokens":500,"total_tokens":6500,
		"cache_read_input_tokens":4000}`
	const shows = `{"prompt_tokens":100,"completion_tokens":5,"cache_read_input_tokens":6000}`
	const within = `{"prompt_tokens":6000,"completion_tokens":500,"total_tokens":6500,
		"prompt_tokens_details":{"cached_tokens":4000}}`
	// https://openrouter.ai/docs/use-cases/usage-accounting: the first call of a conversation.
	const written = `{"prompt_tokens":6000,"completion_tokens":500,"total_tokens":6500,
		"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":4000}}`
	const both = `{"prompt_tokens":6000,"completion_tokens":500,"total_tokens":6500,
		"prompt_tokens_details":{"cache_write_tokens":1000},"cache_read_input_tokens":3000}`
	for _, c := range []struct {
		name    string
		form    bench.UsageForm
		before  string // read first
		report  string
		input   int64
		unclear bool
	}{
		{"auto", "", "", open, 6000, true},
		{"auto, said", bench.UsageAuto, "", open, 6000, true},
		{"inclusive", bench.UsageInclusive, "", open, 6000, false},
		{"exclusive", bench.UsageExclusive, "", open, 10000, false},
		{"learned", bench.UsageAuto, shows, open, 10000, false},
		{"inclusive, though an answer shows otherwise", bench.UsageInclusive, shows, open, 6000, false},
		{"by the name", bench.UsageAuto, "", within, 6000, false},
		{"by the name of what is written", bench.UsageAuto, "", written, 6000, false},
		{"written within, read wherever", bench.UsageAuto, "", both, 6000, true},
		{"by the name, but learned otherwise", bench.UsageAuto, shows, within, 10000, false},
		{"nothing cached", bench.UsageAuto, "", `{"prompt_tokens":6000,"completion_tokens":500}`, 6000, false},
	} {
		r := UsageReader{Form: c.form}
		r.Read(json.RawMessage(c.before), nil)
		got := r.Read(json.RawMessage(c.report), nil)
		if got.Usage.Input != c.input || got.Usage.Output != 500 || got.Unclear != c.unclear {
			t.Errorf("%s: %+v, unclear %v, want input %d, unclear %v", c.name, got.Usage, got.Unclear,
				c.input, c.unclear)
		}
	}
}

// Anthropic's own form counts caches apart whatever is set.
func TestAnthropicIsAlwaysExclusive(t *testing.T) {
	t.Parallel()
	r := UsageReader{Form: bench.UsageInclusive}
	got := r.Read(json.RawMessage(`{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":60,
		"cache_creation_input_tokens":0}`), nil)
	if got.Usage.Input != 70 {
		t.Errorf("input %d, want 70", got.Usage.Input)
	}
}

func TestReportedCost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		usage, header string
		want          string
	}{
		{`{"prompt_tokens":1}`, "", "none"},
		{`{"prompt_tokens":1,"cost":0}`, "", "0"},
		// https://openrouter.ai/docs/use-cases/usage-accounting
		{`{"prompt_tokens":1,"cost":0.95}`, "", "950000000"},
		{`{"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}`, "", "210000000"},
		{`{"cost":0.01,"cost_details":{"upstream_inference_cost":0.2}}`, "", "10000000"},
		{`{"cost":0.01,"is_byok":true,"cost_details":[]}`, "", "10000000"},
		// https://docs.x.ai/developers/cost-tracking
		{`{"prompt_tokens":1,"cost_in_usd_ticks":37756000}`, "", "3775600"},
		{`{"prompt_tokens":1,"cost_in_usd_ticks":400000000000}`, "", "40000000000"},
		// https://docs.perplexity.ai/api-reference/sonar-post
		{`{"cost":{"input_tokens_cost":0.001,"output_tokens_cost":0.002,"total_cost":0.009}}`, "", "9000000"},
		// https://docs.deepinfra.com/chat/overview
		{`{"prompt_tokens":1,"estimated_cost":2.31e-06}`, "", "2310"},
		{`{"prompt_tokens":1,"total_cost":"0.0012"}`, "", "1200000"},
		{`{"cost":"0.0012"}`, "", "1200000"},
		{`{"cost":null,"total_cost":0.5}`, "", "500000000"},
		{`{"cost":-1}`, "", "none"},
		{`{"cost":[]}`, "", "none"},
		{`{"cost":"free"}`, "", "none"},
		{`{"cost_in_usd_ticks":null,"cost":0.25}`, "", "250000000"},
		// https://docs.litellm.ai/docs/proxy/response_headers
		{`{"prompt_tokens":1}`, "0.5", "500000000"},
		{``, "0.5", "500000000"},
		{`{"prompt_tokens":1}`, "-0.5", "none"},
	} {
		h := http.Header{}
		h.Set("X-Litellm-Response-Cost", c.header)
		cost := new(UsageReader).Read(json.RawMessage(c.usage), h).Cost
		got := "none"
		if cost != nil {
			got = fmt.Sprint(int64(*cost))
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.usage, c.header, got, c.want)
		}
	}
}

// Whatever a server sends as usage, the counts are of one call: none is
// negative, and no part is larger than its whole.
func FuzzReadUsage(f *testing.F) {
	for _, seed := range []string{
		`{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,"prompt_tokens_details":[]}`,
		`{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":60,"cache_creation":{"ephemeral_1h_input_tokens":9}}`,
		`[{"prompt_tokens":"1","cost":{"total_cost":1}}]`, `null`, `{"prompt_tokens":-1e99}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := new(UsageReader).Read(json.RawMessage(text), nil).Usage
		if u.Input < u.CachedInput+u.CacheWrite || u.CacheWrite < u.CacheWrite1h || u.Output < u.Reasoning ||
			u.CachedInput < 0 || u.CacheWrite1h < 0 || u.Reasoning < 0 {
			t.Errorf("%s: %+v", text, u)
		}
	})
}
