package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bench/config"
)

// Which protocol a model is asked in.
func TestProtocol(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model string // keys beside the price
		want  config.API
		url   string
	}{
		{"provider: openai, model: gpt-5", config.APIChat, "https://api.openai.com/v1"},
		{"provider: openai, model: needy", config.APIResponses, "https://api.openai.com/v1"},
		{"provider: openai, model: needy, api: chat", config.APIChat, "https://api.openai.com/v1"},
		{"provider: openai, model: gpt-5, api: responses", config.APIResponses, "https://api.openai.com/v1"},
		{"provider: openai, model: needy, base_url: https://eu.api.openai.com/v1", config.APIResponses, ""},
		{"provider: openai, model: needy, base_url: https://x.openai.azure.com/openai/v1", config.APIResponses, ""},
		{"provider: openai, model: needy, base_url: https://openrouter.ai/api/v1", config.APIChat, ""},
		{"provider: openai, model: needy, base_url: https://notapi.openai.com.example/v1", config.APIChat, ""},
		{"provider: anthropic, model: claude-opus-5-5", config.APIMessages, "https://api.anthropic.com"},
		{"provider: anthropic, model: glm, base_url: https://api.z.ai/api/anthropic", config.APIMessages, ""},
		{"provider: scripted, script: ../script.yaml", config.APIChat, ""},
		{"provider: scripted, script: ../script.yaml, api: messages", config.APIMessages, ""},
	} {
		o := options(map[string]string{"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"})
		o.APIs = func(model string) string {
			if model == "needy" {
				return "responses"
			}
			return ""
		}
		cfg, err := config.Parse("testdata/good/x.yaml", []byte(fmt.Sprintf(
			"dataset: {path: ../tasks.jsonl}\nmodels: {m: {%s, price: {input: 1, output: 1}}}\n"+
				"configurations: {solo: {kind: single, model: m}}\n", c.model)), o)
		if err != nil {
			t.Errorf("%s: %v", c.model, err)
			continue
		}
		m := cfg.Models.Get("m")
		if m.Protocol != c.want || c.url != "" && m.BaseURL != c.url {
			t.Errorf("%s: %s at %s, want %s", c.model, m.Protocol, m.BaseURL, c.want)
		}
		api := cfg.BenchModel("m").API
		if c.want == config.APIChat && api != "" || c.want != config.APIChat && api != string(c.want) {
			t.Errorf("%s: recorded as %q", c.model, api)
		}
	}
}

// What is added to requests comes as it was written; headers are not shown.
func TestExtras(t *testing.T) {
	t.Parallel()
	env := map[string]string{"TOKEN": "very-secret", "LIMIT": "5"}
	cfg, err := config.Parse("testdata/good/x.yaml", []byte(`
dataset: {path: ../tasks.jsonl}
models:
  m:
    provider: openai
    base_url: http://x
    model: m
    price: {input: 1, output: 1}
    extra_headers: {x-token: "Bearer ${TOKEN}", X-Title: bench}
    extra_body:
      provider: {order: [a, "1"], allow_fallbacks: false}
      top_k: 1_000
      min_p: 0.10
      nothing: null
      limit: ${LIMIT}
configurations: {solo: {kind: single, model: m}}
`), options(env))
	if err != nil {
		t.Fatal(err)
	}
	m := cfg.Models.Get("m")
	body, err := json.Marshal(m.ExtraBody)
	if want := `{"limit":5,"min_p":0.10,"nothing":null,"provider":{"allow_fallbacks":false,"order":["a","1"]},` +
		`"top_k":1000}`; err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
	if h := m.ExtraHeaders.Reveal(); h["X-Token"] != "Bearer very-secret" || h["X-Title"] != "bench" {
		t.Errorf("%v", h)
	}
	shown := cfg.Resolved()
	if !strings.Contains(string(shown), `"extra_headers":{"X-Title":"bench","X-Token":"Bearer ${TOKEN}"}`) ||
		strings.Contains(string(shown)+fmt.Sprintf("%+v %#v", cfg, m.ExtraHeaders), "very-secret") {
		t.Errorf("%s", shown)
	}
	again, err := config.Parse("testdata/good/x.yaml", shown, options(env)) // as a run is resumed
	if err != nil || again.Models.Get("m").ExtraHeaders.Reveal()["X-Token"] != "Bearer very-secret" {
		t.Errorf("%v", err)
	}
}
