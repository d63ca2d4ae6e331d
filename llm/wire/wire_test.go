package wire

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"bench"
)

// Usage reports as servers are known to write them.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, json string
		want       bench.Usage
	}{
		{"OpenAI", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":130,
			"prompt_tokens_details":{"cached_tokens":64},
			"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 30, Reasoning: 20}},
		{"OpenRouter", `{"prompt_tokens":194,"completion_tokens":2,"total_tokens":196,
			"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":100}}`,
			bench.Usage{Input: 194, CacheWrite: 100, Output: 2}},
		{"DeepSeek", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,
			"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}`,
			bench.Usage{Input: 100, CachedInput: 64, Output: 5}},
		{"Moonshot", `{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_tokens":90}`,
			bench.Usage{Input: 100, CachedInput: 90, Output: 5}},
		{"LiteLLM in front of Anthropic", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":105,"cache_read_input_tokens":60,"cache_creation_input_tokens":30,
			"prompt_tokens_details":{"cached_tokens":60,"cache_creation_tokens":30}}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		{"Anthropic's own", `{"input_tokens":10,"output_tokens":5,
			"cache_read_input_tokens":60,"cache_creation_input_tokens":30}`,
			bench.Usage{Input: 100, CachedInput: 60, CacheWrite: 30, Output: 5}},
		// platform.claude.com/docs/en/api/messages
		{"Anthropic's thoughts", `{"input_tokens":10,"output_tokens":50,
			"output_tokens_details":{"thinking_tokens":20}}`,
			bench.Usage{Input: 10, Output: 50, Reasoning: 20}},
		// platform.openai.com/docs/api-reference/responses/object
		{"Responses", `{"input_tokens":100,"input_tokens_details":{"cached_tokens":64,
			"cache_write_tokens":30},"output_tokens":30,"total_tokens":130,
			"output_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, CachedInput: 64, CacheWrite: 30, Output: 30, Reasoning: 20}},
		{"cache counted apart, by total", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":165,"cache_read_input_tokens":60}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 5}},
		{"cache counted apart, by size", `{"prompt_tokens":10,"completion_tokens":5,
			"cache_read_input_tokens":60}`,
			bench.Usage{Input: 70, CachedInput: 60, Output: 5}},
		{"xAI: reasoning counted apart", `{"prompt_tokens":100,"completion_tokens":5,
			"total_tokens":125,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 100, Output: 25, Reasoning: 20}},
		{"all apart", `{"prompt_tokens":100,"completion_tokens":30,"total_tokens":210,
			"cache_read_input_tokens":60,"completion_tokens_details":{"reasoning_tokens":20}}`,
			bench.Usage{Input: 160, CachedInput: 60, Output: 50, Reasoning: 20}},
		{"null details", `{"prompt_tokens":1,"completion_tokens":2,
			"prompt_tokens_details":null,"completion_tokens_details":null}`,
			bench.Usage{Input: 1, Output: 2}},
		{"negative", `{"prompt_tokens":-1,"completion_tokens":2}`, bench.Usage{Output: 2}},
	} {
		got := ReadUsage(json.RawMessage(c.json), nil)
		if got.Usage != c.want || !got.Known {
			t.Errorf("%s: %+v, want %+v", c.name, got.Usage, c.want)
		}
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
		{`{"prompt_tokens":1,"cost":0.95}`, "", "950000000"},
		{`{"cost":0.01,"is_byok":true,"cost_details":{"upstream_inference_cost":0.2}}`, "", "210000000"},
		{`{"cost":0.01,"cost_details":{"upstream_inference_cost":0.2}}`, "", "10000000"},
		{`{"prompt_tokens":1}`, "0.5", "500000000"},
	} {
		h := http.Header{}
		h.Set("X-Litellm-Response-Cost", c.header)
		cost := ReadUsage(json.RawMessage(c.usage), h).Cost
		got := "none"
		if cost != nil {
			got = fmt.Sprint(int64(*cost))
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.usage, c.header, got, c.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, value string
		date        time.Time
		want        time.Duration
	}{
		{"Retry-After", "20", time.Time{}, 20 * time.Second},
		{"Retry-After", "0.5", time.Time{}, 500 * time.Millisecond},
		{"Retry-After", "0", time.Time{}, 0},
		{"Retry-After", "-4", time.Time{}, 0},
		{"Retry-After", "soon", time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), time.Time{}, time.Minute},
		{"Retry-After", now.Add(-time.Minute).Format(http.TimeFormat), time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), now.Add(50 * time.Second),
			10 * time.Second},
		{"Retry-After-Ms", "250", time.Time{}, 250 * time.Millisecond},
		{"X-Other", "3", time.Time{}, 0},
	} {
		h := http.Header{c.name: {c.value}}
		if !c.date.IsZero() {
			h.Set("Date", c.date.Format(http.TimeFormat))
		}
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%s: %s: %v, want %v", c.name, c.value, got, c.want)
		}
	}
}
