package wire

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"bench/llm"
)

// Messages of a conversation that is too long, as they were reported.
func TestOverflows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, text string }{
		{"platform.openai.com/docs/guides/error-codes", `context_length_exceeded`},
		{"github.com/earendil-works/pi/issues/129", `Your input exceeds the context window of this model`},
		{"github.com/earendil-works/pi/issues/129", `prompt is too long: 213462 tokens > 200000 maximum`},
		{"github.com/openclaw/openclaw/pull/20539",
			"input length and `max_tokens` exceed context limit: 170636 + 34048 > 200000, decrease input length"},
		{"docs.claude.com/en/api/errors", `request_too_large: Request exceeds the maximum size`},
		{"github.com/earendil-works/pi/issues/129",
			`The input token count (1196265) exceeds the maximum number of tokens allowed (1048575)`},
		{"cloud.google.com/vertex-ai",
			`Unable to submit request because the input token count is 40000 but model only supports up to 32768`},
		{"github.com/earendil-works/pi/issues/129",
			`This model's maximum prompt length is 131072 but the request contains 537812 tokens`},
		{"github.com/earendil-works/pi/issues/129", `Please reduce the length of the messages or completion.`},
		{"github.com/QwenLM/qwen-code/issues/5950",
			`This endpoint's maximum context length is 131072 tokens. However, you requested about 135349 tokens`},
		{"github.com/earendil-works/pi/issues/4943",
			`Input length 131393 exceeds the maximum allowed input length of 131040 tokens.`},
		{"github.com/earendil-works/pi/issues/5677",
			`Input length (265330) exceeds model's maximum context length (262144).`},
		{"github.com/ggml-org/llama.cpp server", `the request exceeds the available context size, try increasing it`},
		{"github.com/ggml-org/llama.cpp server", `exceed_context_size_error`},
		{"LM Studio", `Trying to keep the first 9000 tokens to keep from the initial prompt is greater than the context length`},
		{"GitHub Copilot", `prompt token count of 132000 exceeds the limit of 128000`},
		{"MiniMax", `invalid params, context window exceeds limit (2013)`},
		{"github.com/archestra-ai/archestra/pull/6044",
			`Invalid request: Your request exceeded model token limit: 262144 (requested: 566084)`},
		{"Mistral", `Prompt contains 140000 tokens, too large for model with 131072 maximum context length`},
		{"docs.z.ai/api-reference/api-code 1261", `Prompt exceeds max length`},
		{"docs.bigmodel.cn 1261", `Prompt 超长`},
		{"Ollama", `prompt too long; exceeded max context length by 1021 tokens`},
		{"Ollama", `the input length exceeds the context length`},
		{"Amazon Bedrock", `ValidationException: Input is too long for requested model.`},
		{"Amazon Bedrock", `The maximum tokens you requested exceeds the model limit of 4096`},
		{"help.aliyun.com/zh/model-studio/error-code",
			`<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]`},
		{"vLLM", `The decoder prompt (length 41000) is longer than the maximum model length of 40960.`},
		{"github.com/earendil-works/pi/pull/5929",
			`This model's maximum context length is 262144 tokens. However, you requested 0 output tokens`},
		{"text-generation-inference",
			"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8192. Given: 7200 `inputs` tokens"},
		{"text-generation-inference",
			"Input validation error: `inputs` must have less than 4096 tokens. Given: 5012"},
		{"github.com/QwenLM/Qwen3/issues/1321",
			`The input (61709 tokens) is longer than the model's context length (40960 tokens).`},
		{"github.com/sgl-project/sglang/issues/4048",
			`Input length (160062 tokens) exceeds the maximum allowed length (59862 tokens).`},
		{"SGLang", `Requested token count exceeds the model's maximum context length of 131072 tokens.`},
		{"github.com/0xBakeer/inference-atlas/pull/186",
			`Prompt too long: 5152 tokens exceeds max_seq_len 2048 (leave room for output tokens)`},
		{"Cohere", `too many tokens: total number of tokens in the prompt cannot exceed 4081`},
		{"llama-cpp-python", `Requested tokens (5000) exceed context window of 4096`},
		{"TabbyAPI", `Prompt length 9000 is greater than max_seq_len 8192`},
		{"SambaNova", `the maximum supported sequence length is just 4096!`},
		{"Volcengine Ark", `Total tokens of image and text exceed max message tokens`},
		{"Baidu Qianfan", `the max input characters is 11200`},
		{"Azure", `Input tokens exceed the configured limit of 272000 tokens`},
		{"Z.AI finish_reason", `model_context_window_exceeded`},
		{"LiteLLM", `litellm.ContextWindowExceededError: BadRequestError`},
		{"LiteLLM", `ContextWindowExceededError`},
		{"Fireworks", `The prompt is too long: 10000, model maximum context length: 8192`},
		{"NVIDIA NIM", `prompt exceeds the maximum sequence length`},
	} {
		if !Overflows(c.text) {
			t.Errorf("%s: missed: %s", c.source, c.text)
		}
	}
}

