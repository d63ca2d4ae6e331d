package scripted

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Pieces of requests for the table below.
const (
	toolsChat      = `"tools":[{"type":"function","function":{"name":"t","parameters":{}}}],`
	toolsMessages  = `"max_tokens":9,"tools":[{"name":"t","input_schema":{}}],`
	toolsResponses = `"tools":[{"type":"function","name":"t","parameters":{}}],"store":false,`

	system  = `{"role":"system","content":"s"},`
	user    = `{"role":"user","content":"x"},`
	called  = `{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"t","arguments":"{}"}}]},`
	mistral = `{"role":"assistant","content":"","tool_calls":[{"id":"abcdefgh1","type":"function","function":{"name":"t","arguments":"{}"}}]},`
	result  = `{"role":"tool","tool_call_id":"c","content":"r"},`
	result1 = `{"role":"tool","tool_call_id":"abcdefgh1","content":"r"},`

	usedTool = `{"role":"assistant","content":[{"type":"tool_use","id":"u","name":"t","input":{}}]},`
	answer   = `{"role":"user","content":[{"type":"tool_result","tool_use_id":"u","content":"r"}]},`
	thinkOn  = `"thinking":{"type":"enabled","budget_tokens":8},`

	itemUser   = `{"role":"user","content":"x"},`
	itemReason = `{"type":"reasoning","id":"rs_0123456789abcdef","summary":[],"encrypted_content":"given"},`
	itemCall   = `{"type":"function_call","id":"fc_0123456789abcdef_0","call_id":"c","name":"t","arguments":"{}"},`
	itemOutput = `{"type":"function_call_output","call_id":"c","output":"r"},`
)

// requestOf puts a conversation, whose messages end with commas, into a request.
func requestOf(d *dialect, head string, conversation ...string) string {
	list := strings.TrimSuffix(strings.Join(conversation, ""), ",")
	if !strings.Contains(head, `"model"`) {
		head = `"model":"m",` + head
	}
	field := "messages"
	if d == responses {
		field = "input"
	}
	return fmt.Sprintf(`{%s"%s":[%s]}`, head, field, list)
}

type refusal struct {
	server  *manners
	dialect *dialect
	head    string
	said    string // the conversation
	status  int    // 0 is accepted
	message string // begins so
}

