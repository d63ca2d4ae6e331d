package command_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent/agenttest"
	"bench/internal/require"
	"bench/sandbox"
)

// speaking is a configuration whose program is the small agent of testdata.
func speaking(scenario string) bench.Configuration {
	c := configuration(`exec python3 "${TMPDIR:-/tmp}/agent.py" ` + scenario)
	c.Command.Usage = ""
	c.Command.ACP = &bench.ACP{Permission: bench.AllowOnce}
	return c
}

// talking is a trial of it.
func (l lab) talking(t testing.TB, c bench.Configuration, source bench.Source) trial {
	t.Helper()
	require.Program(t, "python3")
	tr := l.trial(t, c, source)
	text, err := os.ReadFile("testdata/agent.py")
	if err != nil {
		t.Fatal(err)
	}
	temp, err := sandbox.TempDir(t.Context(), tr.box)
	if err != nil {
		t.Fatal(err)
	}
	if err := sandbox.WriteFile(t.Context(), tr.box, temp+"/agent.py", text, 0o644); err != nil {
		t.Fatal(err)
	}
	return tr
}

// calls are the tool calls of a trial's log, that of the program last.
func (tr trial) calls() string {
	var out []string
	for _, c := range agenttest.Of[bench.ToolCall](tr.log) {
		text := strings.Join([]string{c.CallID, c.BatchID, c.Name, c.Title, c.Permission, c.ErrorClass}, "|")
		for _, x := range c.Touched {
			text += fmt.Sprintf("|%s %v %d", x.Path, x.Write, x.From)
		}
		if c.End.Before(c.Start) {
			text += " ends before it starts"
		}
		out = append(out, text+"|"+tr.log.Body(c.Arguments)+"|"+strings.TrimSpace(tr.log.Body(c.Result)))
	}
	return strings.Join(out, "\n")
}

func (tr trial) ended(t testing.TB) bench.AgentEnded {
	t.Helper()
	all := agenttest.Of[bench.AgentEnded](tr.log)
	if len(all) != 1 {
		t.Fatalf("%d agents ended", len(all))
	}
	return all[0]
}

const wellSaid = `program: tiny 1.2
thought: I look first.
plan: Write (pending)
agent: Reading.
tool r read: Read README (in_progress)
tool r read: Read README (completed)
tool w execute: ` + "`echo changed >README`" + ` (pending)
tool w execute: ` + "`echo changed >README`" + ` (in_progress)
tool w execute: ` + "`echo changed >README`" + ` (completed)
mode: code
agent: All done.

standard error:
noise: It's`

