package wire

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// maxStream bounds what is read of one stream, in bytes: at 400 bytes for a token
// it has room for half a million.
const maxStream = 256 << 20

// ErrTooMuch is the error of a stream that is larger than any answer.
var ErrTooMuch = errors.New("the stream is larger than any answer")

// lines reads a text line by line. A line ends with \n, \r\n or \r, or with the
// text.
type lines struct {
	r          io.Reader
	read       func(at time.Time) // after each read
	buf        []byte
	start, end int   // what of buf is not taken yet
	seen       int   // so far into it no line ends
	fed        bool  // the last line ended with \r: a \n that follows belongs to it
	begun      bool  // a byte order mark can no longer come
	total      int64 // bytes read
	limit      int64 // of total
	err        error // of the last read
}

// next returns a line without its end, valid until the next call. The last one
// comes before the error.
func (l *lines) next() ([]byte, error) {
	for {
		if line, ok := l.take(); ok {
			return line, nil
		}
		if l.err != nil {
			rest := l.buf[l.start:l.end]
			l.start, l.seen = l.end, 0
			if len(rest) > 0 && errors.Is(l.err, io.EOF) {
				return rest, nil
			}
			return nil, l.err // what a broken connection cut is no line
		}
		l.fill()
	}
}

// take returns the next line if all of it is in buf.
func (l *lines) take() ([]byte, bool) {
	l.skip()
	unread := l.buf[l.start:l.end]
	at := bytes.IndexByte(unread[l.seen:], '\n')
	if at < 0 {
		at = len(unread) - l.seen
	}
	if cr := bytes.IndexByte(unread[l.seen:l.seen+at], '\r'); cr >= 0 {
		at = cr
	}
	at += l.seen
	if at == len(unread) {
		l.seen = at
		return nil, false
	}
	l.fed = unread[at] == '\r'
	l.start += at + 1
	l.seen = 0
	return unread[:at], true
}

var byteOrderMark = []byte("\ufeff")

// skip passes over what belongs to no line: the mark at the beginning, and the
// second half of \r\n.
func (l *lines) skip() {
	unread := l.buf[l.start:l.end]
	if !l.begun && (len(unread) >= len(byteOrderMark) || l.err != nil) {
		l.begun = true
		if bytes.HasPrefix(unread, byteOrderMark) {
			l.start += len(byteOrderMark)
			l.seen = 0
		}
	}
	if l.fed && l.start < l.end {
		if l.buf[l.start] == '\n' {
			l.start++
		}
		l.fed = false
	}
}

// fill reads once, into a buffer with room for it.
func (l *lines) fill() {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, max(8<<10, l.end))...)
	}
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	l.total += int64(n)
	l.err = err
	if n > 0 {
		l.read(time.Now())
	}
	if l.total > l.limit {
		l.err = ErrTooMuch
	}
}
