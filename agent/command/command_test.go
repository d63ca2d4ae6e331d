package command_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/command"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker"
	"bench/sandbox/local"
)

// model costs $1 and $4 per million tokens, a tenth of it from the cache.
func model(name string, times float64) bench.Model {
	return bench.Model{Name: name, Model: "acme/" + name, Price: bench.Price{ID: name, Rates: bench.Rates{
		Input: bench.PerMillion(times), CachedInput: bench.PerMillion(times / 10),
		CacheWrite: bench.PerMillion(times), Output: bench.PerMillion(4 * times),
	}}}
}

func configuration(script string) bench.Configuration {
	return bench.Configuration{
		Name: "tool", Kind: bench.KindCommand, Main: model("big", 10),
		Command: &bench.Command{Run: script, Usage: "usage.jsonl", Models: []bench.Model{model("small", 1)}},
	}
}

// lab makes sandboxes with one file, README.
type lab struct{ pool sandbox.Pool }

func newLab(t testing.TB) lab {
	t.Helper()
	pool, err := local.New(local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return lab{pool}
}

// dockerLab is a lab whose sandboxes are containers with that network.
func dockerLab(t *testing.T, network string) lab {
	t.Helper()
	require.Docker(t)
	pool, err := docker.New(t.Context(), docker.Options{Network: network})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return lab{pool}
}

// trial is one run of a program.
type trial struct {
	box sandbox.Sandbox
	log *agenttest.Log
	job agent.Job
}

func (l lab) trial(t testing.TB, c bench.Configuration, source bench.Source) trial {
	t.Helper()
	source.Tree = t.TempDir()
	readme := filepath.Join(source.Tree, "README")
	if err := os.WriteFile(readme, []byte("hello\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	key := bench.TrialKey{Configuration: c.Name, InstanceID: "acme__shop-1", Attempt: 1}
	task := bench.Task{
		InstanceID: key.InstanceID, ProblemStatement: "It's broken: \"$HOME\".\n", Source: source,
	}
	box, err := l.pool.Create(t.Context(), sandbox.Spec{
		RunID: "test", Trial: key, Purpose: sandbox.ForAgent, Task: task,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	tr := trial{box: box, log: &agenttest.Log{}}
	tr.job = agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: task}, Box: box,
		Record: tr.log.Recorder(key),
		Budget: bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial,
			bench.Limits{Cost: c.Limits.Cost, Tokens: c.Limits.Tokens}),
	}
	return tr
}

// run runs the program and checks what is true of every run.
func (tr trial) run(t testing.TB, ctx context.Context) (agent.Submission, error) {
	t.Helper()
	sub, err := command.New(nil, "0").Run(ctx, tr.job)
	if !sub.State.IsTerminal() {
		t.Errorf("state %q is not terminal", sub.State)
	}
	agenttest.CheckLog(t, tr.log)
	if got, want := tr.job.Budget.Spent().Cost, tr.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return sub, err
}

func (tr trial) shell(t testing.TB, script string) string {
	t.Helper()
	res, err := sandbox.Run(t.Context(), tr.box, sandbox.Shell(script), nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(res.Output)
}

// output is what the program printed, as it was recorded.
func (tr trial) output(t testing.TB) (bench.ToolCall, string) {
	t.Helper()
	all := agenttest.Of[bench.ToolCall](tr.log)
	if len(all) != 1 || all[0].Name != "command" {
		t.Fatalf("tool calls %+v", all)
	}
	return all[0], tr.log.Body(all[0].Result)
}

func (tr trial) notices() string {
	var all []string
	for _, n := range agenttest.Of[bench.Notice](tr.log) {
		all = append(all, n.Code+": "+n.Text)
	}
	return strings.Join(all, "\n")
}

const talk = `printf '%s %s ' "$BENCH_INSTANCE_ID" "$(pwd)"; cat "$BENCH_PROBLEM_STATEMENT_FILE"
[ "$(pwd -P)" = "$(cd "$BENCH_WORKDIR" && pwd -P)" ] && echo there
echo changed >README; ls -A | tr '\n' ' '
echo '{"input": 1000, "cached_input": 400, "output": 100, "cost_usd": 0.01}' >"$BENCH_USAGE_FILE"
`

// The program finds its problem, its changes stay, its output is kept, and
// nothing of the harness lies where the patch is taken.
func talks(t *testing.T, tr trial) {
	t.Helper()
	sub, err := tr.run(t, t.Context())
	if err != nil || sub.State != bench.AgentFinished || sub.Error != "" {
		t.Errorf("submission %+v, %v", sub, err)
	}
	call, out := tr.output(t)
	want := "acme__shop-1 " + tr.box.Workdir() + " It's broken: \"$HOME\".\nthere\n"
	if !strings.HasPrefix(out, want) || strings.Contains(out, "usage") || strings.Contains(out, "problem") {
		t.Errorf("the program printed %q, want %q and no file of the harness", out, want)
	}
	if call.ExitCode == nil || *call.ExitCode != 0 || call.Bytes != int64(len(out)) || call.IsError ||
		tr.log.Body(call.Arguments) != talk {
		t.Errorf("call %+v", call)
	}
	if got := tr.shell(t, "cat README"); got != "changed\n" {
		t.Errorf("README is %q", got)
	}
	calls := agenttest.Of[bench.LLMCall](tr.log)
	if len(calls) != 1 || calls[0].Cost != bench.Dollars(0.0104) || *calls[0].ReportedCost != bench.Dollars(0.01) ||
		calls[0].Model != "big" || calls[0].WireModel != "acme/big" || calls[0].PriceID != "big" ||
		calls[0].CallID != "tool/acme__shop-1#1/command-1" || calls[0].Turn != 1 ||
		calls[0].Purpose != bench.PurposeAgent {
		t.Errorf("calls %+v", calls)
	}
	a := agenttest.Of[bench.AgentStarted](tr.log)
	if len(a) != 1 || a[0].Role != bench.RoleCommand || a[0].Model != "big" || tr.notices() != "" {
		t.Errorf("agents %+v, notices %s", a, tr.notices())
	}
}

func TestProgram(t *testing.T) {
	t.Parallel()
	talks(t, newLab(t).trial(t, configuration(talk), bench.Source{}))
}

// The same in containers, with a shell of bash and with one of busybox.
func TestContainers(t *testing.T) {
	for _, image := range []string{"bench-test/bullseye", "bench-test/minimal"} {
		t.Run(image, func(t *testing.T) {
			require.Image(t, image)
			l := dockerLab(t, "")
			talks(t, l.trial(t, configuration(talk), bench.Source{BaseImage: image}))

			// A fixed path, which is not the last run's, and a program that outlives its shell.
			c := configuration("cat /var/bench/u; setsid sleep 600 & echo $! >pid; " +
				`echo '{"input":1,"output":1}' >"$BENCH_USAGE_FILE"`)
			c.Command.Usage = "/var/bench/u"
			tr := l.trial(t, c, bench.Source{BaseImage: image})
			tr.shell(t, "echo stale >/var/bench/u")
			if sub, err := tr.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
				t.Errorf("submission %+v, %v", sub, err)
			}
			if _, out := tr.output(t); strings.Contains(out, "stale") || tr.notices() != "" ||
				len(agenttest.Of[bench.LLMCall](tr.log)) != 1 {
				t.Errorf("output %q, notices %s", out, tr.notices())
			}
			if tr.shell(t, "kill -0 $(cat pid) 2>/dev/null && echo alive") != "" {
				t.Error("what the program left running is alive")
			}
			tr.job.Trial.Configuration.Command.Usage = tr.box.Workdir() + "/./u"
			sub, err := command.New(nil, "0").Run(t.Context(), tr.job)
			if err != nil || sub.State != bench.AgentErrorInternal || !strings.Contains(sub.Error, "part of the patch") {
				t.Errorf("a usage file in the patch: %+v, %v", sub, err)
			}
		})
	}
}

// How a program ends decides how the trial does, and what it spent is booked
// whatever that is.
func TestEndings(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const usage = `echo '{"input":1000,"output":100}' >>"$BENCH_USAGE_FILE"; `
	for _, test := range []struct {
		name, script string
		limits       bench.Limits
		state        bench.AgentState
		scope        bench.Scope
		err          string // regular expression
		code         int
	}{
		{name: "it fails", script: usage + "exit 3", state: bench.AgentFinished,
			err: "^exit status 3$", code: 3},
		{name: "it is killed", script: usage + "kill -9 $$", state: bench.AgentFinished,
			err: "^exit status 137$", code: 137},
		{name: "it kills its keeper", script: usage + "kill -9 $PPID; sleep 600", state: bench.AgentFinished,
			err: "^exit status 137$", code: 137},
		{name: "it is not there", script: usage + "\nno-such-agent --yes", state: bench.AgentErrorInternal,
			err: `^command\.run cannot be run in the sandbox \(exit status 127\): .*no-such-agent`, code: 127},
		{name: "it cannot be run", script: usage + "./README", state: bench.AgentErrorInternal,
			err: `^command\.run cannot be run in the sandbox \(exit status 126\): .*README`, code: 126},
		{name: "too dear", script: usage, limits: bench.Limits{Cost: bench.Dollars(0.013)},
			state: bench.AgentLimitCost, scope: bench.ScopeTrial, err: "^$"},
		{name: "as dear as it may be", script: usage, limits: bench.Limits{Cost: bench.Dollars(0.014)},
			state: bench.AgentFinished, err: "^$"},
		{name: "too many tokens", script: usage, limits: bench.Limits{Tokens: 1099},
			state: bench.AgentLimitTokens, scope: bench.ScopeTrial, err: "^$"},
		{name: "too many calls", script: usage + usage, limits: bench.Limits{Iterations: 1},
			state: bench.AgentLimitIterations, scope: bench.ScopeAgent, err: "^$"},
		{name: "calls of sidekicks are no iterations",
			script: usage + `echo '{"input":1,"output":1,"agent":"x"}' >>"$BENCH_USAGE_FILE"`,
			limits: bench.Limits{Iterations: 1}, state: bench.AgentFinished, err: "^$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := configuration("echo 1 >work; " + test.script)
			c.Limits = test.limits
			tr := l.trial(t, c, bench.Source{})
			sub, err := tr.run(t, t.Context())
			if err != nil || sub.State != test.state || sub.Scope != test.scope ||
				!regexp.MustCompile(test.err).MatchString(sub.Error) {
				t.Errorf("submission %+v, %v", sub, err)
			}
			call, out := tr.output(t)
			if call.ExitCode == nil || *call.ExitCode != test.code {
				t.Errorf("call %+v\n%s", call, out)
			}
			if tr.job.Budget.Spent().Cost == 0 || tr.shell(t, "cat work") != "1\n" {
				t.Errorf("spent %v, notices %s", tr.job.Budget.Spent(), tr.notices())
			}
			ended := agenttest.Of[bench.AgentEnded](tr.log)
			if last := ended[len(ended)-1]; last.State != test.state || last.Error != sub.Error {
				t.Errorf("ended %+v", last)
			}
			limits := 0
			if sub.Limit != "" {
				limits = 1
			}
			if b := agenttest.Of[bench.BudgetNotice](tr.log); len(b) != limits {
				t.Errorf("budget events %+v", b)
			}
		})
	}
}

// A program that is stopped is stopped whole; its work and what it has reported
// until then count.
func TestStopped(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	enough := errors.New("enough")
	wall := &bench.LimitError{Scope: bench.ScopeTrial, Resource: bench.ResourceWall}
	for _, cause := range []error{enough, wall} {
		tr := l.trial(t, configuration(`echo 1 >work; echo '{"input":1000,"output":100}' >"$BENCH_USAGE_FILE"
			setsid sh -c 'echo $$ >pid; exec sleep 600' & sleep 600`), bench.Source{})
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		var stopper sync.WaitGroup
		stopper.Go(func() {
			for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
				if tr.shell(t, "cat pid 2>/dev/null") != "" {
					break
				}
			}
			cancel(cause)
		})
		sub, err := tr.run(t, ctx)
		stopper.Wait()
		if errors.Is(cause, enough) && (!errors.Is(err, enough) || sub.State != bench.AgentCancelled) {
			t.Errorf("cancelled: %+v, %v", sub, err)
		}
		if !errors.Is(cause, enough) && (err != nil || sub.State != bench.AgentLimitWall ||
			sub.Limit != bench.ResourceWall || sub.Scope != bench.ScopeTrial) {
			t.Errorf("at its time limit: %+v, %v", sub, err)
		}
		if tr.shell(t, "kill -0 $(cat pid) 2>/dev/null && echo alive") != "" {
			t.Error("it is alive")
		}
		call, _ := tr.output(t)
		if call.ExitCode != nil || !call.IsError || call.ErrorClass != "cancelled" {
			t.Errorf("call %+v", call)
		}
		if tr.shell(t, "cat work") != "1\n" || tr.log.Cost() != bench.Dollars(0.014) {
			t.Errorf("cost %v, notices %s", tr.log.Cost(), tr.notices())
		}
	}
}

