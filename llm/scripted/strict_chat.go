package scripted

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// bad is a refusal with status 400.
func bad(format string, args ...any) *failure {
	return &failure{message: fmt.Sprintf(format, args...)}
}

// geminiServer is Gemini behind its OpenAI-compatible endpoint.
var geminiServer = &manners{
	name: "gemini", dialects: []*dialect{chat}, dress: dressGemini, body: geminiBody,
	checks: []check{
		{source: "https://github.com/google-gemini/gemini-cli/issues/16984", find: geminiResults},
		{source: "https://ai.google.dev/gemini-api/docs/thought-signatures", find: geminiSignatures},
	},
}

// geminiBody is a list around the error, as the endpoint sends it:
// https://github.com/manthanabc/paws/issues/103
func geminiBody(f failure) any {
	return []any{doc{"error": doc{
		"code": f.status, "message": f.message, "status": "INVALID_ARGUMENT",
	}}}
}

func geminiResults(q *question) *failure {
	if _, ids := unanswered(q.dialogue()); len(ids) > 0 {
		return bad("Please ensure that the number of function response parts is equal to the number of " +
			"function call parts of the function call turn.")
	}
	return nil
}

// geminiSignatures wants the signature of the first call of each step of the
// turn, as it was. Older turns may do without.
func geminiSignatures(q *question) *failure {
	turns := q.dialogue()
	for _, t := range sinceUser(turns) {
		calls := t.of("tool_use")
		if len(calls) == 0 {
			continue
		}
		switch s := thoughtSignature(calls[0]); {
		case s == "":
			return bad("Function call is missing a thought_signature in functionCall parts. This is "+
				"required "+
				"for tools to work correctly, and missing thought_signature may lead to degraded model "+
				"performance. Additional data, function call `default_api:%s` , position %d. Please refer to "+
				"https://ai.google.dev/gemini-api/docs/thought-signatures for more details.",
				calls[0].Name, geminiPosition(turns, t.at))
		case !slices.Contains(geminiDummies, s) && !q.knows(s, geminiSeal):
			return bad("Corrupted thought signature.") // .../gemini-cli/issues/13467
		}
	}
	return nil
}

// geminiDummies are what stands for a signature where there never was one.
var geminiDummies = []string{"context_engineering_is_the_way_to_go",
	"skip_thought_signature_validator"}

const geminiSeal = "call"

func thoughtSignature(c block) string {
	var e struct {
		Google struct {
			Signature string `json:"thought_signature"`
		}
	}
	_ = json.Unmarshal(c.extra["extra_content"], &e) // what is no object has none
	return e.Google.Signature
}

// geminiPosition counts as Gemini does: from 1, without system messages, results
// of one step as one.
func geminiPosition(turns []turn, at int) int {
	n, before := 0, ""
	for _, t := range turns[:at+1] {
		if t.role != "system" && t.role != "developer" && !(t.role == "tool" && before == "tool") {
			n++
		}
		before = t.role
	}
	return n
}

func dressGemini(r *reply, _ *question) {
	if len(r.calls) == 0 || r.calls[0].extra["extra_content"] != nil {
		return
	}
	r.calls[0].extra = merge(without(r.calls[0].extra), doc{"extra_content": doc{
		"google": doc{"thought_signature": sign(r.conversation, geminiSeal)},
	}})
}

// deepseekServer is DeepSeek with its thinking mode, which is on by itself.
var deepseekServer = &manners{
	name: "deepseek", dialects: []*dialect{chat}, dress: dressDeepSeek,
	checks: []check{
		{source: "https://github.com/agno-agi/agno/issues/3105", find: deepseekPairs},
		{source: "https://api-docs.deepseek.com/guides/thinking_mode", find: deepseekReasoning},
		{source: "https://github.com/deepseek-ai/DeepSeek-V3/issues/1376", find: deepseekChoice},
	},
}

func deepseekThinks(q *question) bool {
	var t struct{ Type string }
	_ = json.Unmarshal(q.fields["thinking"], &t) // what is no object does not turn it off
	return t.Type != "disabled"
}

func deepseekPairs(q *question) *failure {
	if _, ids := unanswered(q.dialogue()); len(ids) > 0 {
		return &failure{code: "invalid_request_error",
			message: "An assistant message with 'tool_calls' must " +
				"be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages " +
				"following tool_calls message)"}
	}
	// https://github.com/FoundationAgents/OpenManus/issues/744
	if _, found := orphan(q.dialogue()); found {
		return &failure{code: "invalid_request_error",
			message: "Messages with role 'tool' must be a response " +
				"to a preceding message with 'tool_calls'"}
	}
	return nil
}

// deepseekReasoning wants the reasoning of every answer that called tools, and
// of the turn that is under way. It may be empty, but it must be there.
func deepseekReasoning(q *question) *failure {
	turns := q.dialogue()
	current := len(turns) - len(sinceUser(turns))
	for i, t := range turns {
		if t.role != "assistant" || i < current && len(t.of("tool_use")) == 0 {
			continue
		}
		if r, ok := t.fields["reasoning_content"]; deepseekThinks(q) && (!ok || string(r) == "null") {
			return &failure{code: "invalid_request_error",
				message: "The `reasoning_content` in the thinking " +
					"mode must be passed back to the API."}
		}
	}
	return nil
}

