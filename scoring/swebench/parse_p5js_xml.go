package swebench

import (
	"strings"
	"unicode/utf8"
)

// removeXML removes the first "<tag>…</tag>" (shortest, any text between) until
// there is none. Where the removed text has more than one "<tag>", all but one
// are put back in its place. The two sides of a gap may form a tag that was not
// there before.
//
// The harness searches from the start after every removal. Here the text is
// read once: out has what was passed over, which holds no element.
func removeXML(text string) string {
	if !strings.Contains(text, "</") {
		return text
	}
	x := xmlRemover{
		text: text, out: make([]byte, 0, len(text)),
		ends: map[string][]int{}, opens: map[string][]int{},
	}
	for i := strings.Index(text, "</"); i >= 0; i = indexFrom(text, "</", i+2) {
		if name, ok := tagName(text[i+2:]); ok {
			x.ends[name] = append(x.ends[name], i)
		}
	}
	for i := strings.IndexByte(text, '<'); i >= 0; i = strings.IndexByte(x.text[x.pos:], '<') {
		x.pass(i)
		if name, ok := tagName(x.text[x.pos+1:]); ok {
			x.start(len(x.out), name, len(name)+2)
		} else {
			x.pass(1)
		}
	}
	return string(append(x.out, x.text[x.pos:]...))
}

// tagName is the name of a tag s begins with, up to its ">".
func tagName(s string) (string, bool) {
	n := wordRun(s)
	return s[:n], n > 0 && n < len(s) && s[n] == '>'
}

// wordRun is the length in bytes of the word characters s begins with.
func wordRun(s string) int {
	for i, r := range s {
		if !isWord(r) {
			return i
		}
	}
	return len(s)
}

type xmlRemover struct {
	text  string
	pos   int // text[pos:] is still to be read
	out   []byte
	ends  map[string][]int // positions in text of the end tags of a name, those read dropped
	opens map[string][]int // positions in out of the start tags of a name; none has an end
	order []openTag        // the same, of all names in order
}

type openTag struct {
	name string
	at   int
}

// pass moves n bytes from the text to out.
func (x *xmlRemover) pass(n int) {
	x.out = append(x.out, x.text[x.pos:x.pos+n]...)
	x.pos += n
}

// nextEnd is the position of the first end tag of a name in what is still to be
// read, or -1.
func (x *xmlRemover) nextEnd(name string) int {
	ends := x.ends[name]
	for len(ends) > 0 && ends[0] < x.pos {
		ends = ends[1:]
	}
	x.ends[name] = ends
	if len(ends) == 0 {
		return -1
	}
	return ends[0]
}

// start deals with a start tag that begins at position at of out and ends n
// bytes into the text.
func (x *xmlRemover) start(at int, name string, n int) {
	if x.nextEnd(name) < 0 {
		x.opened(name, at)
		x.pass(n)
		return
	}
	x.out = x.out[:at]
	x.pos += n
	x.remove(name, 1)
}

func (x *xmlRemover) opened(name string, at int) {
	x.opens[name] = append(x.opens[name], at)
	x.order = append(x.order, openTag{name, at})
}

// remove removes elements as long as one of n start tags at the end of out,
// where they are not written, finds an end. The tags left over are written.
func (x *xmlRemover) remove(name string, n int) {
	tag := "<" + name + ">"
	for n > 0 {
		end := x.nextEnd(name)
		if end < 0 {
			break
		}
		n += strings.Count(x.text[x.pos:end], tag) - 1
		x.pos = end + len(tag) + 1
	}
	if n == 0 {
		x.join()
		return
	}
	for range n {
		x.opened(name, len(x.out))
		x.out = append(x.out, tag...)
	}
}

// maxJoin bounds the length of the part of a tag before a gap, so that the time
// does not grow with the square of the text.
const maxJoin = 1000

// join looks for a tag that begins in out and ends in the text.
func (x *xmlRemover) join() {
	i := len(x.out)
	for i > 0 && len(x.out)-i < maxJoin {
		r, n := utf8.DecodeLastRune(x.out[:i])
		if !isWord(r) {
			break
		}
		i -= n
	}
	before := string(x.out[i:])
	after := wordRun(x.text[x.pos:min(len(x.text), x.pos+maxJoin)])
	switch {
	case strings.HasSuffix(string(x.out[max(0, i-2):i]), "</"):
		i -= 2
	case i > 0 && x.out[i-1] == '<' && before == "" && strings.HasPrefix(x.text[x.pos:], "/"):
		after = 1 + wordRun(x.text[x.pos+1:min(len(x.text), x.pos+maxJoin)])
		i--
	case i > 0 && x.out[i-1] == '<':
		if name := before + x.text[x.pos:x.pos+after]; name != "" && x.closes(after) {
			x.start(i-1, name, after+1)
		}
		return
	default:
		return
	}
	name := strings.TrimPrefix(before+x.text[x.pos:x.pos+after], "/")
	if name != "" && x.closes(after) {
		x.end(name, i, after+1)
	}
}

// closes reports whether ">" follows n bytes into the text.
func (x *xmlRemover) closes(n int) bool { return strings.HasPrefix(x.text[x.pos+n:], ">") }

// end deals with an end tag that begins at position at of out and ends n bytes
// into the text: the first start tag of its name is its.
func (x *xmlRemover) end(name string, at, n int) {
	opens := x.opens[name]
	if len(opens) == 0 {
		return
	}
	x.pos += n
	first, count := opens[0], len(opens)
	if tag := len(name) + 2; at-first == count*tag { // nothing between them: keep all but one
		x.truncate(at - tag)
		x.join()
		return
	}
	x.truncate(first)
	x.remove(name, count-1)
}

// truncate cuts out off, with the start tags it loses.
func (x *xmlRemover) truncate(at int) {
	x.out = x.out[:at]
	for n := len(x.order) - 1; n >= 0 && x.order[n].at >= at; n-- {
		name := x.order[n].name
		x.opens[name] = x.opens[name][:len(x.opens[name])-1]
		x.order = x.order[:n]
	}
}
