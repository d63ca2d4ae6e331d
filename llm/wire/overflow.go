package wire

import (
	"slices"
	"strings"
)

// overflowPhrases are how providers, servers and gateways say that a
// conversation is too long, in lower case. TestOverflows has a full message
// with its source for each.
var overflowPhrases = []string{
	"context_length_exceeded", "context_window_exceeded", "model_context_window_exceeded",
	"exceed_context_size_error", "contextwindowexceeded", "contextlengthexceeded",
	"context length", "context size", "context window", "maximum context", "max context",
	"context limit", "context_limit", "max_context", "maximum model length", "max_model_len",
	"max_seq_len", "maximum sequence length", "n_ctx", "num_ctx", "max_position_embeddings",
	"prompt is too long", "prompt too long", "prompt_too_long", "input is too long",
	"input too long", "input_too_long", "too many input tokens", "string_above_max_length",
	"maximum prompt length", "max prompt length", "prompt exceeds max", "prompt exceeds the",
	"exceeds the maximum number of tokens", "exceeded model token limit",
	"reduce the length of the messages", "reduce the length of the prompt",
	"reduce the length of the input", "reduce your prompt", "shorten your prompt",
	"input token count", "prompt token count", "range of input length should be",
	"exceeds the maximum allowed input length", "exceeds the maximum length",
	"exceeds the maximum allowed length", "exceeds maximum length", "maximum input length",
	"max input length", "max_input_tokens", "max input characters", "maximum input tokens",
	"tokens in request more than max tokens allowed", "max message tokens",
	"maximum allowed number of input tokens", "request exceeds the maximum size",
	"request_too_large", "requested token count exceeds", "token limit exceeded",
	"exceeds token limit", "exceeds the token limit", "prompt 超长", "输入长度超过", "超过最大长度",
	"超出最大长度", "上下文长度", "超过模型最大", "conversation is too long", "messages are too long",
	"message is too long", "too large for model with",
}

// overflowForms are the wordings that only numbers or a second word make plain.
var overflowForms = lazily(strings.Join([]string{
	`max_new_tokens.{0,4} must be <=`,                    // text-generation-inference
	`inputs.{0,4} must have less than`,                   // text-generation-inference
	`input length.{0,60}exceed`,                          // Anthropic, Ollama, SGLang
	`(prompt|input).{0,40}tokens?\)? is longer than`,     // vLLM, SGLang
	`exceeds the limit of \d+`,                           // GitHub Copilot
	`tokens? (\+ \d+ )?> \d+ (maximum|limit)`,            // Anthropic
	`requested tokens \(\d+\) exceed`,                    // llama-cpp-python
	`supported sequence length`,                          // SambaNova
	`too many tokens: .{0,60}(prompt|exceeds the limit)`, // Cohere
	`(prompt|input|request|messages?).{0,40} \d+ tokens.{0,60}(limit|maximum|at most|max)`,
	`input tokens?.{0,40}exceed`,                           // Azure
	`token count.{0,40}exceed`,                             // Vertex
	`maximum tokens you requested exceeds the model limit`, // Bedrock
	`prompt contains \d+ tokens`,                           // Mistral
	`tokens to keep from the initial prompt`,               // LM Studio
	`prompt length.{0,30}(greater|longer|larger|exceed)`,   // TabbyAPI
}, "|"))

// throttles are how a rate limit speaks of too many tokens: waiting helps, and a
// shorter conversation is not asked for.
var throttles = []string{
	"per minute", "per min", "per day", "per hour", "per second", "rate limit", "rate_limit",
	"ratelimit", "too many requests", "throttl", "quota", "please wait", "try again later", "(tpm)",
}

// Overflows reports whether a text says that a conversation is too long.
func Overflows(s string) bool {
	s = strings.ToLower(s)
	if containsAny(s, throttles) {
		return false
	}
	return containsAny(s, overflowPhrases) || overflowForms().MatchString(s)
}

// containsAny reports whether s, in lower case, has one of the phrases.
func containsAny(s string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(s, p) })
}