// A program is given its task, what it does is recorded, and its last word is kept.
func speaks(t *testing.T, tr trial) {
	t.Helper()
	sub, err := tr.run(t, t.Context())
	if err != nil || sub.State != bench.AgentFinished || sub.Error != "" || sub.Message != "All done." {
		t.Errorf("submission %+v, %v", sub, err)
	}
	got, want := tr.calls(), "r||read|Read README|||README false 1||hello\n"+
		"w||execute|`echo changed >README`|allow_once|"+`|{"command":"echo changed >README"}|`+"\n"+
		`command||command||||`+tr.job.Trial.Configuration.Command.Run+"|"+wellSaid
	if got != want {
		t.Errorf("tool calls\n%s\nwant\n%s", got, want)
	}
	if e := tr.ended(t); e.StopReason != "end_turn" || tr.log.Body(e.Message) != "All done." {
		t.Errorf("ended %+v", e)
	}
	if n := tr.notices(); n != "no_usage: the configuration has no command.usage: its cost is not known\n"+
		"own_usage: it says itself that its context has 53000 of 200000 tokens, and a cost of 0.045 USD: "+
		"nothing checks that, and no sum has it" {
		t.Errorf("notices %s", n)
	}
	if got := tr.shell(t, "cat README; ls"); got != "changed\nREADME\n" {
		t.Errorf("left behind %q", got)
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	speaks(t, newLab(t).talking(t, speaking("well"), bench.Source{}))
}

func TestTurnInDocker(t *testing.T) {
	t.Parallel()
	speaks(t, dockerLab(t, "none").talking(t, speaking("well"), bench.Source{BaseImage: "bench-test/bullseye"}))
}

// However a program ends or misbehaves, there is a word for it.
func TestTurnEndings(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, c := range []struct {
		scenario, state, reason, err string
		readme                       string
	}{
		{"max_tokens", "finished", "max_tokens", "a limit of the program's own: max_tokens", "hello"},
		{"max_turn_requests", "finished", "max_turn_requests", "a limit of the program's own: max_turn_requests", "hello"},
		{"refusal", "refused", "refusal", "", "hello"},
		{"cancelled", "finished", "cancelled", "the program says that its turn was cancelled, which it was not", "hello"},
		{"bored", "finished", "bored", `the program says that its turn stopped for "bored", which is no reason`, "hello"},
		{"fails", "finished", "", `session/prompt: Internal error: {"details": "no credit"} (code -32603)`, "hello"},
		{"crash", "finished", "", "the program ended in mid-turn, exit status 3: Traceback: it broke", "partly"},
		{"giant", "finished", "", "a line of more than 33554432 bytes", "hello"},
		{"version", "error_internal", "", "it speaks version 2 of the protocol, not 1", "hello"},
		{"locked", "error_internal", "", "session/new: Authentication required (code -32000): name a way in " +
			"command.acp.auth, or give it its key in command.env: it has key, login", "hello"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			tr := l.talking(t, speaking(c.scenario), bench.Source{})
			sub, err := tr.run(t, t.Context())
			if e := tr.ended(t); err != nil || string(sub.State) != c.state || sub.Error != c.err ||
				e.StopReason != c.reason || e.State != sub.State || e.Error != sub.Error {
				t.Errorf("submission %+v, %v, ended %+v", sub, err, e)
			}
			if got := strings.TrimSpace(tr.shell(t, "cat README")); got != c.readme {
				t.Errorf("README %q", got)
			}
		})
	}
}

// What is no program, or none that speaks the protocol, is a mistake of the user's.
func TestTurnWithoutProgram(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for script, want := range map[string]string{
		"no-such-program --acp": "command.run cannot be run in the sandbox (exit status 127): ",
		"echo 'unknown option --acp' >&2; exit 2": "initialize: the program has ended, exit status 2: " +
			"unknown option --acp",
		"cat": "initialize: Method not found: initialize (code -32601)", // it sends back what it is sent
	} {
		tr := l.trial(t, speaking(""), bench.Source{})
		tr.job.Trial.Configuration.Command.Run = script
		sub, err := tr.run(t, t.Context())
		if err != nil || sub.State != bench.AgentErrorInternal || !strings.HasPrefix(sub.Error, want) {
			t.Errorf("%s: submission %+v, %v", script, sub, err)
		}
	}
}

func TestTurnOddities(t *testing.T) {
	t.Parallel()
	tr := newLab(t).talking(t, speaking("odd"), bench.Source{})
	sub, err := tr.run(t, t.Context())
	if err != nil || sub.State != bench.AgentFinished || sub.Error != "" {
		t.Errorf("submission %+v, %v", sub, err)
	}
	want := `no_usage: the configuration has no command.usage: its cost is not known
stray_output: lines of its output that are no messages: 4; the first is: Welcome to the agent!
refused_request: it asked for what is not offered: _vendor/ask, fs/read_text_file, fs/write_text_file, terminal/create
unknown_update: what it told of was passed over: _vendor/progress, future_update, tool_call without a toolCallId that can be used
no_permission: requests for permission that offer no such answer as command.acp.permission wants were answered with cancelled: 1`
	if got := tr.notices(); got != want {
		t.Errorf("notices\n%s", got)
	}
	calls := tr.calls()
	for _, want := range []string{
		"late||other|late||||\n", "a||other||cancelled|unfinished||\n",
		"b||other||allow_always|unfinished||\n", "open||other|never over||unfinished||\n",
	} {
		if !strings.Contains(calls+"\n", want) {
			t.Errorf("no %q in\n%s", want, calls)
		}
	}
}

