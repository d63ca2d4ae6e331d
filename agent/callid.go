package agent

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bench/llm"
)

// callIDs gives every tool call of a conversation an id that no other has.
// Models repeat ids and leave them out; an observation must answer exactly one
// call, and most providers refuse a conversation in which an id occurs twice.
type callIDs struct {
	used  map[string]bool
	fit   *regexp.Regexp // ids that may stay as they are
	calls int            // so far
}

// The ids that servers take. An id that fits stays as it is: it belongs to the
// provider, and some carry a meaning.
var (
	// Anthropic takes these characters (github.com/HKUDS/nanobot/pull/4356), and
	// OpenAI no more than 40 of them (github.com/Portkey-AI/gateway/issues/1062).
	fitID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`)
	// Mistral: github.com/anomalyco/opencode/issues/1680.
	mistralID = regexp.MustCompile(`^[a-zA-Z0-9]{9}$`)
	// Kimi K2 reads the name of the function out of the id:
	// github.com/sgl-project/sglang/pull/33343.
	kimiID      = regexp.MustCompile(`^(?:[a-zA-Z0-9_-]{1,40}|(?:functions\.)?[a-zA-Z0-9_-]+:\d+)$`)
	kimiOrdinal = regexp.MustCompile(`^((?:functions\.)?[a-zA-Z0-9_-]+:)(\d+)$`)
)

// thoughtMark stands in ids in which LiteLLM hides a thought signature of
// Gemini's, which must come back: github.com/BerriAI/litellm/pull/16895.
const thoughtMark = "__thought__"

var mistralModels = []string{
	"mistral", "mixtral", "devstral", "codestral", "magistral", "ministral", "pixtral",
}

func (r reader) callIDs(before []*llm.Message) *callIDs {
	ids := &callIDs{used: map[string]bool{}, fit: fitID}
	switch model := strings.ToLower(r.model.Model); {
	case strings.Contains(model, "kimi"):
		ids.fit = kimiID
	case containsAny(model, mistralModels):
		ids.fit = mistralID
	}
	for _, m := range before {
		for _, c := range m.ToolCalls {
			ids.used[c.ID] = true
			ids.calls++
		}
	}
	return ids
}

// take returns the id of the next call: the one that it came with, if that can
// stay. An id of our own is nine letters and digits, which everybody takes.
func (ids *callIDs) take(id string) string {
	stays := ids.fit.MatchString(id) || strings.Contains(id, thoughtMark)
	if !stays || ids.used[id] {
		id = ids.next(id)
	}
	ids.used[id] = true
	ids.calls++
	return id
}

func (ids *callIDs) next(id string) string {
	form, n := "call%05d", ids.calls+1
	if m := kimiOrdinal.FindStringSubmatch(id); m != nil && ids.fit == kimiID {
		form = m[1] + "%d"
		n, _ = strconv.Atoi(m[2]) // of digits; one that is too large is followed by its bound
	}
	for ; ; n++ {
		if id = fmt.Sprintf(form, n); !ids.used[id] {
			return id
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