// refusals are requests and what is said to them. Where each refusal comes from
// stands with its check.
var refusals = []refusal{
	{geminiServer, chat, "", user + called, 400, "Please ensure that the number of function response parts"},
	{geminiServer, chat, "", system + user + called + result, 400,
		"Function call is missing a thought_signature in functionCall parts. This is required for tools to work " +
			"correctly, and missing thought_signature may lead to degraded model performance. Additional data, " +
			"function call `default_api:t` , position 2."},
	{geminiServer, chat, "", user + strings.Replace(called, `"type"`,
		`"extra_content":{"google":{"thought_signature":"sig0"}},"type"`, 1) + result, 400,
		"Corrupted thought signature."},
	{geminiServer, chat, "", user + called + result + user, 0, ""}, // an older turn
	{geminiServer, messages, "", user, 404, "strict: gemini does not serve /v1/messages"},

	{deepseekServer, chat, "", user + called, 400, "An assistant message with 'tool_calls' must be followed by"},
	{deepseekServer, chat, "", user + result, 400, "Messages with role 'tool' must be a response to a preceding"},
	{deepseekServer, chat, "", user + called + result, 400,
		"The `reasoning_content` in the thinking mode must be passed back to the API."},
	{deepseekServer, chat, "", user + called + result + user, 400, "The `reasoning_content` in the thinking mode"},
	{deepseekServer, chat, "", user + strings.Replace(called, `"content"`, `"reasoning_content":"","content"`, 1) +
		result, 0, ""},
	{deepseekServer, chat, `"thinking":{"type":"disabled"},`, user + called + result, 0, ""},
	{deepseekServer, chat, `"tool_choice":"none",`, user, 0, ""},
	{deepseekServer, chat, `"tool_choice":"required",`, user, 400, "Thinking mode does not support this tool_choice"},

	{mistralServer, chat, toolsChat, user + mistral + result1, 0, ""},
	{mistralServer, chat, `"seed":1,`, user, 422, "extra_forbidden body seed"},
	{mistralServer, chat, `"stream_options":{"include_usage":true},`, user, 422,
		"extra_forbidden body stream_options include_usage"},
	{mistralServer, chat, "", user + `{"role":"assistant","content":"y","reasoning_content":"z"},`, 422,
		"extra_forbidden body messages 1 assistant reasoning_content"},
	{mistralServer, chat, "", user + strings.Replace(mistral, `"type"`, `"extra_content":{},"type"`, 1) + result1, 422,
		"extra_forbidden body messages 1 assistant tool_calls 0 extra_content"},
	{mistralServer, chat, "", user + mistral + result1 + user, 400, "Unexpected role 'user' after role 'tool'"},
	{mistralServer, chat, "", user + `{"role":"assistant","content":""},` + user, 400,
		"Assistant message must have either content or tool_calls, but not none."},
	{mistralServer, chat, "", user + called + result, 400,
		"Tool call id was c but must be a-z, A-Z, 0-9, with a length of 9."},
	{mistralServer, chat, "", user + mistral + `{"role":"assistant","content":"y"},`, 400,
		"Not the same number of function calls and responses"},

	{openaiServer, chat, `"cache_control":{},`, user, 400, "Unrecognized request argument supplied: cache_control"},
	{openaiServer, chat, `"model":"gpt-5.1","max_tokens":9,`, user, 400, "Unsupported parameter: 'max_tokens' is not"},
	{openaiServer, chat, `"model":"o3","temperature":0,`, user, 400,
		"Unsupported value: 'temperature' does not support 0 with this model."},
	{openaiServer, chat, `"model":"gpt-5.6-sol",` + toolsChat, user, 400,
		"Function tools with reasoning_effort are not supported for gpt-5.6-sol in /v1/chat/completions."},
	{openaiServer, chat, `"model":"gpt-5.4","reasoning_effort":"none",` + toolsChat, user, 0, ""},
	{openaiServer, chat, `"model":"gpt-5.2",` + toolsChat, user, 0, ""},
	{openaiServer, chat, "", user + called + user, 400, "An assistant message with 'tool_calls' must be followed by " +
		"tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: c"},
	{openaiServer, chat, "", user + result, 400, "Invalid parameter: messages with role 'tool' must be a response to"},
	{openaiServer, chat, "", user + strings.Replace(called, `"name":"t"`, `"name":"t.u"`, 1) + result, 400,
		"Invalid 'messages[1].tool_calls[0].function.name': string does not match pattern."},
	{openaiServer, chat, "", user + strings.ReplaceAll(called+result, `"c"`, `"`+strings.Repeat("c", 41)+`"`), 400,
		"Invalid 'messages[1].tool_calls[0].id': string too long."},

	{openaiResponsesServer, responses, toolsResponses, itemUser + itemReason + itemCall + itemOutput, 0, ""},
	{openaiResponsesServer, responses, `"max_tokens":1,`, itemUser, 400, "Unsupported parameter: 'max_tokens'. In the"},
	{openaiResponsesServer, responses, toolsChat, itemUser, 400, "Missing required parameter: 'tools[0].name'."},
	{openaiResponsesServer, responses, `"previous_response_id":"resp_1",`, itemUser, 400,
		"Previous response with id 'resp_1' not found."},
	{openaiResponsesServer, responses, "", itemUser + strings.Replace(itemCall, "fc_0", "call_0", 1) + itemOutput, 400,
		"Invalid 'input[1].id': 'call_0123456789abcdef_0'. Expected an ID that begins with 'fc'."},
	{openaiResponsesServer, responses, "", itemUser + strings.Replace(itemReason, `"rs_0123456789abcdef"`, `""`, 1), 400,
		"Invalid 'input[1].id': ''. Expected an ID that contains letters"},
	{openaiResponsesServer, responses, "", itemUser + itemReason +
		strings.Replace(itemCall, `"name":"t"`, `"name":"t/u"`, 1) + itemOutput, 400,
		"Invalid 'input[2].name': string does not match pattern."},
	{openaiResponsesServer, responses, "", itemUser + itemCall + itemOutput, 400,
		"Item 'fc_0123456789abcdef_0' of type 'function_call' was provided without its required 'reasoning' item: " +
			"'rs_0123456789abcdef'."},
	{openaiResponsesServer, responses, "", itemUser +
		strings.Replace(itemReason, `"given"`, "null", 1) + itemCall + itemOutput, 404,
		"Item with id 'rs_0123456789abcdef' not found. Items are not persisted when `store` is set to false."},
	{openaiResponsesServer, responses, "", itemUser +
		strings.Replace(itemReason, `"given"`, `"forged"`, 1) + itemCall + itemOutput, 400,
		"The encrypted content for item rs_0123456789abcdef could not be verified."},
	{openaiResponsesServer, responses, "", itemUser + itemReason + itemUser, 400,
		"Item 'rs_0123456789abcdef' of type 'reasoning' was provided without its required following item."},
	{openaiResponsesServer, responses, "", itemUser + itemReason + itemCall, 400,
		"No tool output found for function call c."},
	{openaiResponsesServer, responses, "", itemUser + itemOutput, 400,
		"No tool call found for function call output with call_id c."},
	{openaiResponsesServer, chat, "", user, 404, "strict: openai-responses does not serve /v1/chat/completions"},

	{anthropicServer, messages, toolsMessages, user + usedTool + answer, 0, ""},
	{anthropicServer, messages, "", user, 400, "max_tokens: Field required"},
	{anthropicServer, messages, `"max_tokens":9,`, usedTool + answer, 400, "messages: first message must use the"},
	{anthropicServer, messages, `"max_tokens":9,"seed":1,`, user, 400, "seed: Extra inputs are not permitted"},
	{anthropicServer, messages, `"max_tokens":9,`, user + system, 400, "messages.1.role: Input should be 'user' or"},
	{anthropicServer, messages, `"max_tokens":9,`, `{"role":"user","content":"x","name":"n"},`, 400,
		"messages.0.name: Extra inputs are not permitted"},
	{anthropicServer, messages, toolsMessages, user + strings.Replace(usedTool, "{}", `"{"`, 1) + answer, 400,
		"messages.1.content.0.tool_use.input: Input should be a valid dictionary"},
	{anthropicServer, messages, `"max_tokens":9,`, `{"role":"user","content":[]},` + user, 400,
		"messages.0: all messages must have non-empty content"},
	{anthropicServer, messages, `"max_tokens":9,`, `{"role":"user","content":""},`, 400,
		"messages: text content blocks must be non-empty"},
	{anthropicServer, messages, `"max_tokens":9,`,
		`{"role":"user","content":[{"type":"text","text":"","cache_control":{"type":"ephemeral"}}]},`, 400,
		"messages.0.content.0.text: cache_control cannot be set for empty text blocks"},
	{anthropicServer, messages, `"max_tokens":9,`, `{"role":"user","content":" \n"},`, 400,
		"messages: text content blocks must contain non-whitespace text"},
	{anthropicServer, messages, `"max_tokens":9,"system":[{"type":"text","text":"s","cache_control":{}}],`,
		strings.Repeat(`{"role":"user","content":[{"type":"text","text":"x","cache_control":{}}]},`, 4), 400,
		"A maximum of 4 blocks with cache_control may be provided. Found 5."},
	{anthropicServer, messages, thinkOn + `"temperature":0.5,"max_tokens":9,`, user, 400,
		"`temperature` may only be set to 1 when thinking is enabled."},
	{anthropicServer, messages, thinkOn + `"tool_choice":{"type":"any"},` + toolsMessages, user, 400,
		"Thinking may not be enabled when tool_choice forces tool use."},
	{anthropicServer, messages, thinkOn + `"max_tokens":8,`, user, 400,
		"`max_tokens` must be greater than `thinking.budget_tokens`."},
	{anthropicServer, messages, toolsMessages, user + strings.Replace(usedTool+answer, `"u"`, `"u:0"`, 2), 400,
		"messages.1.content.0.tool_use.id: String should match pattern"},
	{anthropicServer, messages, toolsMessages, user + strings.Replace(usedTool, `"t"`, `"t.u"`, 1) + answer, 400,
		"messages.1.content.0.tool_use.name: String should match pattern"},
	{anthropicServer, messages, `"max_tokens":9,`, user + usedTool + answer, 400,
		"Requests which include `tool_use` or `tool_result` blocks must define tools"},
	{anthropicServer, messages, toolsMessages, user + usedTool + answer + usedTool + answer, 400,
		"messages: `tool_use` ids must be unique"},
	{anthropicServer, messages, toolsMessages, user + usedTool + user, 400, "messages.1: `tool_use` ids were found without"},
	{anthropicServer, messages, toolsMessages, user + usedTool + `{"role":"user","content":[{"type":"text","text":"x"},` +
		`{"type":"tool_result","tool_use_id":"u","content":"r"}]},`, 400, "messages.1: `tool_use` ids were found"},
	{anthropicServer, messages, toolsMessages, user + answer, 400,
		"messages.1.content.0: unexpected `tool_use_id` found in `tool_result` blocks: u."},
	{anthropicServer, messages, thinkOn + toolsMessages, user + usedTool + answer, 400,
		"messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."},
	{anthropicServer, messages, toolsMessages, user + strings.Replace(usedTool, `{"type"`,
		`{"type":"thinking","thinking":"changed","signature":"sig0"},{"type"`, 1) + answer, 400,
		"messages.1.content.0: Invalid `signature` in `thinking` block"},
	{anthropicServer, messages, `"max_tokens":9,`, user + `{"role":"assistant","content":"y"},`, 400,
		"This model does not support assistant message prefill."},
	{anthropicServer, chat, toolsChat, user + called, 400, "messages.1: `tool_use` ids were found without"},
	{anthropicServer, chat, "", user + called + result, 400, "Requests which include `tool_use` or `tool_result`"},
	{anthropicServer, chat, toolsChat, user + called + result, 0, ""},
}