// Lines that are not understood are named, and the others count.
func TestUsageFile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	file := strings.Join([]string{
		`{"input": 100, "output": 10, "start": "2026-01-02T03:04:05Z", "end": "2026-01-02T03:04:07Z"}`,
		`{"input": 100, "output": 10, "model": "acme/small", "agent": "reader"}`,
		``,
		`{"input": 100, "output": 10, "model": "tiny"}`,
		`{"input": 100, "output": 10, "model": "small", "role": "sidekick"}`,
		`not JSON`,
		`{"input": 100, "output": 10, "model": "big", "agent": "reader"}`,
	}, "\n")
	tr := l.trial(t, configuration("cat >\"$BENCH_USAGE_FILE\" <<'E'\n"+file+"\nE"), bench.Source{})
	if sub, err := tr.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
		t.Errorf("submission %+v, %v", sub, err)
	}
	want := regexp.MustCompile(`^bad_usage: /\S+/usage\.jsonl:4: the configuration has no price for the model "tiny": ` +
		`its models are big, small\nbad_usage: /\S+/usage\.jsonl:6: expected one JSON object: .*$`)
	if got := tr.notices(); !want.MatchString(got) {
		t.Errorf("notices %s", got)
	}
	var all []string
	for _, e := range tr.log.Events() {
		switch p := e.Payload.(type) {
		case bench.AgentStarted:
			all = append(all, fmt.Sprint("start ", e.Agent, " ", p.Role, " of ", p.Parent))
		case bench.LLMCall:
			took := p.End.Sub(p.Start)
			all = append(all, fmt.Sprint(e.Agent, " ", p.Turn, " ", p.Model, " ", int64(p.Cost), " ", took))
		case bench.AgentEnded:
			all = append(all, fmt.Sprint("end ", e.Agent, " ", p.Iterations))
		}
	}
	const story = `start command command of 
command 1 big 1400000 2s
start reader sidekick of command
reader 1 small 140000 0s
start sidekick sidekick of command
sidekick 1 small 140000 0s
reader 2 big 1400000 0s
end reader 2
end sidekick 1
end command 1`
	if got := strings.Join(all, "\n"); got != story {
		t.Errorf("what happened:\n%s", got)
	}
}

