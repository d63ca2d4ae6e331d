package agent_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bench/agent"
)

func FuzzClip(f *testing.F) {
	f.Add("short", 10)
	f.Add(strings.Repeat("é", 100), 11)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		text = strings.ToValidUTF8(text, "?")
		limit = max(0, limit%1000)
		got, left := agent.Clip(text, limit, func(int) string { return "\n…\n" })
		if left == 0 {
			if got != text {
				t.Fatal("changed what fits")
			}
			return
		}
		head, tail, _ := strings.Cut(got, "\n…\n")
		if n := utf8.RuneCountInString(got) - 3; n != limit && !strings.Contains(text, "…") {
			t.Fatalf("%d characters of %d", n, limit)
		}
		if !strings.HasPrefix(text, head) || !strings.Contains(text, "…") && !strings.HasSuffix(text, tail) {
			t.Fatal("not a head and a tail")
		}
		if int(left) != len(text)-(len(got)-len("\n…\n")) {
			t.Fatalf("left out %d", left)
		}
	})
}
