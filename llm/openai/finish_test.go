package openai_test

import (
	"errors"
	"strings"
	"testing"

	"bench/llm"
)

// What finish reasons mean, whatever their words.
func TestFinishReasons(t *testing.T) {
	t.Parallel()
	const infra, window = "infra", "window"
	for _, c := range []struct {
		want    string // a llm.Finish, infra or window
		reasons string
		source  string
	}{
		{"stop", "stop", "platform.openai.com/docs/api-reference/chat/object"},
		{"stop", "STOP FINISH_REASON_STOP", "ai.google.dev/api/generate-content#FinishReason"},
		{"stop", "eos stop_sequence end_turn", "github.com/vespa-engine/vespa/pull/33327, docs.anthropic.com"},
		{"stop", "eos_token COMPLETE stop-sequence", "huggingface.co/docs/text-generation-inference, docs.cohere.com"},
		{"length", "length max_tokens MAX_TOKENS max_output_tokens", "openai, anthropic, google, cohere"},
		{"length", "max_new_tokens max_length token_limit_reached output_limit", "unknown to all, plain enough"},
		{window, "model_context_window_exceeded", "platform.claude.com/docs/en/build-with-claude/handling-stop-reasons"},
		{window, "model_length ERROR_LIMIT context_length_exceeded", "docs.mistral.ai/api, docs.cohere.com"},
		{"refusal", "content_filter content-filter", "learn.microsoft.com/azure/ai-foundry/openai"},
		{"refusal", "sensitive", "docs.z.ai/api-reference/llm/chat-completion"},
		{"refusal", "refusal guardrail_intervened content_filtered", "anthropic, docs.aws.amazon.com/bedrock Converse"},
		{"refusal", "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE IMAGE_SAFETY MODEL_ARMOR_BLOCK",
			"docs.cloud.google.com/python/docs/reference/vertexai: FinishReason"},
		{"refusal", "ERROR_TOXIC", "docs.cohere.com"},
		{"refusal", "policy_violation moderation_blocked", "unknown to all, plain enough"},
		{infra, "insufficient_system_resource", "api-docs.deepseek.com/api/create-chat-completion"},
		{infra, "network_error", "docs.z.ai/api-reference/llm/chat-completion"},
		{infra, "abort", "github.com/theopenco/llmgateway/pull/1701"},
		{infra, "error", "openrouter.ai/docs/api/reference/errors-and-debugging, vllm"},
		{infra, "OTHER FINISH_REASON_UNSPECIFIED unknown", "google, github.com/vercel/ai/pull/2665"},
		{infra, "cancelled canceled timeout server_error upstream_error preempted overloaded", "gateways"},
		{infra, "xyzzy", "a word that says nothing"},
		{"spoiled", "MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE",
			"ai.google.dev/api/generate-content#FinishReason"},
		{"spoiled", "malformed_model_output malformed_tool_use", "docs.aws.amazon.com/bedrock Converse"},
		{"spoiled", "repetition repetition_truncation", "github.com/Aleph-Alpha-Research/eval-framework/pull/838"},
		{"spoiled", "tool_calls tool_use function_call TOOL_CALL tool-calls", "promised, and none came"},
	} {
		for reason := range strings.FieldsSeq(c.reasons) {
			resp, err := streamed(t, delta(`{"content":"hi"}`), ended(reason), used)
			if resp.Usage.Input != 9 {
				t.Errorf("%s: usage %+v", reason, resp.Usage)
			}
			var status *llm.StatusError
			switch {
			case c.want == infra || c.want == window:
				if !errors.As(err, &status) || !status.Billed || status.Retryable == (c.want == window) ||
					errors.Is(err, llm.ErrContextOverflow) != (c.want == window) || resp.Message != nil ||
					!strings.Contains(err.Error(), reason) || string(resp.Original) != said {
					t.Errorf("%s: %v, %s (%s)", reason, err, resp.Original, c.source)
				}
			case err != nil || string(resp.Finish) != c.want || resp.FinishReason != reason:
				t.Errorf("%s: %q %v, want %s (%s)", reason, resp.Finish, err, c.want, c.source)
			}
		}
	}
}

const said = `{"role":"assistant","content":"hi"}`