func TestUsageIsMissing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, test := range []struct {
		name, usage, script, want string // want: regular expression of the notices
		calls                     int
	}{
		{"not configured", "", `[ -z "${BENCH_USAGE_FILE+x}" ] || exit 9`,
			`^no_usage: the configuration has no command\.usage: its cost is not known$`, 0},
		{"not written", "u", "true", `^no_usage: /\S+/u: the program wrote no such file`, 0},
		{"no file", "u", `mkdir "$BENCH_USAGE_FILE"`, `^no_usage: /\S+/u: the program wrote no such file`, 0},
		{"a pipe", "u", `mkfifo "$BENCH_USAGE_FILE"`, `^no_usage: /\S+/u: the program wrote no such file`, 0},
		{"no calls", "u", `: >"$BENCH_USAGE_FILE"`, `^$`, 0},
		{"without a last newline", "u", `printf %s '{"input":1,"output":1}' >"$BENCH_USAGE_FILE"`, `^$`, 1},
		{"many mistakes", "u", `yes x | head -50 >"$BENCH_USAGE_FILE"`,
			`(?s)^(bad_usage: \S+/u:\d+: expected[^\n]*\n){20}bad_usage: /\S+/u: 30 more lines are not counted$`, 0},
		{"far too long", "u", `echo '{"input":1,"output":1}' >"$BENCH_USAGE_FILE"; yes '' | head -c 9000000 >>"$BENCH_USAGE_FILE"`,
			`^bad_usage: /\S+/u:8388587: the file is longer than 8388608 bytes: the rest is not counted$`, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := configuration(test.script)
			c.Command.Usage = test.usage
			tr := l.trial(t, c, bench.Source{})
			sub, err := tr.run(t, t.Context())
			if err != nil || sub.State != bench.AgentFinished || sub.Error != "" {
				t.Errorf("submission %+v, %v", sub, err)
			}
			if got := tr.notices(); !regexp.MustCompile(test.want).MatchString(got) {
				t.Errorf("notices %s", got)
			}
			if n := len(agenttest.Of[bench.LLMCall](tr.log)); n != test.calls {
				t.Errorf("%d calls, want %d", n, test.calls)
			}
		})
	}
}