func deepseekChoice(q *question) *failure {
	choice := string(q.fields["tool_choice"])
	if !deepseekThinks(q) || slices.Contains([]string{"", "null", `"auto"`, `"none"`}, choice) {
		return nil
	}
	return &failure{code: "invalid_request_error",
		message: "Thinking mode does not support this tool_choice"}
}

// dressDeepSeek makes every answer think; each third thought is empty, as
// happens: https://github.com/anomalyco/opencode/issues/24083
func dressDeepSeek(r *reply, q *question) {
	if r.think == nil && deepseekThinks(q) {
		r.think = &spoken{text: strings.Repeat("I think.", min(1, q.turns%3))}
	}
}

// mistralServer is Mistral's own endpoint.
var mistralServer = &manners{
	name: "mistral", dialects: []*dialect{chat}, body: mistralBody, callID: mistralID, usage: "finish",
	checks: []check{
		{source: "https://github.com/editor-code-assistant/eca/issues/231", find: mistralFields},
		{source: "https://github.com/charmbracelet/crush/issues/1590", find: mistralMessageFields},
		{source: "https://github.com/BerriAI/litellm/issues/6323", find: mistralOrder},
		{source: "https://github.com/solbrowse/extension/issues/16", find: mistralSilence},
		{source: "https://github.com/editor-code-assistant/eca/issues/233", find: mistralIDs},
		{source: "https://github.com/mistralai/client-python/issues/234", find: mistralPairs},
	},
}

func mistralBody(f failure) any {
	var message any = f.message
	if f.detail != nil {
		message = doc{"detail": f.detail}
	}
	return doc{"object": "error", "message": message, "type": f.kind, "param": nil, "code": f.code}
}

// extraInput is how a field is refused that is not known.
func extraInput(value json.RawMessage, loc ...any) *failure {
	return &failure{status: 422, detail: []any{doc{
		"type": "extra_forbidden", "loc": append([]any{"body"}, loc...),
		"msg": "Extra inputs are not permitted", "input": value,
	}}}
}

// mistralFields: https://docs.mistral.ai/api/#tag/chat
func mistralFields(q *question) *failure {
	if options := q.fields["stream_options"]; strings.Contains(string(options), "include_usage") {
		// https://github.com/dnakov/anon-kode/issues/53; streams report their usage unasked
		return extraInput(json.RawMessage("true"), "stream_options", "include_usage")
	}
	name := unknown(q.fields, "model", "max_tokens", "temperature", "top_p", "stream",
		"stream_options", "stop",
		"random_seed", "metadata", "response_format", "tools", "tool_choice", "presence_penalty",
		"frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort",
		"safe_prompt", "guardrails")
	if name == "" {
		return nil
	}
	return extraInput(q.fields[name], name)
}

func mistralMessageFields(q *question) *failure {
	known := map[string][]string{
		"assistant": {"role", "content", "tool_calls", "prefix"},
		"tool":      {"role", "content", "tool_call_id", "name"},
	}
	for _, t := range q.dialogue() {
		fields := known[t.role]
		if fields == nil {
			fields = []string{"role", "content"}
		}
		if name := unknown(t.fields, fields...); name != "" {
			return extraInput(t.fields[name], "messages", t.at, t.role, name)
		}
		for i, c := range t.of("tool_use") {
			if name := unknown(c.extra, "id", "type", "function", "index"); name != "" {
				return extraInput(c.extra[name], "messages", t.at, t.role, "tool_calls", i, name)
			}
		}
	}
	return nil
}

func mistralOrder(q *question) *failure {
	before := ""
	for _, t := range q.dialogue() {
		if before == "tool" && t.role != "tool" && t.role != "assistant" {
			return &failure{kind: "invalid_request_message_order", code: "3230",
				message: fmt.Sprintf("Unexpected role '%s' after role 'tool'", t.role)}
		}
		before = t.role
	}
	return nil
}

func mistralSilence(q *question) *failure {
	for _, t := range q.dialogue() {
		said := slices.ContainsFunc(t.blocks,
			func(b block) bool { return b.Type != "text" || b.Text != "" })
		if t.role == "assistant" && !said {
			return bad("Assistant message must have either content or tool_calls, but not none.")
		}
	}
	return nil
}

var mistralForm = regexp.MustCompile(`^[a-zA-Z0-9]{9}$`)

func mistralIDs(q *question) *failure {
	fits := func(c block) bool { return mistralForm.MatchString(c.ID) }
	_, _, c, found := misnamed(q.dialogue(), fits)
	if !found {
		return nil
	}
	return &failure{kind: "invalid_function_call", code: "3280", message: fmt.Sprintf(
		"Tool call id was %s but must be a-z, A-Z, 0-9, with a length of 9.", word(c.ID, "null"))}
}

func mistralPairs(q *question) *failure {
	_, ids := unanswered(q.dialogue())
	if _, found := orphan(q.dialogue()); !found && len(ids) == 0 {
		return nil
	}
	return &failure{kind: "invalid_request_message_order", code: "3230",
		message: "Not the same number of function calls and responses"}
}

// mistralID is an id as Mistral makes them.
func mistralID(conversation uint64, turn, i int) string {
	h := mix(conversation, "call", strconv.Itoa(turn), strconv.Itoa(i))
	return fmt.Sprintf("%09s", strconv.FormatUint(h%uint64(1e14), 36))[:9]
}
