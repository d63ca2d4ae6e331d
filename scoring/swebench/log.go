package swebench

import (
	"bytes"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// What the harness writes into logs, and what it looks for in them.
const (
	markStart        = ">>>>> Start Test Output"
	markEnd          = ">>>>> End Test Output"
	markExitCode     = ">>>>> Test Exit Code"
	markApplyFailed  = ">>>>> Patch Apply Failed"
	markResetFailed  = ">>>>> Reset Failed"
	markTestsErrored = ">>>>> Tests Errored"
	markTestsTimeout = ">>>>> Tests Timed Out"

	markPrefix = ">>>>> "
)

// decode turns the bytes of a log into text as Python's open does: "\r\n" and
// "\r" become "\n", and what is not UTF-8 becomes U+FFFD, one for each maximal
// part of a broken sequence. The text may share the memory of log, which must
// not change as long as the text is in use.
func decode(log []byte) string {
	log = validUTF8(log)
	i := bytes.IndexByte(log, '\r')
	if i < 0 {
		// A copy of each log would cost a fifth of the time of judging it.
		return unsafe.String(unsafe.SliceData(log), len(log))
	}
	var b strings.Builder
	b.Grow(len(log))
	for i >= 0 {
		b.Write(log[:i])
		b.WriteByte('\n')
		log = log[i+1:]
		if len(log) > 0 && log[0] == '\n' {
			log = log[1:]
		}
		i = bytes.IndexByte(log, '\r')
	}
	b.Write(log)
	return b.String()
}

// validUTF8 replaces broken UTF-8 as decode does. Package unicode/utf8 counts every byte
// of a broken sequence, Python only every sequence that can go no further.
func validUTF8(log []byte) []byte {
	if utf8.Valid(log) {
		return log
	}
	out := make([]byte, 0, len(log)+len(log)/8)
	for len(log) > 0 {
		r, n := utf8.DecodeRune(log)
		if r == utf8.RuneError && n <= 1 {
			n = brokenLen(log)
			out = append(out, "\uFFFD"...)
		} else {
			out = append(out, log[:n]...)
		}
		log = log[n:]
	}
	return out
}

// brokenLen is the length of the longest start of s that begins a well-formed
// sequence (Unicode table 3-7), at least 1.
func brokenLen(s []byte) int {
	lo, hi, want := byte(0x80), byte(0xbf), 0
	switch c := s[0]; {
	case c >= 0xc2 && c <= 0xdf:
		want = 1
	case c >= 0xe0 && c <= 0xef:
		want = 2
		if c == 0xe0 {
			lo = 0xa0
		} else if c == 0xed {
			hi = 0x9f
		}
	case c >= 0xf0 && c <= 0xf4:
		want = 3
		if c == 0xf0 {
			lo = 0x90
		} else if c == 0xf4 {
			hi = 0x8f
		}
	}
	n := 1
	for n <= want && n < len(s) && s[n] >= lo && s[n] <= hi {
		lo, hi = 0x80, 0xbf
		n++
	}
	return n
}

// marks is what one pass over a log finds.
type marks struct {
	broken   bool // the harness says that something before the tests went wrong
	complete bool // both a start and an end marker
	slice    string
	head     string // what stands before the first start marker
	starts   int
	ends     int
	exit     string // digits of the first exit code, with their sign; "" if none
	// earlyExit: an exit code stands before the end marker, where the script
	// prints none.
	earlyExit bool
	exits     bool // there are exit codes that differ
}

// findMarks scans a log for the harness's own lines. The slice is what follows
// the first start marker, up to the next start marker or the first end marker
// after it, or the end of the log.
func findMarks(log string) marks {
	var m marks
	from, to := -1, -1
	for i := strings.Index(log, markPrefix); i >= 0; i = indexFrom(log, markPrefix, i+1) {
		switch s := log[i:]; {
		case strings.HasPrefix(s, markStart):
			if m.starts++; from < 0 {
				from, m.head = i+len(markStart), log[:i]
			} else if to < 0 {
				to = i
			}
		case strings.HasPrefix(s, markEnd):
			if m.ends++; from >= 0 && to < 0 {
				to = i
			}
		case strings.HasPrefix(s, markExitCode):
			m.earlyExit = m.earlyExit || m.ends == 0
			if code := exitCode(s[len(markExitCode):]); m.exit == "" {
				m.exit = code
			} else if code != "" && code != m.exit {
				m.exits = true
			}
		case strings.HasPrefix(s, markApplyFailed), strings.HasPrefix(s, markResetFailed),
			strings.HasPrefix(s, markTestsErrored), strings.HasPrefix(s, markTestsTimeout):
			m.broken = true
		}
	}
	if m.complete = m.starts > 0 && m.ends > 0; m.complete {
		if to < 0 {
			to = len(log)
		}
		m.slice = log[from:to]
	}
	return m
}

// exitCode returns what `:\s*(-?\d+)` captures at the start of s, or "".
func exitCode(s string) string {
	if s == "" || s[0] != ':' {
		return ""
	}
	s = trimLeft(s[1:])
	sign := 0
	if strings.HasPrefix(s, "-") {
		sign = 1
	}
	n := digitsLen(s[sign:])
	if n == 0 {
		return ""
	}
	return s[:sign+n]
}

// failed reports whether the log records an exit status other than zero.
func (m marks) failed() bool {
	return m.exit != "" && !isZeros(strings.TrimPrefix(m.exit, "-"))
}