// Of very much output the beginning and the end are kept, and it says so.
func TestMuchOutput(t *testing.T) {
	t.Parallel()
	tr := newLab(t).trial(t, configuration("echo first; yes | head -c 30000000; echo last"), bench.Source{})
	if sub, err := tr.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
		t.Errorf("submission %+v, %v", sub, err)
	}
	call, out := tr.output(t)
	if !strings.HasPrefix(out, "first\ny\n") || !strings.HasSuffix(out, "y\nlast\n") || len(out) > 1_000_100 ||
		call.Bytes != 30_000_011 || call.Clipped < 28_900_000 || !strings.Contains(out, "characters left out]") {
		t.Errorf("%d bytes kept of %+v", len(out), call)
	}
}

func TestNeedsJournal(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	full := errors.New("disk full")
	for _, refused := range []bench.EventType{
		bench.EventAgentStarted, bench.EventToolCall, bench.EventLLMCall, bench.EventAgentEnded,
	} {
		tr := l.trial(t, configuration(talk), bench.Source{})
		tr.log.Fail = func(e bench.Event) error {
			if e.Payload.Type() == refused {
				return full
			}
			return nil
		}
		if sub, err := command.New(nil, "0").Run(t.Context(), tr.job); !errors.Is(err, full) || !sub.State.IsTerminal() {
			t.Errorf("without %s: %+v, %v", refused, sub, err)
		}
	}
}