// Strict servers say what the real ones say, and every check of theirs is in the
// table.
func TestStrict(t *testing.T) {
	t.Parallel()
	fired := map[*manners]map[int]bool{}
	for _, m := range strictServers {
		fired[m] = map[int]bool{}
	}
	for i, r := range refusals {
		s, err := Parse("s", []byte("rules: [{say: given}]"))
		if err != nil {
			t.Fatal(err)
		}
		s.strict = r.server
		body := requestOf(r.dialect, r.head, r.said)
		_, err = New(s, Options{}).decide(r.dialect, []byte(body), http.Header{})
		var refused *refusedError
		switch {
		case r.status == 0 && err != nil:
			t.Errorf("%d, %s: %s\nrefused: %v", i, r.server.name, body, err)
		case r.status == 0:
		case !errors.As(err, &refused):
			t.Errorf("%d, %s: %s\n%v, want %s", i, r.server.name, body, err, r.message)
		case refused.status != r.status || !strings.HasPrefix(refusedWords(refused.failure), r.message):
			t.Errorf("%d, %s: %s\n%d %s, want %d %s", i, r.server.name, body,
				refused.status, refusedWords(refused.failure), r.status, r.message)
		}
		r.mark(t, s, body, fired[r.server])
	}
	for _, m := range strictServers {
		for i, c := range m.checks {
			covered := fired[m][i] || m == openaiServer && i >= len(openaiChecks) // those of openai-responses
			if !covered || !strings.HasPrefix(c.source, "https://") {
				t.Errorf("%s, check %d (%s): no row of the table", m.name, i, c.source)
			}
		}
	}
}

