package openai

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bench/llm"
)

// What the client sends of its own accord, and servers refuse.
const (
	featureStream     = "stream"
	featureUsage      = "stream_options"
	featureToolChoice = "tool_choice"
	featureCache      = "cache_control"
	featureCacheKey   = "prompt_cache_key"
	echoPrefix        = "echo:" // a field of messages that goes back
)

// refused are the features that a server has refused; requests are sent without
// them from then on.
type refused struct {
	mu   sync.Mutex
	list []string
}

func (r *refused) now() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

func (r *refused) add(feature string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.list, feature) {
		r.list = append(slices.Clone(r.list), feature)
	}
}

// refusals are the words in which servers say that they do not take a field.
var refusals = regexp.MustCompile(`(?i)unsupported|not supported|does(?: not|n't) support|` +
	`not (?:permitted|allowed)|unknown|unrecognized|unexpected|extra_?forbidden|extraneous|` +
	`extra (?:inputs|fields|param|key)|additional propert|no longer|disabled|wrong_api_format|` +
	`invalid (?:field|param|argument|property)|not a valid|is not (?:valid|available|enabled)|` +
	`must be verified|must not|should not|no endpoints found that support|` +
	`cannot (?:be|contain)|不支持|未知`)

// wanted matches what says the opposite: DeepSeek, Moonshot and Google refuse a
// conversation from which reasoning is missing.
var wanted = regexp.MustCompile(`(?i)missing|require|` +
	`must (?:be (?:passed|provided|included|present|sent|set)|include|contain|have)`)

// streaming matches a refusal of streams: OpenAI has some models that stream to
// verified organizations alone, or not at all.
// help.openai.com/en/articles/10910291-api-organization-verification
var streaming = regexp.MustCompile(`(?i)\bstream(?:ing|ed)?\b`)

// refusedFeature names what a request has to be sent without, according to the
// error; empty if that is not what is wrong. A refused request is not billed, so
// to send it again costs nothing but time.
func (c *Client) refusedFeature(err error, req llm.Request, without []string) string {
	var status *llm.StatusError
	if !errors.As(err, &status) || !errors.Is(err, llm.ErrRefused) ||
		errors.Is(err, llm.ErrHopeless) ||
		!slices.Contains([]int{400, 404, 405, 406, 422, 501}, status.Status) {
		return ""
	}
	text := err.Error()
	if !refusals.MatchString(text) || wanted.MatchString(text) {
		return ""
	}
	sent := c.sent(req, without)
	for _, feature := range sent {
		name := strings.TrimPrefix(feature, echoPrefix)
		if feature != featureStream && contains(text, name) {
			return feature
		}
	}
	if slices.Contains(sent, featureStream) && streaming.MatchString(text) {
		return featureStream
	}
	return ""
}

// contains reports whether a text has a name that is no part of a longer one.
func contains(text, name string) bool {
	for rest := text; ; {
		at := strings.Index(rest, name)
		if at < 0 {
			return false
		}
		after := rest[at+len(name):]
		if (at == 0 || !wordByte(rest[at-1])) && (after == "" || !wordByte(after[0])) {
			return true
		}
		rest = after
	}
}

func wordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// sent are the features of a request.
func (c *Client) sent(req llm.Request, without []string) []string {
	var all []string
	if c.streams(without) {
		all = append(all, featureUsage, featureStream)
	}
	if req.ToolChoice == llm.ToolsNone {
		all = append(all, featureToolChoice)
	}
	if bound := c.boundField(req.Model, without); c.options.MaxTokensField == "" && bound != "" {
		all = append(all, bound)
	}
	if c.marks(req.Model) != markNone {
		all = append(all, featureCache)
	}
	if c.cacheKey(req) != "" {
		all = append(all, featureCacheKey)
	}
	if c.options.Echo == EchoAuto || c.options.Echo == "" {
		for _, name := range echoed(req.Messages) {
			all = append(all, echoPrefix+name)
		}
	}
	return slices.DeleteFunc(all, func(f string) bool { return slices.Contains(without, f) })
}