// A program whose process ended is run again; what it had reported stays.
func TestRunAgain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := configuration(`echo '{"input":1000,"output":100}' >"$BENCH_USAGE_FILE"
		echo '{"input":10,"output":1,"agent":"reader","model":"small"}' >>"$BENCH_USAGE_FILE"`)
	first := l.trial(t, c, bench.Source{})
	if sub, err := first.run(t, t.Context()); err != nil || sub.State != bench.AgentFinished {
		t.Fatalf("submission %+v, %v", sub, err)
	}
	again := l.trial(t, c, bench.Source{})
	again.job.History = &agent.History{Events: first.log.Events()}
	if sub, err := command.New(nil, "0").Run(t.Context(), again.job); err != nil || sub.State != bench.AgentFinished {
		t.Fatalf("submission %+v, %v", sub, err)
	}
	var calls []string
	for _, call := range agenttest.Of[bench.LLMCall](again.log) {
		calls = append(calls, call.CallID)
	}
	want := []string{"tool/acme__shop-1#1/command-2", "tool/acme__shop-1#1/reader-2"}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	resumed := agenttest.Of[bench.AgentResumed](again.log)
	if started := agenttest.Of[bench.AgentStarted](again.log); len(started) != 0 || len(resumed) != 2 {
		t.Errorf("started %+v, resumed %+v", started, resumed)
	}
	ended := agenttest.Of[bench.AgentEnded](again.log)
	if last := ended[len(ended)-1]; last.Iterations != 2 {
		t.Errorf("ended %+v", last)
	}
}
