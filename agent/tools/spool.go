package tools

import (
	"bytes"
	"fmt"
	"strings"
)

// What is kept of one command's output before it is read: the first and the
// last so many bytes.
const (
	spoolHead = 8 << 20
	spoolTail = 2 << 20
)

// spool collects output. Of more than it can keep it drops the middle.
type spool struct {
	buf     []byte
	dropped int64 // bytes lost between the first spoolHead and the rest
}

func (s *spool) write(p []byte) {
	if s.buf = append(s.buf, p...); len(s.buf) > spoolHead+2*spoolTail {
		cut := len(s.buf) - spoolHead - spoolTail
		s.dropped += int64(cut)
		s.buf = append(s.buf[:spoolHead], s.buf[spoolHead+cut:]...)
	}
}

// output is what was taken from a spool.
type output struct {
	buf     []byte
	dropped int64
}

// take empties the spool.
func (s *spool) take() output { return s.split(len(s.buf), len(s.buf)) }

// split takes what stands before byte i and keeps what stands from byte j on.
func (s *spool) split(i, j int) output {
	o := output{buf: s.buf[:i:i], dropped: s.dropped}
	*s = spool{buf: bytes.Clone(s.buf[j:])}
	return o
}

func (o output) bytes() int64 { return int64(len(o.buf)) + o.dropped }

// text is the output as valid UTF-8, with a word on what was not kept.
func (o output) text() string {
	if o.dropped == 0 {
		return printable(string(o.buf))
	}
	note := fmt.Sprintf("\n[%d bytes were not kept]\n", o.dropped)
	return printable(string(o.buf[:spoolHead]) + note + string(o.buf[spoolHead:]))
}

// printable replaces what a JSON text cannot carry.
func printable(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return s
}

// mark is the line a shell prints when a command is done:
//
//	RS token SP word SP rest RS LF
//
// RS is a byte that commands hardly print, and the token is random.
const recordSeparator = 0x1e

// markSearch is how far before new output a mark can begin: its rest is a
// path, which the kernel bounds.
const markSearch = 8 << 10

// cut looks for the mark in the last fresh bytes of the spool and takes out
// what stands before it; what stands behind it stays.
func (s *spool) cut(token string, fresh int) (before output, word, rest string, ok bool) {
	at := s.find(token, fresh)
	if at < 0 {
		return output{}, "", "", false
	}
	inner := s.buf[at+1+len(token):]
	length := bytes.Index(inner, []byte{recordSeparator, '\n'})
	if length < 0 {
		return output{}, "", "", false
	}
	word, rest, _ = strings.Cut(strings.TrimPrefix(string(inner[:length]), " "), " ")
	return s.split(at, at+1+len(token)+length+2), word, rest, true
}

// find returns where a mark begins, or -1.
func (s *spool) find(token string, fresh int) int {
	from := max(0, len(s.buf)-fresh-markSearch)
	at := bytes.Index(s.buf[from:], append([]byte{recordSeparator}, token...))
	if at < 0 {
		return -1
	}
	return from + at
}

// takeSome takes all but the beginning of a mark that is still arriving.
func (s *spool) takeSome(token string) output {
	end := s.find(token, 0)
	if end < 0 {
		end = len(s.buf)
		at := bytes.LastIndexByte(s.buf, recordSeparator)
		if at >= 0 && strings.HasPrefix(token, string(s.buf[at+1:])) {
			end = at
		}
	}
	return s.split(end, end)
}
