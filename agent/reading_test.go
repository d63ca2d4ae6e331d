package agent_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// answered runs a loop of which the model makes one batch of calls.
func answered(t *testing.T, model string, calls ...llm.ToolCall) outcome {
	t.Helper()
	o := run(t, t.Context(), llmtest.Sequence(llmtest.Answer("", calls...), llmtest.Answer("ok")),
		func(l *agent.Loop) { l.Model.Model = model })
	if o.State != bench.AgentFinished || len(o.Messages) != 4+len(calls) {
		t.Fatalf("%s (%v) after %d messages", o.State, o.Err, len(o.Messages))
	}
	return o
}

// A call whose arguments are no JSON object is answered with what is wrong with
// them, and goes back with an empty object; one that was meant to be an object
// beyond doubt is executed, and goes back as that object.
func TestArguments(t *testing.T) {
	t.Parallel()
	const object = `{"v":1}`
	for _, c := range []struct{ source, sent, back, want string }{
		{"an object stays as it is, to the byte", `{ "v" : 1 }`, `{ "v" : 1 }`, `echo { "v" : 1 }`},
		{"github.com/theopenco/llmgateway/pull/2997: none", "", "{}", "echo {}"},
		{"github.com/microsoft/autogen/pull/5667: blank", " \n", "{}", "echo {}"},
		{"github.com/vllm-project/vllm/pull/43862: null", "null", "{}", "echo {}"},
		{"github.com/agents-flex/agents-flex/pull/64: code fence", "```json\n" + object + "\n```", object, "echo 1"},
		{"the same without a language", "```\n" + object + "```", object, "echo 1"},
		{"github.com/quarkiverse/quarkus-langchain4j/pull/2642: encoded twice", `"{\"v\":1}"`, object, "echo 1"},
		{"github.com/justrach/codegraff2/pull/141: encoded three times", `"\"{\\\"v\\\":1}\""`, object, "echo 1"},
		{"github.com/openai/harmony docs/format.md: special token", object + "<|call|>", object, "echo 1"},
		{"DeepSeek V3 chat template", object + "<｜tool▁call▁end｜><｜tool▁calls▁end｜>", object, "echo 1"},
		{"Qwen chat template", object + "\n</tool_call>", object, "echo 1"},
		{"a byte order mark", "\ufeff" + object, object, "echo 1"},

		{"github.com/justrach/codegraff/issues/752: cut", `{"v":"ls -`, "{}", "they end too early; they were:\n{\"v\":\"ls -"},
		{"github.com/vllm-project/vllm/issues/43995: cut", `{"value": `, "{}", "they end too early"},
		{"github.com/caigee-cmd/cli2api/pull/218: misquoted", `{"path":"x","error_retry:: 240}`, "{}", "they end too early"},
		{"github.com/router-for-me/CLIProxyAPI/issues/2001: a comma is missing", `{"a":"b" "c":1}`, "{}", "invalid character"},
		{"a list", `[{"v":1}]`, "{}", "they are a list"},
		{"a number", `42`, "{}", "they are a number"},
		{"a word", `true`, "{}", "they are true or false"},
		{"a text that is no object", `"ls -la"`, "{}", "invalid character 'l'"},
		{"a bare command", `ls -la`, "{}", "invalid character 'l'"},
		{"two objects", object + object, "{}", "there is more after the first value"},
		{"a brace too many", object + "}", "{}", "there is more after the first value"},
		{"single quotes", `{'v': 1}`, "{}", "invalid character '\\''"},
		{"a line break within a string", "{\"v\":\"a\nb\"}", "{}", "invalid character '\\n'"},
		{"XML of GLM's", `<arg_key>v</arg_key><arg_value>1</arg_value>`, "{}", "invalid character '<'"},
		{"an undefined value", `undefined`, "{}", "invalid character 'u'"},
	} {
		o := answered(t, "m", llm.ToolCall{ID: "c1", Name: "echo", Arguments: c.sent}, use("echo", "2"))
		if got := o.Messages[2].ToolCalls[0].Arguments; got != c.back {
			t.Errorf("%s: %s goes back, want %s", c.source, got, c.back)
		}
		if got := o.Messages[3].Text; !strings.Contains(got, c.want) {
			t.Errorf("%s: answered with %q, want %q", c.source, got, c.want)
		}
		if got := o.Messages[4].Text; got != "echo 2" {
			t.Errorf("%s: the call after it is answered with %q", c.source, got)
		}
		checkOriginal(t, c.source, o, c.sent != c.back, c.sent)
	}
}

