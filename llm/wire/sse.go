package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// DefaultIdle is how long a stream may say nothing. Models that think without
// a word are silent for minutes.
const DefaultIdle = 5 * time.Minute

// ErrIdle is the error of a stream that said nothing for the idle limit.
var ErrIdle = errors.New("the stream fell silent")

// Event is one event of a stream.
type Event struct {
	Name string    // of the event field; mostly empty
	Data []byte    // its lines, joined by \n; valid until the next event is read
	At   time.Time // when the last byte of it came
}

// Stream reads server-sent events as
// html.spec.whatwg.org/multipage/server-sent-events.html has them, and as
// servers write them: a document without a field name is an event (errors come
// so in the middle of a stream), as is one that lacks the blank line after it.
//
// Whatever the server says sets the idle limit back, comments too: they say
// that it is at work. One that says nothing else is cut by the time limit of
// the request. Close ends the idle limit.
type Stream struct {
	lines  lines
	at     time.Time
	idle   time.Duration
	timer  *time.Timer
	silent atomic.Bool

	name string
	data []byte
	open bool   // data has a line
	bare bool   // which had no field name
	held []byte // the line after an event without a blank line
	over bool   // [DONE] has come
}

// NewStream reads events from body. When nothing came for idle (0: forever is
// fine), it calls cut, which must end a Read that is under way, and Next returns
// ErrIdle.
func NewStream(body io.Reader, idle time.Duration, cut func()) *Stream {
	s := &Stream{idle: idle}
	s.lines = lines{r: body, read: s.heard, limit: maxStream}
	if idle > 0 {
		s.timer = time.AfterFunc(idle, func() {
			s.silent.Store(true)
			cut()
		})
	}
	return s
}

func (s *Stream) heard(at time.Time) {
	s.at = at
	if s.timer != nil {
		s.timer.Reset(s.idle)
	}
}

// Close ends the idle limit. It does not close the body.
func (s *Stream) Close() {
	if s.timer != nil {
		s.timer.Stop()
	}
}

// Hurry lowers the idle limit: what is still to come may be waited for no longer.
func (s *Stream) Hurry(idle time.Duration) {
	if s.timer != nil && idle < s.idle {
		s.idle = idle
		s.timer.Reset(idle)
	}
}

// Done reports whether the server has said that nothing more will come, with
// [DONE].
func (s *Stream) Done() bool { return s.over }

// Next returns the next event that has data. After the last one it returns
// io.EOF, or what broke the stream off: ErrIdle, ErrTooMuch, or the error of
// the body. Events that were complete come first.
func (s *Stream) Next() (Event, error) {
	for !s.over {
		if err := s.gather(); err != nil {
			return Event{}, err
		}
		text := bytes.TrimSpace(s.data)
		if done(text) {
			s.over = true
			s.drain()
		} else if len(text) > 0 {
			return Event{Name: s.name, Data: s.data, At: s.at}, nil
		}
	}
	return Event{}, io.EOF
}

// gather reads the lines of one event.
func (s *Stream) gather() error {
	s.name, s.data, s.open, s.bare = "", s.data[:0], false, false
	if s.held != nil {
		s.field(s.held)
		s.held = nil
	}
	for {
		line, err := s.lines.next()
		switch {
		case err != nil && s.open:
			return nil
		case err != nil:
			return s.broken(err)
		case len(line) == 0 && s.open:
			return nil
		case len(line) == 0:
			s.name = ""
		case s.open && s.apart(line):
			s.held = bytes.Clone(line)
			return nil
		default:
			s.field(line)
		}
	}
}

func (s *Stream) broken(err error) error {
	if s.silent.Load() {
		return fmt.Errorf("%w: nothing for %s", ErrIdle, s.idle)
	}
	return err
}

// lastWait is how long the end of the body may take to follow the last event.
const lastWait = 250 * time.Millisecond

// drain reads the end of the body, so that the connection can be used again.
func (s *Stream) drain() {
	if s.timer == nil || s.lines.err != nil {
		return
	}
	s.Hurry(lastWait)
	for s.lines.err == nil && !s.silent.Load() {
		s.lines.start, s.lines.end = 0, 0
		s.lines.fill()
	}
}

func done(text []byte) bool {
	return bytes.EqualFold(bytes.Trim(text, `"`), []byte("[DONE]"))
}

// apart reports whether a line begins another event although no blank line came
// before it: what there is already is a whole document.
func (s *Stream) apart(line []byte) bool {
	switch {
	case bare(line):
		return !s.bare || s.complete()
	case bytes.HasPrefix(line, []byte("data:")):
		return s.bare || s.complete()
	case bytes.HasPrefix(line, []byte("event:")):
		return s.bare || s.name != "" && s.complete()
	}
	return false
}

func (s *Stream) complete() bool {
	n := len(s.data)
	if n == 0 || s.data[n-1] != '}' && s.data[n-1] != ']' { // spares most of the work
		return n == 0
	}
	return done(s.data) || json.Valid(s.data)
}

// bare reports whether a line is the beginning of a document instead of a field.
func bare(line []byte) bool { return line[0] == '{' || line[0] == '[' }

// field reads one line.
func (s *Stream) field(line []byte) {
	if len(line) == 0 || line[0] == ':' {
		return
	}
	if s.bare || !s.open && bare(line) {
		s.add(line)
		s.bare = true
		return
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "data":
		s.add(value)
	case "event":
		s.name = string(value)
	}
}

func (s *Stream) add(line []byte) {
	if s.open {
		s.data = append(s.data, '\n')
	}
	s.data = append(s.data, line...)
	s.open = true
}
