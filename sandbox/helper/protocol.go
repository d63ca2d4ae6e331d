package helper

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// Arg as the first argument turns a program that imports this package into a helper.
const Arg = "__sandbox-helper"

// version is the protocol's; both ends must speak the same.
const version = 2

const (
	window     = 256 << 10 // bytes of a call that may be under way in one direction
	chunk      = 32 << 10  // bytes of data in one frame at most
	headerSize = 9
	frameMax   = 8 << 20 // a command line with its environment may be long
)

// kind says what a frame is. A frame is kind, call (4 bytes) and length of the
// payload (4 bytes), big-endian, then the payload.
type kind byte

const (
	kindHello  kind = iota + 1 // from helper: version
	kindExec                   // to helper: a command
	kindUnpack                 // to helper: directory that an archive goes to
	kindPack                   // to helper: path that an archive is made of
	kindData                   // both: a piece of input or output
	kindEnd                    // both: input is complete; from helper of connections alone
	kindCredit                 // both: this many bytes more may be sent (4 bytes)
	kindSignal                 // to helper: name of a signal
	kindKill                   // to helper: end the call and all its processes
	kindBroken                 // from helper: input is no longer read
	kindOpened                 // from helper: what is to be packed was found; where it listens
	kindExit                   // from helper: the call's last frame
	kindPing                   // to helper
	kindPong                   // from helper
	kindListen                 // to helper: take connections on the loopback interface
	kindAccept                 // from helper: a connection, and the call that listens (4 bytes)
)

// maxConns is how many connections a listener has at once. More wait to be accepted.
const maxConns = 128

// ofHelper marks the calls that the helper begins: connections that it accepted.
const ofHelper = 1 << 31

type frame struct {
	kind kind
	call uint32
	data []byte
}

func (f frame) append(b []byte) []byte {
	b = append(b, byte(f.kind))
	b = binary.BigEndian.AppendUint32(b, f.call)
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.data)))
	return append(b, f.data...)
}

// readFrame reads one frame. Its data is the caller's to keep.
func readFrame(r io.Reader) (frame, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: kind(h[0]), call: binary.BigEndian.Uint32(h[1:])}
	n := binary.BigEndian.Uint32(h[5:])
	if n > frameMax {
		return frame{}, fmt.Errorf("frame of %d bytes", n)
	}
	if n > 0 {
		f.data = make([]byte, n)
	}
	if _, err := io.ReadFull(r, f.data); err != nil {
		return frame{}, io.ErrUnexpectedEOF
	}
	return f, nil
}

// command is the payload of kindExec.
type command struct {
	path    string // of the program; found by the helper, empty on the way to it
	args    []string
	env     []string // on the way to the helper: additions to its own
	dir     string
	timeout time.Duration
	stdin   bool
}

func (c *command) append(b []byte) []byte {
	b = appendString(b, c.path)
	b = appendStrings(b, c.args)
	b = appendStrings(b, c.env)
	b = appendString(b, c.dir)
	b = binary.AppendVarint(b, int64(c.timeout))
	return appendBool(b, c.stdin)
}

func parseCommand(b []byte) (*command, error) {
	p := parser{rest: b}
	c := &command{
		path: p.string(), args: p.strings(), env: p.strings(), dir: p.string(),
		timeout: time.Duration(p.varint()), stdin: p.bool(),
	}
	if p.bad || len(c.args) == 0 {
		return nil, errors.New("malformed command")
	}
	return c, nil
}

// exit is the payload of kindExit.
type exit struct {
	code     int
	timedOut bool
	took     time.Duration
	fault    fault
	message  string // of the fault
}

// fault says in what way a call failed that is not a command's exit.
type fault byte

const (
	faultNone fault = iota
	faultOther
	faultNotExist
	faultExist
	faultPermission
	faultSurvivor // processes that do not die
)

func (e exit) append(b []byte) []byte {
	b = binary.AppendVarint(b, int64(e.code))
	b = appendBool(b, e.timedOut)
	b = binary.AppendVarint(b, int64(e.took))
	b = append(b, byte(e.fault))
	return appendString(b, e.message)
}

func parseExit(b []byte) (exit, error) {
	p := parser{rest: b}
	e := exit{
		code: int(p.varint()), timedOut: p.bool(), took: time.Duration(p.varint()),
		fault: fault(p.byte()), message: p.string(),
	}
	if p.bad {
		return exit{}, errors.New("malformed exit")
	}
	return e, nil
}

// faulty returns the exit that reports err to the other end.
func faulty(err error) exit {
	e := exit{fault: faultOther, message: err.Error()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.fault = faultNotExist
	case errors.Is(err, fs.ErrExist):
		e.fault = faultExist
	case errors.Is(err, fs.ErrPermission):
		e.fault = faultPermission
	}
	return e
}

// err returns the error that the exit reports, nil if none. It matches the
// errors of io/fs as the original did.
func (e exit) err() error {
	if e.fault == faultNone {
		return nil
	}
	return remoteError{e.fault, e.message}
}

type remoteError struct {
	fault   fault
	message string
}

func (e remoteError) Error() string { return e.message }

// Is makes the error match what it was inside the sandbox.
func (e remoteError) Is(target error) bool {
	switch e.fault {
	case faultNotExist:
		return target == fs.ErrNotExist
	case faultExist:
		return target == fs.ErrExist
	case faultPermission:
		return target == fs.ErrPermission
	}
	return false
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendString(b, s)
	}
	return b
}

// parser takes values off the front of rest and turns bad, for good, when
// there are none.
type parser struct {
	rest []byte
	bad  bool
}

func (p *parser) byte() byte {
	if p.bad || len(p.rest) == 0 {
		p.bad = true
		return 0
	}
	v := p.rest[0]
	p.rest = p.rest[1:]
	return v
}

func (p *parser) bool() bool { return p.byte() != 0 }

func (p *parser) varint() int64 {
	v, n := binary.Varint(p.rest)
	if p.bad || n <= 0 {
		p.bad = true
		return 0
	}
	p.rest = p.rest[n:]
	return v
}

func (p *parser) length() int {
	v, n := binary.Uvarint(p.rest)
	if p.bad || n <= 0 || v > uint64(len(p.rest)-n) {
		p.bad = true
		return 0
	}
	p.rest = p.rest[n:]
	return int(v)
}

func (p *parser) string() string {
	n := p.length()
	s := string(p.rest[:n])
	p.rest = p.rest[n:]
	return s
}

func (p *parser) strings() []string {
	n := p.length() // each string takes a byte at least, so n is no wild lie
	list := make([]string, 0, min(n, 256))
	for range n {
		list = append(list, p.string())
	}
	return list
}