// mark notes which check refuses the request.
func (r refusal) mark(t *testing.T, s *Script, body string, fired map[int]bool) {
	t.Helper()
	parsed, err := r.dialect.scan([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	q := s.ask(r.dialect, parsed, nil)
	for i, c := range r.server.checks {
		if (c.dialects == nil || c.dialects[0] == r.dialect) && c.find(q) != nil {
			fired[i] = true
			return
		}
	}
}

// refusedWords is the message of a refusal, or what its detail points at.
func refusedWords(f failure) string {
	list, ok := f.detail.([]any)
	if !ok {
		return f.message
	}
	d, ok := list[0].(doc)
	if !ok {
		return ""
	}
	return d["type"].(string) + " " + strings.Trim(fmt.Sprint(d["loc"]), "[]")
}

// The bodies of refusals have the form of their servers.
func TestRefusalBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		strict, path, body, want string
	}{
		{"gemini", chat.path, requestOf(chat, "", user+called), `400 Bad Request, application/json
[{"error":{"code":400,"message":"Please ensure that the number of function response parts is equal to ` +
			`the number of function call parts of the function call turn.","status":"INVALID_ARGUMENT"}}]`},
		{"deepseek", chat.path, requestOf(chat, "", user+called+result), `400 Bad Request, application/json
{"error":{"code":"invalid_request_error","message":"The ` + "`reasoning_content`" + ` in the thinking mode ` +
			`must be passed back to the API.","param":null,"type":"invalid_request_error"}}`},
		{"mistral", chat.path, requestOf(chat, `"seed":1,`, user), `422 Unprocessable Entity, application/json
{"code":null,"message":{"detail":[{"input":1,"loc":["body","seed"],"msg":"Extra inputs are not permitted",` +
			`"type":"extra_forbidden"}]},"object":"error","param":null,"type":"invalid_request_error"}`},
		{"anthropic", messages.path, requestOf(messages, "", user), `400 Bad Request, application/json
{"error":{"message":"max_tokens: Field required","type":"invalid_request_error"},"type":"error"}`},
		{"openai-responses", responses.path, requestOf(responses, "", itemUser+itemOutput),
			`400 Bad Request, application/json
{"error":{"code":null,"message":"No tool call found for function call output with call_id c.",` +
				`"param":"input","type":"invalid_request_error"}}`},
	} {
		server, url := start(t, "strict: "+c.strict+"\nrules: [{say: x}]")
		if got := exchange(t, url+c.path, c.body); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.strict, got, c.want)
		}
		if l := server.Ledger(); l.Faults["refused"] != 1 || l.Calls != 0 {
			t.Errorf("%s: ledger %+v", c.strict, l)
		}
	}
}

