package anthropic

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench/llm"
)

// thinking is how a model is asked to think:
// platform.claude.com/docs/en/build-with-claude/thinking
type thinking struct {
	Type   string `json:"type"`
	Budget int64  `json:"budget_tokens,omitempty"`
}

type outputConfig struct {
	Effort string `json:"effort"`
}

// minBudget is the smallest budget for thoughts, in tokens.
const minBudget = 1024

// shares are the parts of max_tokens that an effort gives to thoughts where the
// model wants a budget, in percent:
// openrouter.ai/docs/guides/best-practices/reasoning-tokens
var shares = map[string]int64{
	"minimal": 10, "low": 20, "medium": 50, "high": 80, "xhigh": 95, "max": 95,
}

// reasoning says how to ask a model for the effort of a request; "" leaves it to the model.
//
// Claude since 4.6 decides for itself how long it thinks, guided by
// output_config.effort, and has no level below low; before, and with models of
// others, thoughts have a budget, which is part of max_tokens. Where there is no
// room for the smallest one the model does not think.
func reasoning(req llm.Request) (*thinking, *outputConfig) {
	model, effort := req.Model, req.ReasoningEffort
	switch {
	case effort == "":
		return nil, nil
	case effort == "none" && strings.Contains(model, "sonnet-5-5"):
		// platform.claude.com/docs/en/models/sonnet-5-5/migration-guide
		return &thinking{Type: "between_tools"}, nil
	case effort == "none":
		return &thinking{Type: "disabled"}, nil
	case adaptive(model) && effort == "minimal":
		return &thinking{Type: "adaptive"}, &outputConfig{"low"}
	case adaptive(model):
		return &thinking{Type: "adaptive"}, &outputConfig{effort}
	case req.MaxOutputTokens <= minBudget:
		return nil, nil
	}
	return &thinking{Type: "enabled", Budget: budget(req)}, nil
}

// room is the least share of max_tokens that a budget must fit into, in percent.
const room = 80

// budget is how many tokens of thoughts a request allows. Another one than in the request
// before makes the provider read all messages anew, at the price of writing its cache:
// platform.claude.com/docs/en/build-with-claude/prompt-caching#what-invalidates-the-cache
// So it is a share of the usual bound on output, and where money or the window leave less,
// it is halved until it fits rather than lowered each time.
func budget(req llm.Request) int64 {
	share := shares[req.ReasoningEffort]
	tokens := max(req.UsualOutput, req.MaxOutputTokens) * share / 100
	for tokens > req.MaxOutputTokens*max(share, room)/100 {
		tokens /= 2
	}
	return max(minBudget, tokens)
}

// claude finds the version in the names of Claude models: claude-opus-4-5,
// claude-3-7-sonnet-20250219, anthropic.claude-sonnet-4-6-v1, claude-4.7-opus.
var claude = regexp.MustCompile(`claude-(?:[a-z]+-)*(\d)(?:[-.](\d{1,2})(?:\D|$))?`)

// adaptive reports whether a model thinks as it sees fit. Names of Claude
// without a version are aliases of the newest.
func adaptive(model string) bool {
	if !strings.Contains(model, "claude") {
		return false
	}
	version := claude.FindStringSubmatch(model)
	if version == nil {
		return true
	}
	major, _ := strconv.Atoi(version[1]) // digits
	minor, _ := strconv.Atoi(version[2]) // digits or nothing
	return major > 4 || major == 4 && minor >= 6
}

// mayNotThink reports whether a model that thinks by a budget may not be asked to: the
// last answer that called tools, since the user spoke, must begin with its thought then,
// and another model gave it, or this one when it was not asked either:
// platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
func mayNotThink(req llm.Request) bool {
	t, _ := reasoning(req)
	if t == nil || t.Budget == 0 {
		return false
	}
	for _, m := range slices.Backward(req.Messages) {
		switch {
		case m.Role == "user":
			return false
		case isAssistant(m) && len(m.ToolCalls) > 0:
			return !thoughtful(m)
		}
	}
	return false
}

// thoughtful reports whether an answer begins with a thought.
func thoughtful(m *llm.Message) bool {
	var first struct{ Type string }
	blocks := json.NewDecoder(bytes.NewReader(m.Native(protocol, encodeBlocks)))
	return blocks.Decode(&first) == nil && strings.HasSuffix(first.Type, "thinking")
}
