package pricing_test

import (
	"testing"

	"bench/llm/pricing"
)

// The sources stand beside the pattern.
func TestAPI(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"gpt-4.1": "", "gpt-4o": "", "o3": "", "o4-mini": "", "gpt-5": "", "gpt-5-mini-2025-08-07": "",
		"gpt-5.1": "", "gpt-5.2": "", "gpt-5.3-chat-latest": "", "gpt-oss-120b": "", "claude-opus-5-5": "",
		"gpt-5.4": "responses", "gpt-5.4-mini": "responses", "gpt-5.5-2026-04-23": "responses",
		"gpt-5.6-terra": "responses", "gpt-5.10": "responses", "gpt-6-sol": "responses",
		"gpt-6.1-sol": "responses", "gpt-5-codex": "responses", "gpt-5.1-codex-max": "responses",
		"gpt-5-pro-2025-10-06": "responses", "o3-pro": "responses", "codex-mini-latest": "responses",
		"o4-mini-deep-research": "responses",
	} {
		if got := pricing.API(model); got != want {
			t.Errorf("%s: %q, want %q", model, got, want)
		}
	}
}
