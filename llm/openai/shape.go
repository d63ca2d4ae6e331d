package openai

import (
	"bytes"

	"bench/llm/wire"
)

// shape is what the chunks of a stream have in common. Most of them differ in
// one string of the delta alone, and in the obfuscation that OpenAI adds, so that
// they need not be taken apart again:
// platform.openai.com/docs/api-reference/chat-streaming
type shape struct {
	name   []byte // of the field of the delta that holds the string
	before []byte // up to and with the quote before the string
	after  []byte // from the quote behind it to the end, or to the obfuscation
	hidden bool   // the obfuscation follows
}

// string returns the string of a chunk that has the shape, with its quotes; nil
// of every other one.
func (s *shape) string(chunk []byte) []byte {
	if len(s.before) == 0 || !bytes.HasPrefix(chunk, s.before) {
		return nil
	}
	rest := chunk[len(s.before)-1:]
	end := wire.StringEnd(rest)
	if end < 0 || !bytes.HasPrefix(rest[end-1:], s.after) {
		return nil
	}
	tail := rest[end-1+len(s.after):]
	switch {
	case !s.hidden && len(tail) > 0, s.hidden && !endsOneString(tail):
		return nil
	}
	return rest[:end]
}

// endsOneString reports whether text is the rest of a plain string, and the end
// of the object it is in.
func endsOneString(text []byte) bool {
	plain, ok := bytes.CutSuffix(text, []byte(`"}`))
	return ok && !bytes.ContainsAny(plain, `"\`)
}

var obfuscation = []byte(`"obfuscation":"`)

// learn takes the shape of a chunk that added nothing but this string, which is
// a part of it.
func (s *shape) learn(chunk, name, value []byte) {
	at := cap(chunk) - cap(value) // they share memory
	if at <= 0 || at+len(value) > len(chunk) {
		return
	}
	s.name = append(s.name[:0], name...)
	s.before = append(s.before[:0], chunk[:at+1]...)
	after := chunk[at+len(value)-1:]
	hides := bytes.LastIndex(after, obfuscation)
	if s.hidden = hides >= 0; s.hidden {
		after = after[:hides+len(obfuscation)]
	}
	s.after = append(s.after[:0], after...)
}
