package tools

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// The mark of a finished command is found wherever reads split the stream, and
// taking output in between never tears it.
func TestMarkSplitAnywhere(t *testing.T) {
	t.Parallel()
	const token = "TOKEN"
	stream := "out\x1eput\n\x1eTOKEN 17 /some dir\x1e\nlate"
	for i := range len(stream) {
		for j := i; j < len(stream); j++ {
			var s spool
			var seen strings.Builder
			found := false
			for _, part := range []string{stream[:i], stream[i:j], stream[j:]} {
				s.write([]byte(part))
				before, word, rest, ok := s.cut(token, len(part))
				if ok {
					found = word == "17" && rest == "/some dir"
					seen.WriteString(before.text() + "|")
				} else {
					seen.WriteString(s.takeSome(token).text())
				}
			}
			seen.WriteString(s.take().text())
			if want := "out\x1eput\n|late"; !found || seen.String() != want {
				t.Fatalf("split at %d and %d: %q", i, j, seen.String())
			}
		}
	}
}

func TestSpoolDropsTheMiddle(t *testing.T) {
	t.Parallel()
	var s spool
	var all bytes.Buffer
	for i := 0; all.Len() < 3*(spoolHead+spoolTail); i++ {
		line := fmt.Appendf(nil, "line %d\n", i)
		all.Write(line)
		s.write(line)
		if cap(s.buf) > 4*(spoolHead+2*spoolTail) {
			t.Fatalf("holds %d bytes", cap(s.buf))
		}
	}
	o := s.take()
	if o.bytes() != int64(all.Len()) {
		t.Errorf("counts %d bytes of %d", o.bytes(), all.Len())
	}
	text := o.text()
	head, tail := all.Bytes()[:spoolHead], all.Bytes()[all.Len()-spoolTail:]
	if !strings.HasPrefix(text, string(head)) || !strings.HasSuffix(text, string(tail)) {
		t.Error("head or tail is not as it was written")
	}
	if !strings.Contains(text, fmt.Sprintf("\n[%d bytes were not kept]\n", o.dropped)) {
		t.Error("the loss is not mentioned")
	}
}
