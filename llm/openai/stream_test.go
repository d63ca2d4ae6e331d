package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench"
	"bench/llm"
)

// events is a stream of these chunks, with [DONE] at its end.
func events(chunks ...string) string {
	var b strings.Builder
	for _, c := range chunks {
		fmt.Fprintf(&b, "data: %s\n\n", c)
	}
	return b.String() + "data: [DONE]\n\n"
}

// delta is a chunk with this delta.
func delta(d string) string {
	return `{"id":"c1","model":"served","choices":[{"index":0,"delta":` + d + `,"finish_reason":null}]}`
}

// ended is the last chunk with choices.
func ended(reason string) string {
	return `{"choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

const used = `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`

// answered asks a server that sends body.
func answered(t *testing.T, kind, body string) (llm.Response, error) {
	t.Helper()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, body)
	})
	req := hello()
	req.Tools = []byte(`[{"type":"function","function":{"name":"terminal"}}]`)
	return client(t, url).Complete(t.Context(), req)
}

func streamed(t *testing.T, chunks ...string) (llm.Response, error) {
	t.Helper()
	return answered(t, "text/event-stream", events(chunks...))
}

// What is put together from chunks, and goes back in the next request.
func TestStreamedMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source string
		chunks       []string
		want         string // of the message, without role
	}{
		{"text", "platform.openai.com/docs/api-reference/chat-streaming",
			[]string{delta(`{"role":"assistant","content":"","refusal":null}`), delta(`{"content":"a\n"}`),
				delta(`{"content":"\"b\" < é"}`), ended("stop"), used},
			`"content":"a\n\"b\" < é"`},
		{"a pair of surrogates in two chunks", "github.com/elizaOS/eliza/issues/30904",
			[]string{delta(`{"content":"x \ud83d"}`), delta(`{"content":"\ude00"}`), ended("stop")},
			`"content":"x 😀"`},
		{"thoughts", "api-docs.deepseek.com/guides/thinking_mode",
			[]string{delta(`{"content":null,"reasoning_content":"h"}`), delta(`{"content":null,"reasoning_content":"m"}`),
				delta(`{"content":"x","reasoning_content":null}`), ended("stop")},
			`"content":"x","reasoning_content":"hm"`},
		{"no thoughts, but said so", "github.com/anomalyco/opencode/issues/24802",
			[]string{delta(`{"content":"","reasoning_content":""}`), delta(`{"content":"x"}`), ended("stop")},
			`"content":"x","reasoning_content":""`},
		{"nulls are not sent back", "github.com/BerriAI/litellm/pull/30850",
			[]string{delta(`{"content":"x","reasoning_content":null,"refusal":null,"annotations":[],` +
				`"audio":null,"function_call":null,"tool_calls":null}`), ended("stop")},
			`"content":"x"`},
		{"reasoning_details of one index", "github.com/agno-agi/agno/issues/8794",
			[]string{
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"Let","format":"anthropic-claude-v1","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":" me","format":"anthropic-claude-v1","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","signature":"Et8B","format":"anthropic-claude-v1","index":0}]}`),
				delta(`{"content":"x"}`), ended("stop")},
			`"content":"x","reasoning_details":[{"type":"reasoning.text","text":"Let me",` +
				`"format":"anthropic-claude-v1","index":0,"signature":"Et8B"}]`},
		{"reasoning_details of one index and several types", "github.com/agno-agi/agno/pull/8802",
			[]string{
				delta(`{"reasoning_details":[{"type":"reasoning.summary","summary":"a","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.summary","summary":"b","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"AA","id":"rs_1","index":0}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"BB","id":"rs_2","index":0}]}`),
				delta(`{"content":"x"}`), ended("stop")},
			`"content":"x","reasoning_details":[{"type":"reasoning.summary","summary":"ab","index":0},` +
				`{"type":"reasoning.encrypted","data":"AA","id":"rs_1","index":0},` +
				`{"type":"reasoning.encrypted","data":"BB","id":"rs_2","index":0}]`},
		{"reasoning_details without an index", "github.com/pailat/adk-llm-bridge/pull/82",
			[]string{
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"a"}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"b","signature":"s"}]}`),
				delta(`{"reasoning_details":[{"type":"reasoning.text","text":"c"}]}`), delta(`{"content":"x"}`), ended("stop")},
			`"content":"x","reasoning_details":[{"type":"reasoning.text","text":"ab","signature":"s"},` +
				`{"type":"reasoning.text","text":"c"}]`},
		{"thinking_blocks", "docs.litellm.ai/docs/reasoning_content",
			[]string{
				delta(`{"thinking_blocks":[{"type":"thinking","thinking":"a","signature":null}],"reasoning_content":"a"}`),
				delta(`{"thinking_blocks":[{"type":"thinking","thinking":"b","signature":""}],"reasoning_content":"b"}`),
				delta(`{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"Eq"}],"content":""}`),
				delta(`{"thinking_blocks":[{"type":"redacted_thinking","data":"R1"}]}`),
				delta(`{"thinking_blocks":[{"type":"redacted_thinking","data":"R2"}]}`), delta(`{"content":"x"}`), ended("stop")},
			`"content":"x","thinking_blocks":[{"type":"thinking","thinking":"ab","signature":"Eq"},` +
				`{"type":"redacted_thinking","data":"R1"},{"type":"redacted_thinking","data":"R2"}],"reasoning_content":"ab"`},
		{"a signature in pieces", "github.com/pensarai/apex/pull/534",
			[]string{delta(`{"content":"x","thought":{"signature":"AB"}}`), delta(`{"thought":{"signature":"CD"}}`),
				delta(`{"thought":{"signature":"ABCD","type":"t"}}`), ended("stop")},
			`"content":"x","thought":{"signature":"ABCD","type":"t"}`},
		{"provider_specific_fields", "docs.litellm.ai/docs/providers/vertex",
			[]string{delta(`{"content":"x","provider_specific_fields":{"a":"1","n":1}}`),
				delta(`{"provider_specific_fields":{"a":"2","n":2,"o":{"p":true}}}`), ended("stop")},
			`"content":"x","provider_specific_fields":{"a":"12","n":2,"o":{"p":true}}`},
		{"content as parts", "docs.mistral.ai/capabilities/reasoning",
			[]string{delta(`{"role":"assistant","content":""}`),
				delta(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}`),
				delta(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]}`),
				delta(`{"content":"x"}`), delta(`{"content":"y"}`), ended("stop")},
			`"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"xy"}]`},
		{"fields nobody has heard of", "any gateway",
			[]string{delta(`{"content":"x","new":{"a":[1,{"b":"c"}]},"n":1}`), delta(`{"content":"","n":2}`), ended("stop")},
			`"content":"x","new":{"a":[1,{"b":"c"}]},"n":2`},
		{"the whole message at the end again", "platform.minimaxi.com/document/ChatCompletion_v2",
			[]string{delta(`{"content":"x"}`), `{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},` +
				`"finish_reason":"stop"}]}`},
			`"content":"x"`},
		{"deltas that are null or missing", "github.com/microsoft/agent-framework/pull/5734, NousResearch/hermes-agent/pull/90301",
			[]string{delta(`null`), `{"choices":[{"index":0}]}`, `{"choices":null}`, `{"id":"c1"}`, `{}`, delta(`{"content":"x"}`),
				`{"choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}`},
			`"content":"x"`},
		{"a whole message as the one chunk", "github.com/BerriAI/litellm/issues/5803",
			[]string{`{"choices":[{"message":{"content":"x","reasoning":""},"finish_reason":"stop"}]}`},
			`"content":"x","reasoning":""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, err := streamed(t, c.chunks...)
			if err != nil {
				t.Fatal(err)
			}
			want := `{"role":"assistant",` + c.want + `}`
			if got := string(resp.Message.JSON); got != want || resp.Finish != llm.FinishStop {
				t.Errorf("%s: %s, want %s (%s)", resp.Finish, got, want, c.source)
			}
			if again, err := llm.ParseMessage(resp.Message.JSON); err != nil || again.Text != resp.Message.Text {
				t.Errorf("parsed again: %+v, %v", again, err)
			}
		})
	}
}

// Calls whose pieces find each other, however little a server says of them.
func TestStreamedCalls(t *testing.T) {
	t.Parallel()
	calls := func(elements string) string { return delta(`{"tool_calls":[` + elements + `]}`) }
	for _, c := range []struct {
		name, source string
		chunks       []string
		want         string // id name(arguments), …
	}{
		{"as OpenAI sends them", "platform.openai.com/docs/guides/function-calling#streaming",
			[]string{calls(`{"index":0,"id":"a","type":"function","function":{"name":"terminal","arguments":""}}`),
				calls(`{"index":0,"function":{"arguments":"{\"x\""}}`), calls(`{"index":0,"function":{"arguments":":1}"}}`),
				calls(`{"index":1,"id":"b","type":"function","function":{"name":"finish","arguments":""}}`),
				calls(`{"index":1,"function":{"arguments":"{}"}}`)},
			`a terminal({"x":1}), b finish({})`},
		{"two pieces in one chunk", "github.com/openai/openai-python/issues/3201",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"terminal"}},{"index":0,"function":{"arguments":"{\"x\":"}}`),
				calls(`{"index":0,"function":{"arguments":"1}"}}`)},
			`a terminal({"x":1})`},
		{"no index", "github.com/AstrBotDevs/AstrBot/pull/6692",
			[]string{calls(`{"id":"a","function":{"name":"terminal","arguments":"{\"x\":"}}`), calls(`{"function":{"arguments":"1}"}}`),
				calls(`{"id":"b","function":{"name":"finish","arguments":"{}"}}`)},
			`a terminal({"x":1}), b finish({})`},
		{"no index, ids with every piece", "github.com/vercel/ai/pull/15879",
			[]string{calls(`{"id":"a","function":{"arguments":"{\"x\":"}}`), calls(`{"id":"a","function":{"name":"terminal","arguments":"1}"}}`)},
			`a terminal({"x":1})`},
		{"index 0 for all", "github.com/vercel/ai/pull/14277",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":\"a\"}"}}`),
				calls(`{"index":0,"id":"b","function":{"name":"read","arguments":"{\"p\":\"b\"}"}}`)},
			`a read({"p":"a"}), b read({"p":"b"})`},
		{"index 0 for all, in one chunk", "github.com/apache/maka/issues/1976",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{}"}},` +
				`{"index":0,"id":"b","function":{"name":"read","arguments":"{}"}}`)},
			`a read({}), b read({})`},
		{"the head of a call with a wrong index", "github.com/agno-agi/agno/pull/8880",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":1}"}}`),
				calls(`{"index":0,"id":"b","function":{"name":"read","arguments":"{\"p\":"}}`), calls(`{"index":1,"function":{"arguments":"2}"}}`)},
			`a read({"p":1}), b read({"p":2})`},
		{"neither index nor ids", "github.com/apache/maka/pull/1995",
			[]string{calls(`{"function":{"name":"read","arguments":"{\"p\":1}"}}`), calls(`{"function":{"name":"read","arguments":"{\"p\":2}"}}`)},
			`call_1_0 read({"p":1}), call_1_1 read({"p":2})`},
		{"one id for two calls", "github.com/apache/maka/pull/1995",
			[]string{calls(`{"index":0,"id":"x","function":{"name":"read","arguments":"{\"p\":1}"}}`),
				calls(`{"index":1,"id":"x","function":{"name":"read","arguments":"{\"p\":2}"}}`)},
			`x read({"p":1}), call_1_1 read({"p":2})`},
		{"names that come again", "github.com/continuedev/continue/pull/6029",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\""}}`),
				calls(`{"index":0,"id":"a","function":{"name":"read","arguments":":1}"}}`)},
			`a read({"p":1})`},
		{"names in pieces", "github.com/continuedev/continue/pull/5849",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"file_"}}`), calls(`{"index":0,"function":{"name":"editor"}}`),
				calls(`{"index":0,"function":{"arguments":"{}"}}`)},
			`a file_editor({})`},
		{"the whole call at the end again", "as names that come again",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\""}}`), calls(`{"index":0,"function":{"arguments":":1}"}}`),
				calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":1}"}}`)},
			`a read({"p":1})`},
		{"arguments as an object", "github.com/ggml-org/llama.cpp/issues/20198",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":{"p":"\"<"}}}`)},
			`a read({"p":"\"<"})`},
		{"arguments null, absent and empty", "github.com/google/adk-go/pull/1254",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":null}},{"index":1,"id":"b","function":{"name":"g"}},` +
				`{"index":2,"id":"c","function":{"name":"","arguments":""}}`)},
			`a f(), b g(), c ()`},
		{"empty ids after the first", "github.com/anomalyco/opencode/pull/37783",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{"}}`), calls(`{"index":0,"id":"","function":{"name":"","arguments":"}"}}`)},
			`a read({})`},
		{"null ids after the first", "github.com/sgl-project/sglang/pull/35542",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"read","arguments":"{"}}`),
				calls(`{"index":0,"id":null,"type":"function","function":{"name":null,"arguments":"}"}}`)},
			`a read({})`},
		{"an odd name stays", "github.com/vllm-project/vllm/pull/32633",
			[]string{calls(`{"index":0,"id":"a","function":{"name":"functions.read<|channel|>json","arguments":"{}"}}`)},
			`a functions.read<|channel|>json({})`},
		{"no object around name and arguments", "github.com/google/adk-go/pull/1254",
			[]string{calls(`{"type":"function","id":"a","name":"read","arguments":"{}"}`)},
			`a read({})`},
		{"the call before calls were many", "platform.openai.com/docs/api-reference/chat: function_call",
			[]string{delta(`{"function_call":{"name":"read","arguments":"{\"p\""}}`), delta(`{"function_call":{"arguments":":1}"}}`)},
			`call_1_0 read({"p":1})`},
		{"text in one choice and calls in another", "github.com/HKUDS/nanobot/pull/1555",
			[]string{`{"choices":[{"index":0,"delta":{"content":"so"}},{"index":1,"delta":{"tool_calls":` +
				`[{"index":0,"id":"a","function":{"name":"read","arguments":"{}"}}]}}]}`},
			`a read({})`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, err := streamed(t, append(c.chunks, ended("tool_calls"), used)...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, call := range resp.Message.ToolCalls {
				got = append(got, fmt.Sprintf("%s %s(%s)", call.ID, call.Name, call.Arguments))
			}
			if s := strings.Join(got, ", "); s != c.want || resp.Finish != llm.FinishToolCalls {
				t.Errorf("%s: %s, want %s (%s)", resp.Finish, s, c.want, c.source)
			}
		})
	}
}

// Fields of calls go back as they came.
func TestFieldsOfCalls(t *testing.T) {
	t.Parallel()
	call := `{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},` +
		`"extra_content":{"google":{"thought_signature":"EjQ="}},"provider_specific_fields":{"x": 1}}`
	back := `"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"},` +
		`"extra_content":{"google":{"thought_signature":"EjQ="}},"provider_specific_fields":{"x": 1}}]`
	for kind, body := range map[string]string{
		"text/event-stream": events(delta(`{"content":"","tool_calls":[`+call+`]}`), ended("tool_calls")),
		"application/json": `{"choices":[{"finish_reason":"tool_calls","message":{"content":"","tool_calls":[` +
			call + `]}}]}`,
	} {
		resp, err := answered(t, kind, body)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(resp.Message.JSON), `{"role":"assistant","content":"",`+back+`}`; got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

// Where servers put the usage of a stream.
func TestStreamedUsage(t *testing.T) {
	t.Parallel()
	const u = `{"prompt_tokens":9,"completion_tokens":2}`
	end := ended("stop")
	for _, c := range []struct {
		name, source string
		chunks       []string
		unknown      int
	}{
		{"a chunk of its own", "platform.openai.com/docs/api-reference/chat-streaming",
			[]string{end, `{"choices":[],"usage":` + u + `}`}, 0},
		{"with the reason", "api-docs.deepseek.com/api/create-chat-completion",
			[]string{`{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":` + u + `}`}, 0},
		{"with every chunk, growing", "docs.vllm.ai: continuous_usage_stats",
			[]string{`{"choices":[{"delta":{"content":""}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`, end,
				`{"choices":[],"usage":` + u + `}`}, 0},
		{"null in most", "platform.openai.com/docs/api-reference/chat-streaming",
			[]string{`{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}`, `{"choices":[],"usage":` + u + `}`}, 0},
		{"beside an empty delta", "github.com/diegosouzapw/OmniRoute/issues/9750",
			[]string{end, `{"choices":[{"index":0,"delta":{}}],"usage":` + u + `}`}, 0},
		{"and then of zeros", "github.com/BYK/loreai/pull/1485",
			[]string{end, `{"choices":[],"usage":` + u + `}`, `{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}`}, 0},
		{"in the choice", "platform.moonshot.ai/docs/api/chat",
			[]string{`{"choices":[{"delta":{},"finish_reason":"stop","usage":` + u + `}]}`}, 0},
		{"in x_groq", "console.groq.com/docs/api-reference#chat-create",
			[]string{`{"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"r","usage":` + u + `}}`}, 0},
		{"without choices", "github.com/BerriAI/litellm/pull/23978", []string{end, `{"usage":` + u + `}`}, 0},
		{"not at all", "github.com/BerriAI/litellm/pull/23978", []string{end}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			resp, err := streamed(t, append([]string{delta(`{"content":"hi"}`)}, c.chunks...)...)
			want := bench.Usage{Input: 9, Output: 2}
			if c.unknown > 0 {
				want = bench.Usage{}
			}
			if err != nil || resp.Usage != want || resp.UnknownUsage != c.unknown {
				t.Errorf("%+v, unknown %d, %v (%s)", resp.Usage, resp.UnknownUsage, err, c.source)
			}
			if resp.ServedModel != "served" || resp.RequestID != "c1" || resp.FinishReason != "stop" {
				t.Errorf("model %q, request %q, finish %q", resp.ServedModel, resp.RequestID, resp.FinishReason)
			}
		})
	}
}
