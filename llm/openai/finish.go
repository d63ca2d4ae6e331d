package openai

import (
	"fmt"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// ending is what a finish reason means, whatever its word.
type ending int

const (
	endUnsaid  ending = iota
	endStop           // the model had said everything
	endCalls          // it waits for tools
	endLength         // the bound on output cut it
	endWindow         // the context window was full
	endRefused        // the model, or a filter, declined
	endFailed         // the provider did not finish its work
	endSpoiled        // the model wrote something that is no answer
)

// endings are the finish reasons that are known, in lower case, with _ for - and
// blanks, and without the prefix FINISH_REASON_ of protocol buffers.
var endings = map[string]ending{
	"stop": endStop, "end_turn": endStop, "eos": endStop, "eos_token": endStop, "eot": endStop,
	"stop_sequence": endStop, "stop_token": endStop, "complete": endStop, "completed": endStop,
	"finished": endStop, "done": endStop, "end": endStop, "end_of_turn": endStop, "success": endStop,

	"tool_calls": endCalls, "tool_call": endCalls, "tool_use": endCalls, "function_call": endCalls,

	"length": endLength, "max_tokens": endLength, "max_output_tokens": endLength,
	"max_completion_tokens": endLength, "max_new_tokens": endLength, "token_limit": endLength,
	"incomplete": endLength, "pause_turn": endLength, "truncated": endLength,

	"model_context_window_exceeded": endWindow, "context_window_exceeded": endWindow,
	"context_length_exceeded": endWindow, "model_length": endWindow, "error_limit": endWindow,

	"content_filter": endRefused, "refusal": endRefused, "refused": endRefused, "safety": endRefused,
	"recitation": endRefused, "blocklist": endRefused, "prohibited_content": endRefused,
	"spii": endRefused, "sensitive": endRefused, "language": endRefused, "error_toxic": endRefused,
	"guardrail_intervened": endRefused, "image_safety": endRefused,

	"insufficient_system_resource": endFailed, "abort": endFailed, "network_error": endFailed,
	"error": endFailed, "other": endFailed, "unknown": endFailed, "unspecified": endFailed,
	"cancelled": endFailed, "canceled": endFailed, "timeout": endFailed,

	"malformed_function_call": endSpoiled, "unexpected_tool_call": endSpoiled,
	"too_many_tool_calls": endSpoiled, "missing_thought_signature": endSpoiled,
	"repetition": endSpoiled, "malformed_response": endSpoiled,
}

// hints are parts of words that say enough of a reason that is not known. The
// first that occurs counts.
var hints = []struct {
	end   ending
	parts []string
}{
	{endSpoiled, []string{"malformed", "invalid_tool", "invalid_function", "unexpected_tool",
		"repetit", "degenerat"}},
	{endWindow, []string{"context", "window", "model_len", "prompt_too_long"}},
	{endRefused, []string{"filter", "safe", "policy", "moderat", "guard", "prohibit", "sensitive",
		"block", "refus", "censor", "toxic", "harm", "violat", "recit", "compliance"}},
	{endFailed, []string{"error", "fail", "abort", "cancel", "timeout", "timed_out", "deadline",
		"network", "resource", "interrupt", "overload", "unavailable", "preempt", "disconnect",
		"evict", "shutdown",
		"unload", "exception", "rate_limit", "quota", "capacity", "internal"}},
	{endCalls, []string{"tool", "function"}},
	{endLength, []string{"length", "max_", "limit", "budget", "trunc"}},
	{endStop, []string{"stop", "end", "eos", "complete", "finish"}},
}

// meaning says what a finish reason means; endUnsaid of none. A word that says
// nothing at all is held against the provider, which made it up.
func meaning(reason string) ending {
	word := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(reason)))
	word = strings.TrimPrefix(word, "finish_reason_")
	if word == "" || word == "null" || word == "none" {
		return endUnsaid
	}
	if end, ok := endings[word]; ok {
		return end
	}
	for _, h := range hints {
		for _, part := range h.parts {
			if strings.Contains(word, part) {
				return h.end
			}
		}
	}
	return endFailed
}

// ending is the meaning of both reasons of an answer. A router that writes stop,
// or error, for whatever it does not know passes on the reason it was given.
func (g *answer) ending() ending {
	end, native := meaning(unquote(g.finish)), meaning(unquote(g.native))
	if _, known := endings[strings.ToLower(unquote(g.native))]; !known {
		return end
	}
	plain := end == endStop || end == endFailed || end == endUnsaid
	if plain && native > endCalls && native != endFailed || end == endUnsaid {
		return native
	}
	return end
}

// judge says how an answer ended, or what is wrong with it. Text is final only
// where the model has said that it is.
func (g *answer) judge(req llm.Request, text string, calls []llm.ToolCall) (llm.Finish, error) {
	end, reason := g.ending(), unquote(g.finish)
	switch end {
	case endRefused:
		return llm.FinishRefusal, nil
	case endLength:
		return llm.FinishLength, nil
	case endSpoiled:
		return llm.FinishSpoiled, nil
	case endFailed:
		return "", wire.Spoiled("answer with finish_reason %q", reason)
	case endWindow:
		return "", &llm.StatusError{Billed: true, Err: fmt.Errorf(
			"%w: finish_reason %q", llm.ErrContextOverflow, reason)}
	case endUnsaid:
		if !g.spoken {
			return "", wire.Spoiled("answer with finish_reason %q and nothing in it", reason)
		}
	case endCalls:
		if len(calls) == 0 {
			return llm.FinishSpoiled, nil
		}
	case endStop:
	}
	return g.whole(req, text, calls), nil
}

// whole says how an answer ended that the model has finished.
func (g *answer) whole(req llm.Request, text string, calls []llm.ToolCall) llm.Finish {
	aside := strings.TrimSpace(text) == ""
	switch {
	case len(calls) > 0:
		return llm.FinishToolCalls
	case len(g.refusal) > 0:
		return llm.FinishRefusal
	case offers(req) && (rawCall(text) || aside && rawCall(g.thoughts())):
		return llm.FinishSpoiled
	}
	return llm.FinishStop
}

// offers reports whether the model may call tools.
func offers(req llm.Request) bool {
	return len(req.Tools) > 0 && req.ToolChoice != llm.ToolsNone
}

// thoughts is what the model said aside, in which some write calls when they
// forget to end it.
func (g *answer) thoughts() string {
	for _, name := range []string{"reasoning_content", "reasoning"} {
		if raw := g.extra.get(name); len(raw) > 0 && raw[0] == '"' {
			return unquote(inner(raw))
		}
	}
	return ""
}
