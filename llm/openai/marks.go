package openai

import (
	"regexp"
	"strings"
)

// marks are how models write tool calls for the parser of their server, which
// should not be seen outside. Where one is, the parser has failed, and the text
// is a call that was never made. The first pattern has the words that most
// families use, whatever stands before and behind them: <tool_call>,
// <|tool_calls_section_begin|>, <｜tool▁call▁begin｜>, <minimax:tool_call>,
// <｜DSML｜function_calls>, <start_function_call>, <xai:function_call name="…">.
var marks = regexp.MustCompile(strings.Join([]string{
	`<[^<>\sA-Z]{0,24}(?:DSML｜)?(?:tool|function)[_▁-]?calls?(?:[|｜_▁ :\n][^<>\n]{0,80})?>?`,
	// Nemotron; Claude, DeepSeek and Qwen; GLM; Mistral; Llama
	`<(?:TOOLCALL|TOOL_CALL)>`,
	`<(?:｜DSML｜|\|DSML\||[a-z]+:)?(?:invoke|function|parameter)(?:\s+name)?\s*=`,
	`<arg_key>`,
	`\[TOOL_CALLS?\]|\[ARGS\]`,
	`<\|(?:python_tag|eom_id)\|>`,
	// gpt-oss; InternLM, Command and Apertus; DeepSeek; Phi; Qwen-Agent; Kimi
	`<\|(?:channel|constrain|call)\|>|<\|start\|>assistant|\bto=functions\.\w`,
	`<\|(?:plugin|action_start|START_ACTION|tools_prefix|tool_use|tool_sep)\|>`,
	`<｜tool▁sep｜>`,
	`\bfunctools\[`,
	`✿FUNCTION✿`,
	`(?m)^functions\.\w+:\d+\s*[{<]`,
	// Claude, its blocks printed; Gemini and Gemma
	`['"]type['"]\s*:\s*['"]tool_use['"]`,
	"\\A\\s*```tool_(?:code|calls?)\\b",
	// A call as JSON, or in the syntax of Python, and nothing before it.
	`(?s)\A\s*(?:<\|[^|>]*\|>|Action:)?\s*\[?\s*(?:\{[^{}]*){1,2}` +
		`"(?:name|tool|tool_name|function|recipient_name)"\s*:\s*"[^"]+"[^{}]*` +
		`"(?:arguments|parameters|args|input|tool_input)"\s*:\s*["{]`,
	`(?s)\A\s*\[[A-Za-z_]\w*\(\s*(?:\w+\s*=.*)?\)\]\s*\z`,
}, "|"))

var (
	whole  = regexp.MustCompile("(?s)\\A\\s*```(?:json)?\n(.*?)\n?```\\s*\\z")
	quoted = regexp.MustCompile("(?s)```[^\n]*\n.*?```|`[^`\n]+`")
)

// rawCall reports whether a text has a call in the marks of a model family. What
// it quotes as code does not count, since there are projects about such marks,
// unless the code is all that it says.
func rawCall(text string) bool {
	if !strings.ContainsAny(text, "<[{✿") && !strings.Contains(text, "to=") &&
		!strings.Contains(text, "```tool_") {
		return false
	}
	if code := whole.FindStringSubmatch(text); code != nil {
		text = code[1]
	}
	return marks.MatchString(text) && marks.MatchString(quoted.ReplaceAllStringFunc(text, keepTools))
}

// keepTools drops quoted code other than calls.
func keepTools(code string) string {
	if strings.HasPrefix(code, "```tool_") {
		return code
	}
	return ""
}