// checkOriginal fails unless the log has the arguments as they came, where others
// go back.
func checkOriginal(t *testing.T, source string, o outcome, changed bool, sent string) {
	t.Helper()
	call := agenttest.Of[bench.LLMCall](o.log)[0]
	if changed != (call.Original != "") {
		t.Errorf("%s: changed %v, original %q", source, changed, call.Original)
		return
	}
	if !changed {
		return
	}
	original, err := llm.ParseMessage([]byte(o.log.Body(call.Original)))
	if err != nil || original.ToolCalls[0].Arguments != sent {
		t.Errorf("%s: the log has %s (%v)", source, o.log.Body(call.Original), err)
	}
}

// A tool is found by its name, whatever models put around it; a name of no tool
// is answered, and goes back in the alphabet that all providers share.
func TestToolNames(t *testing.T) {
	t.Parallel()
	const executed, unknown = "echo 1", "the tools are: bomb, echo, fail, finish"
	for _, c := range []struct{ source, sent, back, want string }{
		{"plain", "echo", "echo", executed},
		{"github.com/openai/harmony docs/format.md", "functions.echo", "echo", executed},
		{"the same with its channel", "functions.echo<|channel|>commentary", "echo", executed},
		{"github.com/vllm-project/vllm/pull/24473", "echo<|channel|>commentary", "echo", executed},
		{"gpt-oss with a constraint", "echo <|constrain|>json", "echo", executed},
		{"gpt-oss", "echo<|channel|>json", "echo", executed},
		{"gpt-oss, the recipient whole", "to=functions.echo", "echo", executed},
		{"Gemini, as it writes calls in Python", "default_api.echo", "echo", executed},
		{"the same with a colon", "default_api:echo", "echo", executed},
		{"Kimi K2 chat template", "functions.echo:0", "echo", executed},
		{"DeepSeek chat template", "echo<｜tool▁sep｜>", "echo", executed},
		{"blanks around it", " echo\n", "echo", executed},
		{"quotes", "`echo`", "echo", executed},
		{"a call as of Python", "echo()", "echo", executed},
		{"capitals", "Echo", "echo", executed},

		{"no name", "", "unknown_tool", "the call names no tool; " + unknown},
		{"a blank", " ", "unknown_tool", "the call names no tool"},
		{"no tool", "nosuch", "nosuch", `there is no tool "nosuch"; ` + unknown},
		{"a dot within", "echo.run", "echo_run", `there is no tool "echo.run"`},
		{"github.com/openai/gpt-oss: container.exec", "container.exec", "container_exec", unknown},
		{"a channel alone", "<|channel|>analysis", "__channel__analysis", unknown},
		{"Chinese", "运行", "unknown_tool", unknown},
		{"github.com/diegosouzapw/OmniRoute/pull/13752: a digit in front", "1echo", "_1echo", unknown},
		{"arguments in the name", `echo{"v":1}`, "echo__v__1_", unknown},
		{"a page of text", strings.Repeat("long ", 40), strings.Repeat("long_", 13)[:64], unknown},
	} {
		o := answered(t, "m", llm.ToolCall{ID: "c1", Name: c.sent, Arguments: `{"v":1}`}, use("echo", "2"))
		if got := o.Messages[2].ToolCalls[0].Name; got != c.back {
			t.Errorf("%s: %q goes back, want %q", c.source, got, c.back)
		}
		if got := o.Messages[3].Text; !strings.Contains(got, c.want) {
			t.Errorf("%s: answered with %q, want %q", c.source, got, c.want)
		}
		if want := c.want != executed; want != (agenttest.Of[bench.ToolCall](o.log)[0].ErrorClass == "unknown_tool") {
			t.Errorf("%s: unknown %v", c.source, want)
		}
	}
}

