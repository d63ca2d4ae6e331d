package agent

import (
	"fmt"
	"strings"

	"bench/llm"
)

// Transcript renders a conversation as text.
func Transcript(messages []*llm.Message, maxChars int) string {
	var b strings.Builder
	for _, m := range messages {
		if m.Role == "system" {
			continue
		}
		fmt.Fprintf(&b, "## %s\n%s\n", m.Role, m.Text)
		for _, c := range m.ToolCalls {
			fmt.Fprintf(&b, "%s %s\n", c.Name, c.Arguments)
		}
	}
	text := b.String()
	return text[max(0, len(text)-maxChars):]
}
