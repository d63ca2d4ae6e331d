package bench_test

import (
	"testing"

	"bench"
)

// Sources:
//
//	openai:     https://platform.openai.com/docs/models (aliases and snapshots)
//	anthropic:  https://docs.claude.com/en/docs/about-claude/models/overview
//	openrouter: https://openrouter.ai/docs/guides/routing/model-variants (tags),
//	            https://openrouter.ai/api/v1/models (canonical_slug),
//	            https://openrouter.ai/~anthropic/claude-sonnet-latest
//	bedrock:    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html,
//	            https://github.com/run-llama/llama_index/pull/20953 (ARNs)
//	vertex:     https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude
//	gemini:     https://ai.google.dev/gemini-api/docs/models
//	xai:        https://docs.x.ai/developers/models/grok-4.20-0309.md
//	fireworks:  https://github.com/pollinations/pollinations/pull/7270
//	mistral:    https://docs.mistral.ai/getting-started/models
//	codex:      https://github.com/openai/codex/issues/10953, /9039, /44637, /32018
func TestSameModel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, served string
		same          bool
	}{
		{"gpt-5", "gpt-5-2026-01-01", true},                                               // openai
		{"gpt-5", "GPT-5", true},                                                          // openai
		{"gpt-5", "", true},                                                               // says nothing
		{"", "gpt-5", true},                                                               // asked by a program
		{"gpt-4", "gpt-4-0613", true},                                                     // openai
		{"gpt-4-0613", "gpt-4-2023-06-13", true},                                          // openai
		{"gpt-5.1-chat-latest", "gpt-5.1-chat-2025-11-13", true},                          // openai
		{"openai/gpt-5", "gpt-5-2025-08-07", true},                                        // openrouter
		{"anthropic/claude-sonnet-4.5", "anthropic/claude-4.5-sonnet-20250929", true},     // openrouter
		{"claude-sonnet-4-5", "claude-sonnet-4-5-20250929", true},                         // anthropic
		{"claude-opus-4-0", "claude-opus-4-20250514", true},                               // anthropic
		{"~anthropic/claude-sonnet-latest", "anthropic/claude-4.6-sonnet-20260217", true}, // openrouter
		{"~anthropic/claude-sonnet-latest", "anthropic/claude-4.6-opus-20260205", false},  // openrouter
		{"deepseek/deepseek-v3.2:free", "deepseek/deepseek-v3.2-20251201", true},          // openrouter
		{"anthropic/claude-3.7-sonnet:thinking", "anthropic/claude-3.7-sonnet", true},     // openrouter
		{"openai/gpt-oss-120b:nitro", "openai/gpt-oss-20b", false},                        // openrouter
		{"us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-20250514", true},  // bedrock
		{"global.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5", true},     // bedrock
		{"us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", true},   // bedrock
		{"arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
			"claude-haiku-4-5-20251001", true}, // bedrock
		{"claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929", true},             // vertex
		{"models/gemini-2.5-pro", "gemini-2.5-pro", true},                              // gemini
		{"gemini-2.0-flash", "models/gemini-2.0-flash-001", true},                      // gemini
		{"gemini-flash-latest", "gemini-2.5-flash-preview-09-2025", true},              // gemini
		{"gemini-2.5-pro-preview-05-06", "models/gemini-2.5-pro-preview-06-05", false}, // gemini
		{"gemini-2.5-pro", "gemini-2.5-flash", false},                                  // gemini
		{"grok-4.20", "grok-4.20-0309-reasoning", true},                                // xai
		{"grok-4.20", "grok-4.20-0309-non-reasoning", false},                           // xai
		{"mistral-large-latest", "mistral-large-2411", true},                           // mistral
		{"mistral-large-2407", "mistral-large-2411", false},                            // mistral
		{"deepseek-v3.2", "accounts/fireworks/models/deepseek-v3p2", true},             // fireworks
		{"qwen3-coder:30b", "qwen3-coder-30b", true},                                   // ollama.com/library
		{"qwen3-coder:30b", "qwen3-coder:480b", false},                                 // ollama.com/library
		{"llama3", "llama3:latest", true},                                              // ollama.com/library
		{"glm-4.5", "glm-4.5v", false},                                                 // docs.z.ai: vision
		{"gpt-5.3-codex", "gpt-5.2-2025-12-11", false},                                 // codex
		{"gpt-5.2", "gpt-5.1-codex-max", false},                                        // codex
		{"gpt-6-astra", "gpt-5.5", false},                                              // codex
		{"gpt-5.6-thinking", "gpt-5.5-mini", false},                                    // codex
		{"gpt-5", "gpt-5-mini-2025-08-07", false},                                      // another size
		{"gpt-5-2025-08-07", "gpt-5-2026-01-01", false},                                // another snapshot
		{"gpt-4.1", "gpt-41", false}, {"claude-opus-4-5", "claude-opus-5-4", false},    // another version
		{"claude-opus-4", "claude-opus-4-1", false}, {"gpt-5.1", "gpt-5.10", false}, // another version
		{"gpt-4-latest", "gpt-5-2026-01-01", false}, {"gpt-5.2-latest", "gpt-5.1", false}, // another version
		{"gpt-5.2-latest", "gpt-5", false}, {"模型", "別の", false}, {"a", "/", false}, // nothing in common
	} {
		if got := bench.SameModel(c.asked, c.served); got != c.same {
			t.Errorf("%s answered by %s: same %v, want %v", c.asked, c.served, got, c.same)
		}
	}
}
