package scripted

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

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
	name := unknown(q.fields, "model", "audio", "frequency_penalty", "function_call", "functions",
		"logit_bias",
		"logprobs", "max_completion_tokens", "max_tokens", "metadata", "modalities", "n",
		"parallel_tool_calls",
		"prediction", "presence_penalty", "prompt_cache_key", "prompt_cache_retention",
		"reasoning_effort",
		"response_format", "safety_identifier", "seed", "service_tier", "stop", "store", "stream",
		"stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user",
		"verbosity",
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
	return &failure{param: "max_tokens", code: "unsupported_parameter", message: "Unsupported " +
		"parameter: " +
		"'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."}
}

func openaiTemperature(q *question) *failure {
	t := string(q.fields["temperature"])
	if t == "" || t == "1" || t == "null" || !openaiThinks.MatchString(baseName(q.model)) {
		return nil
	}
	return &failure{param: "temperature", code: "unsupported_value",
		message: fmt.Sprintf("Unsupported value: "+
			"'temperature' does not support %s with this model. Only the default (1) value is supported.",
			t)}
}

func openaiTools(q *question) *failure {
	effort := string(q.fields["reasoning_effort"])
	if len(q.tools()) == 0 || effort == `"none"` || !openaiLatest.MatchString(baseName(q.model)) {
		return nil
	}
	return &failure{param: "reasoning_effort",
		message: fmt.Sprintf("Function tools with reasoning_effort are "+
			"not supported for %s in /v1/chat/completions. To use function tools, use /v1/responses or set "+
			"reasoning_effort to 'none'.", baseName(q.model))}
}

func openaiPairs(q *question) *failure {
	t, ids := unanswered(q.dialogue())
	if len(ids) == 0 {
		return nil
	}
	return &failure{param: fmt.Sprintf("messages.[%d].role", t.at+1),
		message: "An assistant message with " +
			"'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The " +
			"following " +
			"tool_call_ids did not have response messages: " + strings.Join(ids, ", ")}
}

func openaiOrphans(q *question) *failure {
	t, found := orphan(q.dialogue())
	if !found {
		return nil
	}
	return &failure{
		param: fmt.Sprintf("messages.[%d].role", t.at),
		message: "Invalid parameter: messages with role 'tool' must be a response " +
			"to a preceeding message with 'tool_calls'.", //nolint:misspell // as the server writes it
	}
}

func openaiNames(q *question) *failure {
	t, i, _, found := misnamed(q.dialogue(),
		func(c block) bool { return plainName.MatchString(c.Name) })
	if !found {
		return nil
	}
	return openaiPattern(fmt.Sprintf("messages[%d].tool_calls[%d].function.name", t.at, i))
}

func openaiPattern(param string) *failure {
	return &failure{param: param, code: "invalid_value",
		message: fmt.Sprintf("Invalid '%s': string does not "+
			"match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", param)}
}

const openaiLongest = 40 // characters of the id of a call

func openaiIDs(q *question) *failure {
	t, i, c, found := misnamed(q.dialogue(), func(c block) bool { return len(c.ID) <= openaiLongest })
	if !found {
		return nil
	}
	param := fmt.Sprintf("messages[%d].tool_calls[%d].id", t.at, i)
	return &failure{param: param, code: "string_above_max_length",
		message: fmt.Sprintf("Invalid '%s': string "+
			"too long. Expected a string with maximum length 40, but got a string with length %d instead.",
			param, len(c.ID))}
}
