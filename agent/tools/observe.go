package tools

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox"
)

// observe waits for the running command and says what came of it.
func (t *Terminal) observe(
	ctx context.Context, a terminalArguments, note string,
) agent.Observation {
	quiet, timeout := quietTime, time.Duration(min(a.Timeout,
		maxTimeout.Seconds())*float64(time.Second))
	if a.Timeout > maxTimeout.Seconds() {
		note += fmt.Sprintf("[the timeout was lowered to %.0f s, the most there is]\n",
			maxTimeout.Seconds())
	}
	if timeout > 0 {
		quiet = 0 // who names a time wants to wait that long
	}
	w := t.shell.wait(ctx, quiet, timeout)
	if w.err != nil {
		t.Close()
		return machine(ctx, w.err)
	}
	if w.how == byKill || w.how == byDeath {
		t.cwd = t.standing(ctx)
	}
	text := note + w.out.text()
	text, clipped := t.clip(ctx, text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	code := w.code
	o := agent.Observation{
		Text: text + t.trailer(w, timeout), ExitCode: &code,
		Bytes: w.out.bytes(), Clipped: clipped + w.out.dropped,
		Waiting: a.Command == "" && code == -1,
	}
	switch w.how {
	case byCancel:
		o.IsError, o.ErrorClass = true, agent.ClassCancelled
		t.Close()
	case byKill, byDeath:
		t.Close()
	case byExit:
		if t.shell.far != nil {
			o.RoundTrip = t.shell.far()
		}
		if code == 0 && !a.IsInput {
			o.Touched = t.touched(a.Command, int64(len(text)))
		}
		t.cwd = t.shell.cwd
	case byQuiet, byTimeout:
	}
	return o
}

// standing is the directory that the next shell starts in: that of the last
// one, if it is still there.
func (t *Terminal) standing(ctx context.Context) string {
	res, err := sandbox.Run(ctx, t.Box, sandbox.Cmd{
		Args: []string{"/bin/sh", "-c", `cd -- "$1"`, "sh", t.cwd}, Dir: "/",
	}, nil)
	if err != nil || res.Code == 0 { // a machine that is gone says so later
		return t.cwd
	}
	return t.Box.Workdir()
}

// touched are the files of a command that has ended, as they are known to
// agents in other sandboxes, too.
func (t *Terminal) touched(command string, shown int64) []bench.Touch {
	out := touched(command, t.cwd, shown)
	for i := range out {
		out[i].Path = t.relative(out[i].Path)
	}
	return out
}

// trailer is the last line of an observation.
func (t *Terminal) trailer(w waited, timeout time.Duration) string {
	const goOn = "exit code -1: wait with an empty command, type with is_input, stop it with C-c"
	fresh := "a new shell starts with the next command, in " + t.cwd +
		", without the variables of this one"
	switch w.how {
	case byExit:
		where := ""
		if dir := t.shell.cwd; dir != t.Box.Workdir() {
			where = ", now in " + dir
		}
		return fmt.Sprintf("[exit code %d%s]", w.code, where)
	case byDeath:
		return fmt.Sprintf("[the shell has ended with code %d; %s]", w.code, fresh)
	case byKill:
		return fmt.Sprintf("[killed after %.0f s, the limit for one command, and the shell "+
			"with it; %s]", t.CommandTimeout.Seconds(), fresh)
	case byQuiet:
		return fmt.Sprintf("[still running, no output for %.0f s; %s]", quietTime.Seconds(), goOn)
	case byTimeout:
		return fmt.Sprintf("[still running after %v; %s]", timeout, goOn)
	case byCancel:
		return "[stopped]"
	}
	return ""
}

// clip shortens what is too long to show and saves all of it in the sandbox.
func (t *Terminal) clip(ctx context.Context, text string) (string, int64) {
	where := ""
	return agent.Clip(text, terminalChars, func(characters int) string {
		name := fmt.Sprintf("%s/bench-output-%s-%d.txt", t.shell.temp, t.Agent, t.saved+1)
		err := sandbox.WriteFile(ctx, t.Box, name, []byte(text), 0o644)
		if err == nil {
			t.saved++
			where = "; all of it is in " + name
		}
		return fmt.Sprintf("\n[%d characters left out%s]\n", characters, where)
	})
}