// What a program says without end is bounded.
func TestTurnFlood(t *testing.T) {
	t.Parallel()
	tr := newLab(t).talking(t, speaking("flood"), bench.Source{})
	if sub, err := tr.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
		t.Errorf("submission %+v, %v", sub, err)
	}
	all := agenttest.Of[bench.ToolCall](tr.log)
	last := all[len(all)-1]
	text := tr.log.Body(last.Result)
	if len(all) != 20_001 || last.Clipped < 2_000_000 || len(text) > 1_100_000 ||
		!strings.HasSuffix(text, "zzz\n") {
		t.Errorf("%d calls, the last %+v with %d bytes", len(all), last, len(text))
	}
	if n := tr.notices(); !strings.Contains(n, "tools_apart: tool calls beyond the first 20000 were passed over: 100") {
		t.Errorf("notices %s", n)
	}
}

// A program is authenticated and its session put in a mode where the configuration says so.
func TestTurnSetup(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, c := range []struct{ auth, mode, want string }{
		{"key", "", "key"}, {"key", "code", "code key"},
		{"login", "", "command.acp.auth: login is a person's, at a terminal"},
		{"oauth", "", `command.acp.auth: it has no way "oauth" to authenticate: it has key, login`},
		{"key", "yolo", `command.acp.mode: its sessions have no mode "yolo": they have ask, code`},
	} {
		tr := l.talking(t, speaking("locked"), bench.Source{})
		tr.job.Trial.Configuration.Command.ACP.Auth = c.auth
		tr.job.Trial.Configuration.Command.ACP.Mode = c.mode
		sub, err := tr.run(t, t.Context())
		if err != nil || sub.Message+sub.Error != c.want {
			t.Errorf("%+v: submission %+v, %v", c, sub, err)
		}
	}
}

func TestTurnRejects(t *testing.T) {
	t.Parallel()
	tr := newLab(t).talking(t, speaking("well"), bench.Source{})
	tr.job.Trial.Configuration.Command.ACP.Permission = bench.Reject
	if sub, err := tr.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
		t.Errorf("submission %+v, %v", sub, err)
	}
	want := "w||execute|`echo changed >README`|reject_once|tool|" + `{"command":"echo changed >README"}|not allowed`
	if got := tr.calls(); !strings.Contains(got, want) {
		t.Errorf("tool calls\n%s", got)
	}
	if got := tr.shell(t, "cat README"); got != "hello\n" {
		t.Errorf("README %q", got)
	}
}

// A turn that a limit or a person ends is cancelled first; a program that does not hear
// of it is killed. What was done is the answer.
func TestTurnStopped(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	limit := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
	interrupted := errors.New("interrupted")
	for _, c := range []struct {
		scenario string
		cause    error
		state    bench.AgentState
		reason   string
	}{
		{"forever", limit, bench.AgentLimitWall, "cancelled"},
		{"forever", interrupted, bench.AgentCancelled, "cancelled"},
		{"deaf", limit, bench.AgentLimitWall, ""},
		{"mute", limit, bench.AgentLimitWall, ""},
	} {
		t.Run(c.scenario+" "+c.cause.Error(), func(t *testing.T) {
			t.Parallel()
			tr := l.talking(t, speaking(c.scenario), bench.Source{})
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			go func() { // ends with the test
				for c.scenario != "mute" && t.Context().Err() == nil &&
					tr.shell(t, "cat README") != "partly\n" {
					time.Sleep(10 * time.Millisecond)
				}
				cancel(c.cause)
			}()
			sub, err := tr.run(t, ctx)
			if sub.State != c.state || (err != nil) != errors.Is(c.cause, interrupted) ||
				err != nil && !errors.Is(err, c.cause) {
				t.Errorf("submission %+v, %v", sub, err)
			}
			if e := tr.ended(t); e.StopReason != c.reason {
				t.Errorf("ended %+v", e)
			}
			if got := tr.shell(t, `cd "${TMPDIR:-/tmp}"; [ -e pid ] && kill -0 $(cat pid) 2>/dev/null && echo lives`); got != "" {
				t.Error("the program lives")
			}
			if c.reason != "" && !strings.Contains(tr.calls(), "t||execute|waits|") {
				t.Errorf("tool calls\n%s", tr.calls())
			}
		})
	}
}
