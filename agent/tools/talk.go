package tools

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"

	"bench/sandbox"
)

// talkKeeper is programKeeper for a program that is spoken to: what it prints are its
// answers, so its standard error goes to a file.
const talkKeeper = `/bin/sh -c "$2" 2>"$3"
printf '\036%s ended %d\036\n' "$1" $?
exec sleep 2147483647`

// MaxLine bounds a line of a program that is spoken to, in bytes.
const MaxLine = 32 << 20

// ErrLongLine: a program that is spoken to printed a line longer than MaxLine.
var ErrLongLine = fmt.Errorf("a line of more than %d bytes", MaxLine)

// Talk is a program that is spoken to while it runs. One goroutine reads its lines;
// everything else may be used from any.
type Talk struct {
	sandbox.Process
	token string
	lines *bufio.Reader

	// Set once Line has returned an error.
	ended bool
	code  int
	bytes int64
}

// StartTalk starts a script with the sandbox's /bin/sh in the work directory, env added
// to its environment and its standard error in the file log. Cancelling ctx kills it.
func StartTalk(
	ctx context.Context, box sandbox.Sandbox, script string, env []string, log string,
) (*Talk, error) {
	token := rand.Text()
	proc, err := box.Start(ctx, sandbox.Cmd{
		Args: []string{"/bin/sh", "-c", talkKeeper, "sh", token, script, log}, Env: env, Stdin: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
	return &Talk{Process: proc, token: token, lines: bufio.NewReaderSize(proc, 64<<10)}, nil
}

// Line is the next line that the program prints; the slice is the caller's. With the last
// one, which may be empty, comes io.EOF, when the program has ended or was killed, or
// ErrLongLine.
func (t *Talk) Line() ([]byte, error) {
	var line []byte
	for {
		part, err := t.lines.ReadSlice('\n')
		line = append(line, part...)
		t.bytes += int64(len(part))
		switch {
		case err == nil:
			if before, ended := t.end(line); ended {
				return before, io.EOF
			}
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, io.EOF
		case len(line) > MaxLine:
			return nil, ErrLongLine
		}
	}
}

// end reports whether a line has the mark of the program's end, and what stands before it.
func (t *Talk) end(line []byte) (before []byte, ended bool) {
	mark := append([]byte{recordSeparator}, t.token+" ended "...)
	at := bytes.Index(line, mark)
	if at < 0 {
		return nil, false
	}
	status, bad := strconv.Atoi(string(bytes.TrimRight(line[at+len(mark):], "\x1e\n")))
	t.ended, t.code = bad == nil, status
	t.bytes -= int64(len(line) - at)
	return line[:at], true
}

// Close kills the program, with what it has left running, and returns how it had ended,
// once nobody reads its lines any more; Output is empty. The error is sandbox.ErrLost.
func (t *Talk) Close() (Program, error) {
	killed := t.Kill()
	_, drained := io.Copy(io.Discard, t.lines)
	_, err := t.Wait()
	p := Program{Code: t.code, Bytes: t.bytes, Killed: !t.ended}
	if err = errors.Join(killed, drained, err); errors.Is(err, sandbox.ErrLost) {
		return p, err
	}
	return p, nil // what else is wrong is that it was killed
}