// No id occurs twice in a conversation, and every one is what its server takes.
// What fits stays, for it is the provider's.
func TestCallIDs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 41)
	for _, c := range []struct {
		source, model string
		sent          [][]string // by turn
		back          [][]string
	}{
		{"unique ones stay", "m", [][]string{{"call_a", "toolu_01-b"}, {"c"}}, [][]string{{"call_a", "toolu_01-b"}, {"c"}}},
		{"none", "m", [][]string{{"", ""}, {""}}, [][]string{{"call00001", "call00002"}, {"call00003"}}},
		{"the same twice in an answer: github.com/NachoSEO/claudegram/issues/12", "m",
			[][]string{{"a", "a"}}, [][]string{{"a", "call00002"}}},
		{"the same every turn: github.com/fw-ai/fireconnect/issues/16", "m",
			[][]string{{"call_0"}, {"call_0"}, {"call_0"}}, [][]string{{"call_0"}, {"call00002"}, {"call00003"}}},
		{"ours comes back as theirs", "m", [][]string{{""}, {"call00001"}}, [][]string{{"call00001"}, {"call00002"}}},
		{"with its tool: github.com/QwenLM/qwen-code/issues/8382", "qwen3",
			[][]string{{"run:0"}, {"run:0"}}, [][]string{{"call00001"}, {"call00002"}}},
		{"too long for OpenAI: github.com/Portkey-AI/gateway/issues/1062", "gpt-5",
			[][]string{{long}}, [][]string{{"call00001"}}},
		{"characters that Anthropic refuses: github.com/HKUDS/nanobot/pull/4356", "claude",
			[][]string{{"a.b", "c d", "é"}}, [][]string{{"call00001", "call00002", "call00003"}}},
		{"Mistral: github.com/anomalyco/opencode/issues/1680", "mistral/devstral-medium",
			[][]string{{"D681PevKs", "call_0fypS1hVX"}, {"D681PevKs"}}, [][]string{{"D681PevKs", "call00002"}, {"call00003"}}},
		{"Kimi K2 reads names out of ids: github.com/sgl-project/sglang/pull/33343", "moonshotai/kimi-k2",
			[][]string{{"functions.echo:0", "functions.echo:1"}, {"functions.echo:0"}},
			[][]string{{"functions.echo:0", "functions.echo:1"}, {"functions.echo:2"}}},
		{"Kimi, the same twice: github.com/openclaw/openclaw/issues/84730", "kimi-k2.6",
			[][]string{{"exec:2", "exec:2"}}, [][]string{{"exec:2", "exec:3"}}},
		{"LiteLLM hides a signature in it: github.com/BerriAI/litellm/pull/16895", "gemini-3-pro",
			[][]string{{"call_1__thought__Q" + long + "=="}}, [][]string{{"call_1__thought__Q" + long + "=="}}},
	} {
		var answers []llm.Response
		for turn, ids := range c.sent {
			var calls []llm.ToolCall
			for i, id := range ids {
				calls = append(calls, llm.ToolCall{ID: id, Name: "echo", Arguments: fmt.Sprintf(`{"v":"%d.%d"}`, turn, i)})
			}
			answers = append(answers, llmtest.Answer("", calls...))
		}
		log := &agenttest.Log{}
		l := &agent.Loop{
			Agent: "main", Client: llmtest.Sequence(append(answers, llmtest.Answer("ok"))...),
			Record: log.Recorder(key).For("main"), Tools: []agent.Tool{echo}, Model: bench.Model{Model: c.model},
			Budget: bench.NewBudget(bench.ScopeAgent, bench.Limits{}),
		}
		r, err := l.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for i, m := range r.Messages {
			var ids []string
			for n, call := range m.ToolCalls {
				ids = append(ids, call.ID)
				if answer := r.Messages[i+1+n]; answer.CallID != call.ID || answer.Text == "" {
					t.Errorf("%s: %s is answered by %s", c.source, call.ID, answer.JSON)
				}
			}
			if ids != nil {
				got = append(got, ids)
			}
		}
		if !slices.EqualFunc(got, c.back, slices.Equal[[]string]) {
			t.Errorf("%s: %q go back, want %q", c.source, got, c.back)
		}
	}
}

// Fields of a bad call that nobody knows go back like those of a good one.
func TestBadCallKeepsFields(t *testing.T) {
	t.Parallel()
	extra := json.RawMessage(`{"extra_content":{"google":{"thought_signature":"abc"}}}`)
	o := answered(t, "m", llm.ToolCall{ID: "", Name: "functions.echo", Arguments: `{`, Extra: extra})
	if got := o.Messages[2].ToolCalls[0]; string(got.Extra) != string(extra) || got.Name != "echo" {
		t.Errorf("goes back as %s", o.Messages[2].JSON)
	}
}

// The tool's name and the arguments are recorded as the model wrote them where
// they mean nothing, so that the log says what happened.
func TestBadCallIsRecorded(t *testing.T) {
	t.Parallel()
	o := answered(t, "m", llm.ToolCall{ID: "c", Name: "no.such", Arguments: "{"})
	call := agenttest.Of[bench.ToolCall](o.log)[0]
	if call.Name != "no.such" || o.log.Body(call.Arguments) != "{" || !call.IsError {
		t.Errorf("recorded as %+v", call)
	}
}
