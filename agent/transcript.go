package agent

import (
	"fmt"
	"strings"

	"bench/llm"
)

// Transcript renders a conversation as plain text for another model to read:
// what was said, the tool calls, numbered from 1, and what came of each. The
// system prompt is left out. Of more than maxChars characters the first and the
// last are kept, and a line between them says how many are missing; 0 keeps all.
func Transcript(messages []*llm.Message, maxChars int) string {
	var b strings.Builder
	calls, made := map[string]string{}, 0 // by id, which models use again: number and name
	for _, m := range messages {
		switch m.Role {
		case "system":
		case "tool":
			writeTurn(&b, "Result of "+calls[m.CallID], m.Text)
		case "assistant":
			if text := strings.TrimSpace(m.Text); text != "" {
				writeTurn(&b, "Assistant", text)
			}
			for _, c := range m.ToolCalls {
				made++
				calls[c.ID] = fmt.Sprintf("call %d, %s", made, c.Name)
				writeTurn(&b, "Assistant makes "+calls[c.ID], c.Arguments)
			}
		default:
			writeTurn(&b, "User", m.Text)
		}
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if maxChars <= 0 {
		return text
	}
	text, _ = Clip(text, maxChars, func(characters int) string {
		return fmt.Sprintf("\n[%d characters of the conversation are left out here]\n", characters)
	})
	return text
}

func writeTurn(b *strings.Builder, who, text string) {
	fmt.Fprintf(b, "[%s]\n%s\n\n", who, strings.TrimRight(text, "\n"))
}
