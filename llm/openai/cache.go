package openai

import (
	"regexp"
	"slices"
	"strings"

	"bench/llm"
	"bench/llm/wire"
)

// mark is how a request asks for prompt caching. Most providers cache by
// themselves; the models of Anthropic and the larger ones of Qwen want to be
// asked, wherever they are served.
type mark int

const (
	markNone  mark = iota
	markTop        // a field of the request: openrouter.ai/docs/features/prompt-caching
	markParts      // breakpoints in messages: docs.litellm.ai/docs/completion/prompt_caching
)

func (c *Client) marks(model string) mark {
	claude := strings.Contains(baseName(model), "claude")
	switch c.options.Cache {
	case wire.CacheOff:
		return markNone
	case wire.CacheAuto, "":
		if !claude && !hostedQwen.MatchString(baseName(model)) {
			return markNone
		}
	case wire.CacheMarkers, wire.Cache5m, wire.Cache1h:
	}
	if claude && isOpenRouter(c.endpoint.Host()) {
		return markTop
	}
	return markParts
}

// hostedQwen matches the models of Qwen that Alibaba serves, which read a cache
// at a tenth of the price if they are asked to write it. Open weights, whose
// names tell their size, are served by others:
// alibabacloud.com/help/en/model-studio/context-cache
var hostedQwen = regexp.MustCompile(`^qwen[\d.]*-(?:vl-|coder-)?(?:max|plus|flash|turbo)\b`)

func isOpenRouter(host string) bool {
	host, _, _ = strings.Cut(host, ":")
	return host == "openrouter.ai" || strings.HasSuffix(host, ".openrouter.ai")
}

// marker is the object that ends a cached prefix.
func (c *Client) marker() string {
	if c.options.Cache == wire.Cache1h {
		return `{"type":"ephemeral","ttl":"1h"}`
	}
	return `{"type":"ephemeral"}`
}

// cacheKey is the prompt_cache_key of a request; empty where none is sent. OpenAI
// and Moonshot send requests of one key to one machine; others cache without:
// platform.openai.com/docs/guides/prompt-caching, platform.moonshot.ai/docs/api/chat
func (c *Client) cacheKey(req llm.Request) string {
	if c.options.Cache == wire.CacheOff || !keyed.MatchString(baseName(req.Model)) {
		return ""
	}
	return wire.CacheKey(req.Speaker)
}

var keyed = regexp.MustCompile(`^(?:gpt-\d|chatgpt|codex|o[134]\b|kimi|moonshot)`)

// breakpoints are the messages that end a cached prefix: the system prompt, the
// end of the conversation, and its end in the request before. A message that can
// hold no mark, as it has no text, leaves it to the one before.
func breakpoints(messages []*llm.Message) []int {
	var at []int
	mark := func(i int) {
		for ; i >= 0; i-- {
			if slices.Contains(at, i) {
				return
			}
			if m := messages[i]; m.Role != "assistant" && len(content(m.JSON)) > 2 {
				at = append(at, i)
				return
			}
		}
	}
	system := 0
	for system < len(messages) && messages[system].Role == "system" {
		system++
	}
	mark(system - 1)
	mark(len(messages) - 1)
	for i, m := range slices.Backward(messages) {
		if m.Role == "assistant" {
			mark(i - 1)
			break
		}
	}
	return at
}

func content(message []byte) []byte { return member(message, "content") }

// addMarked adds a message whose content ends with a mark. A text becomes a list
// with one part. What the model reads is the same, with the mark and without, so
// that the prompt of one request begins with that of the one before; the bytes of
// the two messages that have a mark in one of them alone do not.
func addMarked(b *wire.Body, message []byte, marker string) {
	text := content(message)
	at := strings.Index(string(message), `"content":`+string(text))
	if at < 0 {
		b.Add(message)
		return
	}
	at += len(`"content":`)
	before, after := message[:at], message[at+len(text):]
	mark := []byte(`,"cache_control":` + marker + "}]")
	switch {
	case text[0] == '"':
		b.Add(before, []byte(`[{"type":"text","text":`), text, mark, after)
	case len(text) > 4 && text[0] == '[' && string(text[len(text)-2:]) == "}]":
		b.Add(before, text[:len(text)-2], mark, after)
	default:
		b.Add(message)
	}
}