// A conversation that gives back what it was given is accepted by every server.
func TestStrictAcceptsEchoes(t *testing.T) {
	t.Parallel()
	for _, m := range strictServers {
		for _, d := range m.dialects {
			t.Run(m.name+" "+d.name, func(t *testing.T) {
				t.Parallel()
				_, url := start(t, "strict: "+m.name+`
rules:
  - {when: {turn: 4}, say: done}
  - calls: [{tool: t, arguments: {n: 1}}, {tool: t}]`)
				echo(t, d, url+d.path)
			})
		}
	}
}

func echo(t *testing.T, d *dialect, url string) {
	t.Helper()
	head := map[*dialect]string{
		chat: toolsChat, messages: thinkOn + toolsMessages,
		responses: toolsResponses + `"include":["reasoning.encrypted_content"],`,
	}[d]
	conversation := `{"role":"user","content":"x"},`
	for turn := 1; turn <= 4; turn++ {
		status, raw, found := strings.Cut(exchange(t, url, requestOf(d, head, conversation)), "\n")
		if !found || !strings.HasPrefix(status, "200") {
			t.Fatalf("turn %d: %s\n%s\n%s", turn, status, raw, conversation)
		}
		conversation += echoed(t, d, raw)
	}
}

// echoed is an answer as it goes back, and the results of its calls.
func echoed(t *testing.T, d *dialect, raw string) string {
	t.Helper()
	var a struct {
		Choices []struct{ Message json.RawMessage }
		Content []json.RawMessage
		Output  []json.RawMessage
	}
	if err := json.Unmarshal([]byte(raw), &a); err != nil {
		t.Fatal(err)
	}
	switch d {
	case messages:
		b := mustMarshal(a.Content)
		var results []string
		for _, u := range takeApart(0, fmt.Appendf(nil, `{"role":"assistant","content":%s}`, b)).of("tool_use") {
			results = append(results, fmt.Sprintf(`{"type":"tool_result","tool_use_id":%q,"content":"r"}`, u.ID))
		}
		return fmt.Sprintf(`{"role":"assistant","content":%s},{"role":"user","content":[%s]},`, b,
			strings.Join(results, ","))
	case responses:
		out := ""
		for _, raw := range a.Output {
			var i item
			if err := json.Unmarshal(raw, &i); err != nil {
				t.Fatal(err)
			}
			out += string(raw) + ","
			if i.Type == "function_call" {
				out += fmt.Sprintf(`{"type":"function_call_output","call_id":%q,"output":"r"},`, i.CallID)
			}
		}
		return out
	}
	out := string(a.Choices[0].Message) + ","
	for _, c := range takeApart(0, a.Choices[0].Message).of("tool_use") {
		out += fmt.Sprintf(`{"role":"tool","tool_call_id":%q,"content":"r"},`, c.ID)
	}
	return out
}

// Mistral's streams report their usage unasked, in the last chunk.
func TestMistralStreamsReportUsage(t *testing.T) {
	t.Parallel()
	_, url := start(t, "strict: mistral\nrules: [{say: x, usage: {input: 7}}]")
	got := exchange(t, url+chat.path, requestOf(chat, `"stream":true,`, user))
	if !strings.Contains(got, `"finish_reason":"stop"`) || strings.Count(got, `"prompt_tokens":7`) != 1 ||
		strings.Contains(got, `"choices":[]`) {
		t.Error(got)
	}
}