// What speaks of tokens or of length and means something else.
func TestOverflowsNot(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ThrottlingException: Too many tokens, please wait before trying again.",
		"Request too large for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Requested 12000.",
		"Rate limit reached: 131072 input tokens per minute exceed the limit of 100000",
		"max_tokens is too large: 200000. This model supports at most 16384 completion tokens",
		"Invalid 'tools': array too long. Expected an array with maximum length 128",
		"you must provide a model parameter",
		"Invalid 'messages[3].tool_calls[0].id': string too long. Expected a string with maximum length 40",
		"temperature: range: -1..1",
	} {
		if Overflows(text) {
			t.Errorf("taken for an overflow: %s", text)
		}
	}
}

// class is what becomes of a failed attempt.
func class(e *llm.StatusError) string {
	switch {
	case errors.Is(e, llm.ErrContextOverflow):
		return "overflow"
	case errors.Is(e, llm.ErrHopeless):
		return "hopeless"
	case errors.Is(e, llm.ErrRefused):
		return "refused"
	case e.Retryable:
		return "again"
	}
	return "final"
}

// Answers that are failures, whole, and what becomes of the attempt.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		status int
		body   string
		want   string
		says   string
	}{
		{"github.com/simonw/llm/issues/494", 429,
			`{"error":{"message":"You exceeded your current quota, please check your plan and billing details.",` +
				`"type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "hopeless",
			"You exceeded your current quota, please check your plan and billing details."},
		{"github.com/BerriAI/litellm/issues/32785", 429,
			`{"error":{"message":"You have no credits remaining.","code":"credit_balance_exhausted"}}`, "hopeless", ""},
		{"github.com/BerriAI/litellm/issues/32785", 400, `{"type":"error","error":{"type":"invalid_request_error",` +
			`"message":"Your credit balance is too low to access the Anthropic API."}}`, "hopeless",
			"Your credit balance is too low to access the Anthropic API."},
		{"github.com/continuedev/continue/issues/9853", 402, `{"error":{"message":"Insufficient Balance",` +
			`"type":"unknown_error","param":null,"code":"invalid_request_error"}}`, "hopeless", "Insufficient Balance"},
		{"xAI, github.com/BerriAI/litellm/issues/32785", 403, `{"code":"The caller does not have permission",` +
			`"error":"Your team has either used all available credits or reached its monthly spending limit."}`,
			"hopeless", "Your team has either used all available credits or reached its monthly spending limit."},
		{"openrouter.ai/docs/api-reference/errors", 402, `{"error":{"code":402,"message":"This request requires ` +
			`more credits, or fewer max_tokens."}}`, "hopeless", ""},
		{"platform.moonshot.ai/docs/api/chat", 429, `{"error":{"type":"exceeded_current_quota_error",` +
			`"message":"Your account is suspended, please check your plan and billing details"}}`, "hopeless", ""},
		{"docs.z.ai/api-reference/api-code", 429, `{"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}`,
			"hopeless", "余额不足或无可用资源包,请充值。"},
		{"help.aliyun.com/zh/model-studio/error-code", 400, `{"error":{"code":"Arrearage","message":"Access denied, ` +
			`please make sure your account is in good standing.","type":"Arrearage"}}`, "hopeless", ""},
		{"platform.minimax.io error codes", 200, `{"choices":null,"base_resp":{"status_code":1008,` +
			`"status_msg":"insufficient balance"}}`, "hopeless", "insufficient balance"},
		{"platform.minimax.io error codes", 200, `{"base_resp":{"status_code":1004,"status_msg":"login fail"}}`,
			"hopeless", "login fail"},
		{"OpenAI, a gateway with status 200", 200, `{"error":{"message":"Incorrect API key provided: sk-x",` +
			`"type":"invalid_request_error","code":"invalid_api_key"}}`, "hopeless", ""},
		{"LiteLLM proxy", 400, `{"error":{"message":"Budget has been exceeded! Current cost: 10.1, Max budget: 10",` +
			`"type":"budget_exceeded","param":null,"code":"400"}}`, "hopeless", ""},
		{"Google AI Studio", 400, `[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.",` +
			`"status":"INVALID_ARGUMENT"}}]`, "hopeless", "API key not valid. Please pass a valid API key."},
		{"vLLM, /v1 is missing in base_url", 404, `{"detail":"Not Found"}`, "hopeless", ""},
		{"Ollama", 404, `404 page not found`, "hopeless", ""},
		{"nginx", 404, "<html>\r\n<head><title>404 Not Found</title></head>", "hopeless", ""},
		{"Azure", 404, `{"error":{"code":"404","message":"Resource not found"}}`, "hopeless", ""},
		{"OpenAI", 404, `{"error":{"message":"Invalid URL (POST /chat/completions)","type":"invalid_request_error"}}`,
			"hopeless", ""},
		{"FastAPI", 405, `{"detail":"Method Not Allowed"}`, "hopeless", ""},
		{"github.com/openai/openai-python/issues/2536", 404, `{"error":{"message":"Item with id 'rs_1' not found. Items are ` +
			`not persisted when store is set to false.","type":"invalid_request_error"}}`, "refused", ""},
		{"github.com/zed-industries/zed/issues/36094", 404, `{"error":{"message":"No endpoints found that support the ` +
			`provided 'tool_choice' value. To learn more about provider routing, visit: https://openrouter.ai",` +
			`"code":404}}`, "refused", ""},
		{"github.com/dnakov/anon-kode/issues/2", 404, `{"error":{"message":"No endpoints found that support tool use.",` +
			`"code":404}}`, "hopeless", ""},
		{"OpenAI", 404, `{"error":{"message":"The model gpt-99 does not exist or you do not have access to it.",` +
			`"type":"invalid_request_error","code":"model_not_found"}}`, "hopeless", ""},
		{"one-api", 403, `{"error":{"message":"user quota is not enough","type":"new_api_error",` +
			`"code":"insufficient_user_quota"}}`, "hopeless", ""},

		{"ai.google.dev/gemini-api/docs/rate-limits", 429, `{"error":{"code":429,"message":"You exceeded your current ` +
			`quota, please check your plan and billing details. Please retry in 34.07s.","status":"RESOURCE_EXHAUSTED"}}`,
			"again", ""},
		{"Groq", 429, `{"error":{"message":"Rate limit reached for model on tokens per day (TPD): Limit 100000, ` +
			`Used 99000. Please try again in 7m12s.","type":"tokens","code":"rate_limit_exceeded"}}`, "again", ""},
		{"Anthropic", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "again", "Overloaded"},
		{"DeepSeek", 503, `{"error":{"message":"Server overloaded"}}`, "again", ""},
		{"vLLM behind nginx", 502, `<html><body>502 Bad Gateway</body></html>`, "again", ""},
		{"openrouter.ai/docs/api-reference/errors", 400, `{"error":{"message":"Provider returned error","code":400,` +
			`"metadata":{"raw":"{\"error\":{\"message\":\"messages.4: unexpected role\",\"type\":\"invalid_request_error\"}}",` +
			`"provider_name":"Anthropic"}}}`, "refused",
			"Provider returned error (Anthropic: messages.4: unexpected role)"},
		{"an OpenRouter provider that is full", 429, `{"error":{"message":"Provider returned error","code":429,` +
			`"metadata":{"raw":"model is temporarily rate-limited upstream","provider_name":"Chutes"}}}`, "again",
			"Provider returned error (Chutes: model is temporarily rate-limited upstream)"},
		{"OpenRouter overflow inside", 400, `{"error":{"message":"Provider returned error","code":400,"metadata":` +
			`{"raw":"{\"message\":\"Input length 9 exceeds the maximum allowed input length of 8 tokens.\"}"}}}`, "overflow", ""},
		{"Cerebras", 413, ``, "overflow", ""},
		{"Groq", 413, `{"error":{"message":"Request too large for model on tokens per minute (TPM): Limit 6000, ` +
			`Requested 8000","type":"tokens","code":"rate_limit_exceeded"}}`, "refused", ""},
		{"FastAPI", 422, `{"detail":[{"loc":["body","x"],"msg":"extra fields not permitted"}]}`, "refused", ""},
		{"Mistral", 400, `{"object":"error","message":"Expected last role User or Tool","type":"invalid_request_error"}`,
			"refused", "Expected last role User or Tool"},
		{"a list of errors", 400, `{"errors":[{"message":"no such field"}]}`, "refused", ""},
		{"plain text", 400, `bad request`, "refused", "bad request"},
		{"nothing", 400, ``, "refused", "Bad Request"},
		{"200 with an error in it", 200, `{"error":{"message":"Internal server error","code":500}}`, "again",
			"Internal server error"},
		{"200 with an error as text", 200, `{"error":"boom"}`, "again", "boom"},
	} {
		e := ReportedError(nil, []byte(c.body))
		if c.status != 200 {
			e = Refused(c.status, nil, []byte(c.body))
		}
		if e == nil {
			t.Errorf("%s: no failure in %s", c.source, c.body)
			continue
		}
		if got := class(e); got != c.want {
			t.Errorf("%s: %s, want %s: %v", c.source, got, c.want, e)
		}
		if text := (Failure{Status: c.status, Body: []byte(c.body)}); c.says != "" {
			text.read([]byte(c.body))
			if text.Message != c.says && e.Err.Error() != c.says && !errorEnds(e, c.says) {
				t.Errorf("%s: says %q, want %q", c.source, e.Err, c.says)
			}
		}
	}
}

// Errors by which a provider, or a filter before the model, declines to answer,
// and what looks like one.
func TestDeclined(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		status int
		body   string
		word   string // empty: it is no refusal
	}{
		{"github.com/alan-turing-institute/t0-1/issues/69", 400, `{"error":{"message":"Invalid prompt: your prompt was ` +
			`flagged as potentially violating our usage policy.","type":"invalid_request_error","param":null,` +
			`"code":"invalid_prompt"}}`, "invalid_prompt"},
		{"github.com/onyx-dot-app/onyx/issues/10893", 400, `{"error":{"message":"The response was filtered due to the ` +
			`prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt",` +
			`"code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, "content_filter"},
		{"github.com/anthropics/claude-code/issues/58367", 400, `{"type":"error","error":{"type":"invalid_request_error",` +
			`"message":"Output blocked by content filtering policy"},"request_id":"r"}`, "refusal"},
		{"github.com/666ghj/BettaFish/issues/108", 400, `{"error":{"message":"Content Exists Risk",` +
			`"type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`, "refusal"},
		{"help.aliyun.com/zh/model-studio/error-code", 400, `{"error":{"code":"data_inspection_failed","message":"<400> ` +
			`InternalError.Algo.DataInspectionFailed: Output data may contain inappropriate content.",` +
			`"type":"data_inspection_failed"}}`, "data_inspection_failed"},
		{"platform.moonshot.ai/docs/api/errors", 400, `{"error":{"type":"content_filter","message":"The request was ` +
			`rejected because it was considered high risk"}}`, "content_filter"},
		{"docs.x.ai", 403, `{"code":"The caller does not have permission","error":"Content violates usage guidelines. ` +
			`Team: x, API key ID: y, Model: grok-4, Failed check: SAFETY_CHECK_TYPE_BIO"}`, "refusal"},
		{"docs.z.ai/api-reference/api-code", 400, `{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}`, "1301"},
		{"platform.minimax.io error codes", 200, `{"base_resp":{"status_code":1027,"status_msg":"output new_sensitive (1027)"}}`,
			"1027"},
		{"openrouter.ai/docs/api-reference/errors", 403, `{"error":{"code":403,"message":"openai/o3 requires moderation. ` +
			`Your input was flagged for \"violence\"."}}`, "refusal"},
		{"OpenAI, in a stream", 200, `{"error":{"code":"cyber_policy_violation","message":"blocked"}}`,
			"cyber_policy_violation"},

		{"OpenRouter, a request of a wrong form", 400, `{"error":{"code":"invalid_prompt",` +
			`"message":"Invalid Responses API request"},"metadata":null}`, ""},
		{"a prompt that is too long", 400, `{"error":{"code":"invalid_prompt","message":"prompt is too long: 9 tokens"}}`, ""},
		{"a key", 401, `{"error":{"code":"content_filter","message":"no key"}}`, ""},
		{"a request that is quoted", 422, `{"detail":[{"msg":"extra","input":"the content filtering policy"}]}`, ""},
	} {
		e := ReportedError(nil, []byte(c.body))
		if c.status != 200 {
			e = Refused(c.status, nil, []byte(c.body))
		}
		a := &Attempt{}
		left := a.refuse(e)
		switch {
		case c.word == "" && (left == nil || a.Message != nil):
			t.Errorf("%s: taken for a refusal", c.source)
		case c.word == "":
		case left != nil || e.Retryable || a.Finish != llm.FinishRefusal || a.FinishReason != c.word || a.Message.Text == "":
			t.Errorf("%s: %q, %q, %v, want %q", c.source, a.Finish, a.FinishReason, left, c.word)
		}
	}
}

func errorEnds(e *llm.StatusError, says string) bool {
	s := e.Err.Error()
	return len(s) >= len(says) && s[len(s)-len(says):] == says
}

func TestNoError(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"choices":[{"message":{"content":"hi"}}]}`, `{"choices":[],"error":null}`, `[]`, `not JSON`,
		`{"choices":[{}],"message":"ok"}`,
	} {
		if e := ReportedError(nil, []byte(body)); e != nil {
			t.Errorf("%s: %v", body, e)
		}
	}
}

func TestWaitInBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, body string
		want         time.Duration
	}{
		{"OpenAI", "Rate limit reached. Please try again in 1.5s. Visit https://…", 1500 * time.Millisecond},
		{"OpenAI", "Please try again in 250ms.", 250 * time.Millisecond},
		{"Groq", "Please try again in 7m12.5s. Need more tokens?", 7*time.Minute + 12500*time.Millisecond},
		{"Groq", "try again in 1h2m3s", time.Hour + 2*time.Minute + 3*time.Second},
		{"Azure", "Please retry after 20 seconds.", 20 * time.Second},
		{"Gemini", `Please retry in 34.074824224s.`, 34074824223 * time.Nanosecond},
		{"Gemini RetryInfo", `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}`, 34 * time.Second},
		{"Gemini CLI quota", "Your quota will reset after 1h7m23s.", time.Hour + 7*time.Minute + 23*time.Second},
		{"a field", `{"error":{"retry_after":12}}`, 12 * time.Second},
		{"a field as text", `{"retry_after_seconds":"1.5"}`, 1500 * time.Millisecond},
		{"a field in ms", `{"retry_after_ms":900}`, 900 * time.Millisecond},
		{"words", "please wait for 2 minutes and 5 seconds before the next", 2*time.Minute + 5*time.Second},
		{"none", "try again later", 0},
		{"a number of something else", "retry after 3 attempts", 0},
	} {
		if got := waitIn(c.body); got != c.want {
			t.Errorf("%s: %s: %v, want %v", c.source, c.body, got, c.want)
		}
	}
	f := Failure{Header: http.Header{"Retry-After": {"3"}}, Message: "try again in 9s"}
	if got := f.wait(); got != 3*time.Second {
		t.Errorf("a header comes first: %v", got)
	}
}

// What was turned away because there was too much is told from what is broken.
func TestThrottled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status    int
		body      string
		throttled bool
	}{
		{429, `{"error":{"message":"slow down"}}`, true},
		{503, ``, true},
		{529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, true},
		{400, `{"error":{"message":"rate limit reached, try again later"}}`, true},
		{429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`, false},
		{500, `{"error":{"message":"internal error"}}`, false},
		{502, ``, false},
		{400, `{"error":{"message":"bad field"}}`, false},
	} {
		if got := Refused(c.status, nil, []byte(c.body)); got.Throttled != c.throttled {
			t.Errorf("%d %s: throttled is %t", c.status, c.body, got.Throttled)
		}
	}
	within := ReportedError(nil, []byte(`{"error":{"message":"Provider overloaded"}}`))
	if within == nil || !within.Throttled {
		t.Errorf("an answer that is an error: %+v", within)
	}
}
