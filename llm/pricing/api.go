package pricing

import (
	"regexp"
	"time"
)

// needsResponses finds models of OpenAI that take tools on the Responses API
// alone. Since GPT-5.4 chat completions refuse tools unless the model is told
// not to reason; models for Codex and the pro models never had them:
//   - github.com/openai/openai-openapi/issues/541 (gpt-5.4)
//   - github.com/Science-Discovery/Aether/issues/1026 (gpt-5.5)
//   - github.com/BerriAI/litellm/pull/34569 (gpt-5.6, without reasoning_effort too)
//   - github.com/arbs-io/vscode-openai/issues/358 (gpt-5-codex)
//   - developers.openai.com/api/docs/models/o3-pro
var needsResponses = regexp.MustCompile(
	`^(gpt-5\.([4-9]|\d\d)|gpt-([6-9]|\d\d)|gpt-5[^/]*-(codex|pro)|o[134]-pro|codex-|` +
		`computer-use-|o[34]-[a-z-]*deep-research)`)

// API names the protocol without which a model of OpenAI's own endpoint cannot
// be asked to work with tools: "responses", or "" if chat completions will do.
func API(model string) string {
	if needsResponses.MatchString(model) {
		return "responses"
	}
	return ""
}

// Sizes returns the context window of a model and the most it can answer, in
// tokens, as of now; 0 where the table does not say.
func Sizes(model string) (window, output int64) {
	e, _ := Find(model, time.Now())
	return e.ContextWindow, e.MaxOutput
}
