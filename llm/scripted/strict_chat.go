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
func bad(format string, args ...any) *failure { return &failure{message: fmt.Sprintf(format, args...)} }

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
			return bad("Function call is missing a thought_signature in functionCall parts. This is required "+
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
var geminiDummies = []string{"context_engineering_is_the_way_to_go", "skip_thought_signature_validator"}

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
		return &failure{code: "invalid_request_error", message: "An assistant message with 'tool_calls' must " +
			"be followed by tool messages responding to each 'tool_call_id'. (insufficient tool messages " +
			"following tool_calls message)"}
	}
	if _, found := orphan(q.dialogue()); found { // https://github.com/FoundationAgents/OpenManus/issues/744
		return &failure{code: "invalid_request_error", message: "Messages with role 'tool' must be a response " +
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
			return &failure{code: "invalid_request_error", message: "The `reasoning_content` in the thinking " +
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
	return &failure{code: "invalid_request_error", message: "Thinking mode does not support this tool_choice"}
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
	name: "mistral", dialects: []*dialect{chat}, body: mistralBody, callID: mistralID,
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
	fields := map[string]json.RawMessage{}
	for name, raw := range q.fields {
		fields[name] = raw
	}
	name := unknown(fields, "model", "max_tokens", "temperature", "top_p", "stream", "stream_options", "stop",
		"random_seed", "metadata", "response_format", "tools", "tool_choice", "presence_penalty",
		"frequency_penalty", "n", "prediction", "parallel_tool_calls", "prompt_mode", "reasoning_effort",
		"safe_prompt", "guardrails")
	if name == "" {
		return nil
	}
	return extraInput(fields[name], name)
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
		said := slices.ContainsFunc(t.blocks, func(b block) bool { return b.Type != "text" || b.Text != "" })
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

// openaiServer is OpenAI, chat completions and Responses.
var openaiServer = &manners{
	name: "openai", dialects: []*dialect{chat, responses}, dress: dressResponses,
	checks: append(slices.Clone(openaiChecks), responsesChecks...),
}

// openaiResponsesServer is the same where everything goes through Responses.
var openaiResponsesServer = &manners{
	name: "openai-responses", dialects: []*dialect{responses}, dress: dressResponses,
	checks: responsesChecks,
}

var openaiChecks = []check{
	{"https://github.com/xlinx/sd-webui-decadetw-auto-prompt-llm/issues/29", onChat, openaiArguments},
	{"https://github.com/fish2018/YPrompt/issues/26", onChat, openaiMaxTokens},
	{"https://github.com/decolua/9router/issues/560", onChat, openaiTemperature},
	{"https://github.com/BerriAI/litellm/pull/34569", onChat, openaiTools},
	{"https://github.com/BerriAI/litellm/issues/10083", onChat, openaiPairs},
	{"https://github.com/openai/openai-go/issues/43", onChat, openaiOrphans},
	{"https://github.com/brekkylab/ailoy/pull/109", onChat, openaiNames},
	{"https://github.com/vercel/ai/issues/5171", onChat, openaiIDs},
}

var onChat = []*dialect{chat}

// openaiArguments: https://platform.openai.com/docs/api-reference/chat/create
func openaiArguments(q *question) *failure {
	fields := map[string]json.RawMessage{}
	for name, raw := range q.fields {
		fields[name] = raw
	}
	name := unknown(fields, "model", "audio", "frequency_penalty", "function_call", "functions", "logit_bias",
		"logprobs", "max_completion_tokens", "max_tokens", "metadata", "modalities", "n", "parallel_tool_calls",
		"prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention", "reasoning_effort",
		"response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream",
		"stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity",
		"web_search_options")
	if name == "" {
		return nil
	}
	return bad("Unrecognized request argument supplied: %s", name)
}

var (
	openaiThinks = regexp.MustCompile(`^(o[134]|gpt-[56])`)
	openaiLatest = regexp.MustCompile(`^gpt-(5\.([4-9]|\d\d)|[6-9])`)
)

func baseName(model string) string { return model[strings.LastIndexByte(model, '/')+1:] }

func openaiMaxTokens(q *question) *failure {
	if q.fields["max_tokens"] == nil || !openaiThinks.MatchString(baseName(q.model)) {
		return nil
	}
	return &failure{param: "max_tokens", code: "unsupported_parameter", message: "Unsupported parameter: " +
		"'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."}
}

func openaiTemperature(q *question) *failure {
	t := string(q.fields["temperature"])
	if t == "" || t == "1" || t == "null" || !openaiThinks.MatchString(baseName(q.model)) {
		return nil
	}
	return &failure{param: "temperature", code: "unsupported_value", message: fmt.Sprintf("Unsupported value: "+
		"'temperature' does not support %s with this model. Only the default (1) value is supported.", t)}
}

func openaiTools(q *question) *failure {
	effort := string(q.fields["reasoning_effort"])
	if len(q.tools()) == 0 || effort == `"none"` || !openaiLatest.MatchString(baseName(q.model)) {
		return nil
	}
	return &failure{param: "reasoning_effort", message: fmt.Sprintf("Function tools with reasoning_effort are "+
		"not supported for %s in /v1/chat/completions. To use function tools, use /v1/responses or set "+
		"reasoning_effort to 'none'.", baseName(q.model))}
}

func openaiPairs(q *question) *failure {
	t, ids := unanswered(q.dialogue())
	if len(ids) == 0 {
		return nil
	}
	return &failure{param: fmt.Sprintf("messages.[%d].role", t.at+1), message: "An assistant message with " +
		"'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following " +
		"tool_call_ids did not have response messages: " + strings.Join(ids, ", ")}
}

func openaiOrphans(q *question) *failure {
	t, found := orphan(q.dialogue())
	if !found {
		return nil
	}
	return &failure{param: fmt.Sprintf("messages.[%d].role", t.at), message: "Invalid parameter: messages " +
		"with role 'tool' must be a response to a preceeding message with 'tool_calls'."}
}

func openaiNames(q *question) *failure {
	t, i, _, found := misnamed(q.dialogue(), func(c block) bool { return plainName.MatchString(c.Name) })
	if !found {
		return nil
	}
	return openaiPattern(fmt.Sprintf("messages[%d].tool_calls[%d].function.name", t.at, i))
}

func openaiPattern(param string) *failure {
	return &failure{param: param, code: "invalid_value", message: fmt.Sprintf("Invalid '%s': string does not "+
		"match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", param)}
}

const openaiLongest = 40 // characters of the id of a call

func openaiIDs(q *question) *failure {
	t, i, c, found := misnamed(q.dialogue(), func(c block) bool { return len(c.ID) <= openaiLongest })
	if !found {
		return nil
	}
	param := fmt.Sprintf("messages[%d].tool_calls[%d].id", t.at, i)
	return &failure{param: param, code: "string_above_max_length", message: fmt.Sprintf("Invalid '%s': string "+
		"too long. Expected a string with maximum length 40, but got a string with length %d instead.",
		param, len(c.ID))}
}
