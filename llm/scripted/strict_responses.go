package scripted

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

var onResponses = []*dialect{responses}

var responsesChecks = []check{
	{"https://platform.openai.com/docs/api-reference/responses/create", onResponses, responsesMoved},
	{"https://platform.openai.com/docs/api-reference/responses/create", onResponses, responsesTools},
	{"https://platform.openai.com/docs/api-reference/responses/create", onResponses,
		responsesPrevious},
	{"https://github.com/continuedev/continue/issues/11494", onResponses, responsesIDs},
	{"https://github.com/brekkylab/ailoy/pull/109", onResponses, responsesNames},
	{"https://github.com/continuedev/continue/issues/10018", onResponses, responsesReasoning},
	{"https://github.com/vercel/ai/issues/7543", onResponses, responsesStored},
	{"https://github.com/openai/codex/issues/8145", onResponses, responsesEncrypted},
	{"https://github.com/continuedev/continue/issues/8933", onResponses, responsesFollowed},
	{"https://github.com/router-for-me/CLIProxyAPI/issues/2368", onResponses, responsesPairs},
	{"https://github.com/continuedev/continue/issues/10092", onResponses, responsesOrphans},
}

const encryptedSeal = "encrypted"

// dressResponses makes every answer to Responses think.
func dressResponses(r *reply, q *question) {
	if r.think == nil && q.dialect == responses {
		r.think = &spoken{encrypted: sign(r.conversation, encryptedSeal)}
	}
}

// item is an item of the input.
type item struct {
	Type      string
	Role      string
	ID        *string
	CallID    string  `json:"call_id"`
	Name      string  `json:"name"`
	Encrypted *string `json:"encrypted_content"`
}

func (i item) id() string {
	if i.ID == nil {
		return ""
	}
	return *i.ID
}

// spoken reports whether the item is of the model.
func (i item) spoken() bool {
	return i.Type == "function_call" || i.Type == "reasoning" || i.Role == "assistant"
}

func (q *question) items() []item {
	if q.input == nil {
		q.input = make([]item, len(q.elements))
		for i, raw := range q.elements {
			_ = json.Unmarshal(raw, &q.input[i]) // what is no item has no type
		}
	}
	return q.input
}

func onInput(format string, args ...any) *failure {
	return &failure{param: "input", message: fmt.Sprintf(format, args...)}
}

func responsesMoved(q *question) *failure {
	for _, m := range [][2]string{
		{"max_tokens", "max_output_tokens"}, {"max_completion_tokens", "max_output_tokens"},
		{"messages", "input"}, {"reasoning_effort", "reasoning.effort"}, {"response_format",
			"text.format"},
	} {
		if q.fields[m[0]] != nil {
			return &failure{param: m[0], code: "unsupported_parameter", message: fmt.Sprintf("Unsupported "+
				"parameter: '%s'. In the Responses API, this parameter has moved to '%s'. Try again with "+
				"the new "+
				"parameter. See the API documentation for more information: "+
				"https://platform.openai.com/docs/api-reference/responses/create.", m[0], m[1])}
		}
	}
	return nil
}

// responsesTools wants tools flat, not wrapped as in chat completions.
func responsesTools(q *question) *failure {
	var tools []struct{ Type, Name string }
	_ = json.Unmarshal(q.tools(), &tools) // what is no list has no tools
	for i, t := range tools {
		if t.Type == "function" && t.Name == "" {
			param := fmt.Sprintf("tools[%d].name", i)
			return &failure{param: param, code: "missing_required_parameter",
				message: fmt.Sprintf("Missing required parameter: '%s'.", param)}
		}
	}
	return nil
}

// responsesPrevious: nothing is stored.
func responsesPrevious(q *question) *failure {
	id := textOf(q.fields["previous_response_id"])
	if id == "" {
		return nil
	}
	return &failure{param: "previous_response_id", code: "previous_response_not_found",
		message: fmt.Sprintf("Previous response with id '%s' not found.", id)}
}

var itemPrefixes = map[string]string{"function_call": "fc", "reasoning": "rs", "message": "msg"}

func responsesIDs(q *question) *failure {
	for at, i := range q.items() {
		prefix, param := itemPrefixes[i.Type], fmt.Sprintf("input[%d].id", at)
		switch {
		case i.Type == "reasoning" && !plainName.MatchString(i.id()): // .../opencode/issues/25065
			return &failure{param: param, code: "invalid_value", message: fmt.Sprintf("Invalid '%s': '%s'. "+
				"Expected an ID that contains letters, numbers, underscores, or dashes, but this value "+
				"contained "+
				"additional characters.", param, i.id())}
		case i.ID != nil && !strings.HasPrefix(*i.ID, prefix):
			return &failure{param: param, code: "invalid_value", message: fmt.Sprintf(
				"Invalid '%s': '%s'. Expected an ID that begins with '%s'.", param, *i.ID, prefix)}
		}
	}
	return nil
}

func responsesNames(q *question) *failure {
	for at, i := range q.items() {
		if i.Type == "function_call" && !plainName.MatchString(i.Name) {
			return openaiPattern(fmt.Sprintf("input[%d].name", at))
		}
	}
	return nil
}

var itemID = regexp.MustCompile(`^(fc|msg)_([0-9a-f]{16})(_\d+)?$`)

// responsesReasoning wants the reasoning that came with a call before it.
func responsesReasoning(q *question) *failure {
	seen := map[string]bool{}
	for _, i := range q.items() {
		seen[i.id()] = true
		m := itemID.FindStringSubmatch(i.id())
		if m == nil || seen["rs_"+m[2]] {
			continue
		}
		return onInput("Item '%s' of type '%s' was provided without its required 'reasoning' item: "+
			"'rs_%s'.",
			i.id(), i.Type, m[2])
	}
	return nil
}

func responsesStored(q *question) *failure {
	for _, i := range q.items() {
		if i.Type == "reasoning" && i.Encrypted == nil {
			return &failure{status: http.StatusNotFound, param: "input",
				message: fmt.Sprintf("Item with id "+
					"'%s' not found. Items are not persisted when `store` is set to false. Try again with "+
					"`store` set "+
					"to true, or remove this item from your input.", i.id())}
		}
	}
	return nil
}

func responsesEncrypted(q *question) *failure {
	for _, i := range q.items() {
		if i.Type == "reasoning" && !q.knows(*i.Encrypted, encryptedSeal) {
			return &failure{code: "invalid_encrypted_content", message: fmt.Sprintf("The encrypted "+
				"content for "+
				"item %s could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
				i.id())}
		}
	}
	return nil
}

func responsesFollowed(q *question) *failure {
	items := q.items()
	for at, i := range items {
		if i.Type == "reasoning" && (at+1 == len(items) || !items[at+1].spoken()) {
			return onInput("Item '%s' of type 'reasoning' was provided "+
				"without its required following item.", i.id())
		}
	}
	return nil
}

func responsesPairs(q *question) *failure {
	items := q.items()
	for at, i := range items {
		answers := func(o item) bool { return o.Type == "function_call_output" && o.CallID == i.CallID }
		if i.Type == "function_call" && !slices.ContainsFunc(items[at:], answers) {
			return onInput("No tool output found for function call %s.", i.CallID)
		}
	}
	return nil
}

func responsesOrphans(q *question) *failure {
	called := map[string]bool{}
	for _, i := range q.items() {
		if i.Type == "function_call" {
			called[i.CallID] = true
		}
		if i.Type == "function_call_output" && !called[i.CallID] {
			return onInput("No tool call found for function call output with call_id %s.", i.CallID)
		}
	}
	return nil
}