// A reason counts together with what came.
func TestFinishAndContent(t *testing.T) {
	t.Parallel()
	call := delta(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`)
	native := func(reason, native string) string {
		return `{"choices":[{"delta":{},"finish_reason":"` + reason + `","native_finish_reason":"` + native + `"}]}`
	}
	for _, c := range []struct {
		name, source string
		chunks       []string
		want         llm.Finish // empty: an error
	}{
		{"calls and stop", "github.com/ENTERPILOT/GoModel/pull/124", []string{call, ended("stop")}, llm.FinishToolCalls},
		{"calls and eos", "github.com/vespa-engine/vespa/pull/33327", []string{call, ended("eos")}, llm.FinishToolCalls},
		{"calls and length", "openai", []string{call, ended("length")}, llm.FinishLength},
		{"calls and no reason", "github.com/QuantumNous/new-api/issues/696", []string{call}, llm.FinishToolCalls},
		{"calls and an empty reason", "github.com/sgl-project/sglang/issues/3912", []string{call, ended("")},
			llm.FinishToolCalls},
		{"text and no reason, but the end", "github.com/open-learning-exchange/planet/pull/10281",
			[]string{delta(`{"content":"x"}`)}, llm.FinishStop},
		{"a refusal", "platform.openai.com/docs/guides/structured-outputs#refusals",
			[]string{delta(`{"content":null,"refusal":"I can"}`), delta(`{"refusal":"not"}`), ended("stop")},
			llm.FinishRefusal},
		{"thoughts alone", "github.com/MoonshotAI/kimi-code/issues/520",
			[]string{delta(`{"content":"","reasoning_content":"hm"}`), ended("stop")}, llm.FinishStop},
		{"nothing and no reason", "", []string{delta(`{"role":"assistant"}`)}, ""},
		{"stop, natively malformed", "openrouter.ai/docs/api/reference/overview",
			[]string{delta(`{"content":""}`), native("stop", "MALFORMED_FUNCTION_CALL")}, llm.FinishSpoiled},
		{"error, natively malformed", "same",
			[]string{delta(`{"content":""}`), native("error", "MALFORMED_FUNCTION_CALL")}, llm.FinishSpoiled},
		{"error, natively unsafe", "same", []string{delta(`{"content":""}`), native("error", "PROHIBITED_CONTENT")},
			llm.FinishRefusal},
		{"stop, natively end_turn", "same", []string{delta(`{"content":"x"}`), native("stop", "end_turn")}, llm.FinishStop},
		{"length, natively something", "same", []string{delta(`{"content":"x"}`), native("length", "whatever")},
			llm.FinishLength},
	} {
		resp, err := streamed(t, c.chunks...)
		if (err != nil) != (c.want == "") || resp.Finish != c.want {
			t.Errorf("%s: %q, %v, want %q (%s)", c.name, resp.Finish, err, c.want, c.source)
		}
	}
}

// Calls that a model wrote as text.
func TestRawCalls(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, text string }{
		{"github.com/zai-org/GLM-4.5", "Let me look.\n<tool_call>terminal\n<arg_key>command</arg_key>\n<arg_value>ls</arg_value>\n</tool_call>"},
		{"qwen.readthedocs.io/en/latest/framework/function_call.html", "<tool_call>\n{\"name\": \"terminal\", \"arguments\": {}}\n</tool_call>"},
		{"github.com/QwenLM/Qwen3-Coder", "<function=terminal>\n<parameter=command>\nls\n</parameter>\n</function>"},
		{"github.com/QwenLM/Qwen-Agent", "✿FUNCTION✿: terminal\n✿ARGS✿: {}"},
		{"github.com/exo-explore/exo/pull/1725", "<|tool_calls_section_begin|><|tool_call_begin|>functions.write:87<|tool_call_argument_begin|>{"},
		{"github.com/MoonshotAI/Kimi-K2: tool_call_guidance.md", "functions.terminal:0{\"command\": \"ls\"}"},
		{"api-docs.deepseek.com", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>terminal"},
		{"github.com/sgl-project/sglang/pull/17558", "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"terminal\">"},
		{"github.com/vllm-project/vllm/issues/42878", "<｜DSML｜invoke name=\"terminal\"><｜DSML｜parameter name=\"command\""},
		{"llama.com/docs/model-cards-and-prompt-formats/llama3_1", "<|python_tag|>terminal.call(command=\"ls\")"},
		{"llama.com/docs/model-cards-and-prompt-formats/llama3_1", `{"type": "function", "name": "terminal", "parameters": {"command": "ls"}}`},
		{"llama.com/docs/model-cards-and-prompt-formats/llama4", `[terminal(command="ls -l (all)"), finish()]`},
		{"community.openai.com: multi_tool_use.parallel", `{"tool_uses":[{"recipient_name":"functions.terminal","parameters":{"x":1}}]}`},
		{"platform.openai.com/docs/api-reference/chat: a call as text", `{"id":"a","type":"function","function":{"name":"terminal","arguments":"{}"}}`},
		{"docs.cohere.com/docs/command-r-hf", "Action: [\n    {\n        \"tool_name\": \"terminal\",\n        \"parameters\": {}\n    }\n]"},
		{"github.com/Oaklight/argo-proxy/pull/59", "Let me look. {'id': 'toolu_1', 'input': {'x': 1}, 'name': 'terminal', 'type': 'tool_use'}"},
		{"github.com/kirodotdev/Kiro/issues/11437", "assistant to=functions.str_replace json {"},
		{"same, as a list", `[{"name": "terminal", "arguments": {"command": "ls"}}]`},
		{"same, in a fence", "```json\n{\"name\": \"terminal\", \"arguments\": {\"command\": \"ls\"}}\n```"},
		{"github.com/raullenchai/Rapid-MLX/issues/579", "[TOOL_CALLS]terminal[ARGS]{\"command\": \"ls\"}"},
		{"docs.mistral.ai/cookbooks/concept-deep-dive-tokenization-tool_calling", `[TOOL_CALLS] [{"name": "terminal"}]`},
		{"cookbook.openai.com/articles/openai-harmony", "<|channel|>commentary to=functions.terminal <|constrain|>json<|message|>{}"},
		{"github.com/vllm-project/vllm/pull/32633", "analysis to=functions.terminal code{\"command\":\"ls\"}"},
		{"docs.claude.com", "<function_calls>\n<invoke name=\"terminal\">\n<parameter name=\"command\">ls</parameter>"},
		{"github.com/MiniMax-AI/MiniMax-M2.5/issues/10", "<minimax:tool_call>\n  <invoke name=\"exec\">\n    <parameter name=\"command\">ls"},
		{"github.com/MiniMax-AI/MiniMax-M2/issues/14", "<tool_calls>\n{\"name\": \"terminal\"}\n</tool_calls>"},
		{"github.com/docker/model-runner/issues/1045", "<start_function_call>call:get_time{}<end_function_call>"},
		{"github.com/Blaizzy/mlx-vlm/issues/900", "<|tool_call>call:terminal{command:<|\"|>ls<|\"|>}<tool_call|>"},
		{"ai.google.dev/gemma/docs/capabilities/function-calling", "```tool_code\nprint(default_api.terminal(command='ls'))\n```"},
		{"huggingface.co/ibm-granite/granite-3.3-8b-instruct", "<|tool_call|>[{\"name\": \"terminal\", \"arguments\": {}}]"},
		{"huggingface.co/microsoft/Phi-4-mini-instruct", "functools[{\"name\": \"terminal\"}]"},
		{"docs.cohere.com/docs/command-a-hf", "<|START_ACTION|>[{\"tool_call_id\": \"0\"}]<|END_ACTION|>"},
		{"github.com/InternLM/InternLM: chat format", "<|action_start|><|plugin|>\n{\"name\": \"terminal\"}"},
		{"huggingface.co/ByteDance-Seed/Seed-OSS-36B-Instruct", "<seed:tool_call>\n<function=terminal>"},
		{"huggingface.co/LiquidAI/LFM2-8B-A1B", "<|tool_call_start|>[terminal(command=\"ls\")]<|tool_call_end|>"},
		{"huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2", "<TOOLCALL>[{\"name\": \"terminal\"}]</TOOLCALL>"},
		{"huggingface.co/meituan-longcat/LongCat-Flash-Chat", "<longcat_tool_call>{\"name\": \"terminal\"}"},
		{"github.com/sgl-project/sglang: step3_detector.py", "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜>"},
		{"docs.x.ai", "<xai:function_call name=\"terminal\">\n<parameter name=\"command\">ls</parameter>"},
		{"github.com/jundot/omlx/issues/3153", "I will run it.\n<tool_call>\n{\"name\": \"terminal\", \"argum"},
	} {
		resp, err := streamed(t, delta(`{"content":`+quoted(c.text)+`}`), ended("stop"))
		if err != nil || resp.Finish != llm.FinishSpoiled || resp.Message.Text != c.text {
			t.Errorf("%q: %q, %v (%s)", c.text, resp.Finish, err, c.source)
		}
		// MiniMax and others write them among their thoughts:
		// github.com/waybarrios/vllm-mlx/pull/98
		resp, err = streamed(t, delta(`{"content":"","reasoning_content":`+quoted(c.text)+`}`), ended("stop"))
		if err != nil || resp.Finish != llm.FinishSpoiled {
			t.Errorf("thought: %q: %q, %v", c.text, resp.Finish, err)
		}
	}
	for _, text := range []string{
		"All done.", "The parser now accepts `<tool_call>` tags.", "if a < b { return x[0] }", "<html><body>",
		"Added:\n```python\nassert parse('<tool_call>{\"name\": \"x\"}</tool_call>')\n```\nand a test.",
		"I renamed `functions.py:12` and fixed <ToolCallList/>.", `The config is now {"a": [1, 2]}.`,
		"See call(to=user) and <function> in the docs.", `{"name": "bench", "version": "1.0"}`, "[see above]", "[x] done (all=3)",
	} {
		resp, err := streamed(t, delta(`{"content":`+quoted(text)+`}`), ended("stop"))
		if err != nil || resp.Finish != llm.FinishStop {
			t.Errorf("%q: %q, %v", text, resp.Finish, err)
		}
	}
}

func quoted(s string) string { return string(llm.Quote(s)) }
