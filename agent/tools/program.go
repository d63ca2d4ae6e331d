package tools

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"

	"bench/sandbox"
)

// programKeeper runs a program and stays when it has ended, as keeper does for
// a shell: what it has left running is killed with it.
const programKeeper = `/bin/sh -c "$2"
printf '\036%s ended %d\036\n' "$1" $?
exec sleep 2147483647`

// Program is how a program ended that RunProgram ran.
type Program struct {
	Code    int    // exit status; 128+n for one killed by signal n
	Output  string // valid UTF-8; of more than 10 MB the middle is left out
	Bytes   int64  // of all output
	Dropped int64  // bytes left out of Output
	Killed  bool   // when its turn was over: there is no Code
}

// RunProgram runs a script with the sandbox's /bin/sh in the work directory,
// env added to its environment, and kills what it has left running when it
// ends or ctx does. The error is sandbox.ErrLost or the cause with which ctx
// ended; the output until then is returned with it.
func RunProgram(
	ctx context.Context, box sandbox.Sandbox, script string, env []string,
) (Program, error) {
	token := rand.Text()
	proc, err := box.Start(ctx, sandbox.Cmd{
		Args: []string{"/bin/sh", "-c", programKeeper, "sh", token, script}, Env: env,
	})
	if err != nil {
		return Program{}, fmt.Errorf("start program: %w", err)
	}
	out, status, ended := readProgram(proc, token)
	killed := proc.Kill()
	_, drained := io.Copy(io.Discard, proc)
	exit, err := proc.Wait()
	p := Program{Code: exit.Code, Output: out.text(), Bytes: out.bytes(), Dropped: out.dropped}
	if !ended {
		return p, err
	}
	p.Code = status
	if err = errors.Join(killed, drained, err); errors.Is(err, sandbox.ErrLost) {
		return p, err
	}
	return p, nil // it had ended before anything else could happen to it
}

// readProgram reads until the program has ended, or nothing more comes.
func readProgram(r io.Reader, token string) (out output, status int, ended bool) {
	var s spool
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		s.write(buf[:n])
		if before, _, rest, ok := s.cut(token, n); ok {
			status, bad := strconv.Atoi(rest)
			return before, status, bad == nil
		}
		if err != nil {
			return s.take(), 0, false
		}
	}
}
