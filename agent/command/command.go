// Package command runs an agent program of somebody else's inside the sandbox,
// so that it stands in the same table as our own agents. Its changes are the
// answer, as always; what it spent is seen on its way through the gateway, or read
// from a file that it writes, which nobody can check.
//
//	command.go  one trial: the program, from its start to its end
//	paths.go    the files that program and harness share
//	usage.go    the lines of the usage file
//	book.go     from lines to events and charges
//	gateway.go  the way to its models, where bench passes its calls on
//	serve.go    the same for a program that somebody else runs
//	history.go  what is in the log of a program that is run again
//
// A program that speaks the Agent Client Protocol is spoken to while it runs:
//
//	turn.go        its one turn, from its start to its end
//	heard.go       what it says in it
//	toolcalls.go   its tool calls, joined with those that its gateway sees
//	transcript.go  what it says as a text
//	oddities.go    what it does beside the protocol
package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/command/acp"
	"bench/agent/tools"
	"bench/llm/gateway"
	"bench/sandbox"
)

// New returns the agent. It reads all it needs from the trial's configuration.
// Programs whose configuration says so reach their models through g, which may be nil
// where none does. The version is that of bench, which programs are told that ask.
func New(g *gateway.Gateway, version string) agent.Agent { return command{g, version} }

type command struct {
	gateway *gateway.Gateway
	version string
}

var _ agent.Agent = command{}

const (
	// id is the program's in its trial.
	id = "command"
	// outputChars bounds what is stored of the program's output.
	outputChars = 1_000_000
	// cleanupTime bounds what is done for a trial after its time is up.
	cleanupTime = time.Minute
)

// trial is one trial of a program.
type trial struct {
	agent.Job
	configuration bench.Configuration
	record        bench.Recorder // of the program
	budget        *bench.Budget
	paths         paths
	history       history
	gateway       *gateway.Gateway
	door          door
	turn          *turn // of a program that speaks the Agent Client Protocol
	calls         int64 // of the program itself
	sub           agent.Submission
}

// Run implements agent.Agent.
func (p command) Run(ctx context.Context, job agent.Job) (agent.Submission, error) {
	t := newTrial(job, p.gateway)
	if c := t.configuration.Command; c.ACP != nil {
		t.turn = &turn{trial: t, version: p.version, toolCalls: newToolCalls(t.record, *c)}
	}
	if err := t.throughout(ctx, t.work); err != nil {
		return agent.Submission{State: bench.AgentErrorInternal}, err
	}
	if t.sub.State == bench.AgentCancelled {
		return t.sub, context.Cause(ctx)
	}
	return t.sub, nil
}

func newTrial(job agent.Job, g *gateway.Gateway) *trial {
	return &trial{
		Job: job, configuration: job.Trial.Configuration, record: job.Record.For(id),
		budget: job.Budget.Child(bench.ScopeAgent, bench.Limits{}), history: historyOf(job.History),
		gateway: g,
	}
}

// throughout records the program's beginning and end around its work. The error is
// one of the log.
func (t *trial) throughout(ctx context.Context, work func(context.Context) error) error {
	c := t.configuration
	err := t.begin(ctx, id, bench.AgentStarted{
		Role: bench.RoleCommand, Model: c.Main.Name, WireModel: c.Main.Model,
		Limits: c.Limits,
	})
	if err == nil && c.Command.Gateway != nil {
		err = t.closeOpen(ctx)
	}
	if err == nil {
		err = work(ctx)
	}
	if err != nil {
		return err
	}
	return t.end(ctx)
}

// work runs the program and books what it spent. The error is one of the log.
func (t *trial) work(ctx context.Context) error {
	var err error
	if t.paths, err = prepare(ctx, t.Box, t.Trial, *t.configuration.Command); err != nil {
		t.fail(ctx, err)
		return nil
	}
	program, err := t.open(ctx)
	if err != nil {
		t.fail(ctx, err)
		return t.shut(ctx, err)
	}
	start := time.Now()
	p, err := t.perform(program)
	if recorded := t.ran(program, p, err, start, time.Now()); recorded != nil {
		return errors.Join(recorded, t.shut(ctx, recorded))
	}
	switch {
	case err != nil:
		t.fail(program, err)
	case t.turn != nil:
		t.turn.stopped()
	default:
		t.exited(p)
	}
	return t.account(ctx, context.Cause(program), err)
}

// perform runs the program, in the way that its configuration says.
func (t *trial) perform(ctx context.Context) (tools.Program, error) {
	if t.turn != nil {
		t.turn.toolCalls.workdir = t.paths.workdir
		return t.turn.perform(ctx)
	}
	return tools.RunProgram(ctx, t.Box, t.configuration.Command.Run,
		append(t.paths.env(), t.own()...))
}

// account books what the program spent, and what is left to be told of it: its calls are
// cut for a cause if it was ended for one. The error is one of the log.
func (t *trial) account(ctx context.Context, cause, err error) error {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	var recorded error
	switch {
	case t.door.session != nil:
		recorded = t.shut(ctx, cause)
	case errors.Is(err, sandbox.ErrLost): // and its usage with it
	default:
		recorded = t.book(after)
	}
	if t.turn != nil {
		recorded = errors.Join(recorded, t.turn.remark(after))
	}
	return recorded
}

// ran records the program as the one call there is, which no model asked for.
func (t *trial) ran(
	ctx context.Context, p tools.Program, failed error, start, end time.Time,
) error {
	text, left := agent.Clip(p.Output, outputChars, func(characters int) string {
		return fmt.Sprintf("\n[%d characters left out]\n", characters)
	})
	arguments, result := bench.Body(t.configuration.Command.Run), bench.Body(text)
	e := bench.ToolCall{
		CallID: id, Name: "command", Arguments: arguments.Hash(), Result: result.Hash(),
		Start: start, End: end, Bytes: p.Bytes, Clipped: left + p.Dropped,
	}
	var setup *acp.SetupError
	if known := failed == nil || errors.As(failed, &setup); known && !p.Killed {
		e.ExitCode = &p.Code
	}
	switch {
	case failed == nil:
	case setup != nil:
		e.IsError, e.ErrorClass = true, string(agent.ClassTool)
	case ctx.Err() != nil:
		e.IsError, e.ErrorClass = true, string(agent.ClassCancelled)
	default:
		e.IsError, e.ErrorClass = true, string(agent.ClassSandbox)
	}
	return t.record.Record(ctx, e, arguments, result)
}

// The statuses with which a shell ends that cannot run what it is told to.
const (
	notExecutable = 126
	notFound      = 127
)

// exited decides what an exit status means. A program that fails may have
// changed files all the same, so its work is the answer; one that is not there
// is a mistake of the user's, and no failure of an agent.
func (t *trial) exited(p tools.Program) {
	t.sub.State = bench.AgentFinished
	switch p.Code {
	case 0:
	case notExecutable, notFound:
		t.sub.State = bench.AgentErrorInternal
		t.sub.Error = notThere(p.Code, p.Output)
	default:
		t.sub.Error = fmt.Sprintf("exit status %d", p.Code)
	}
}

// notThere says that a program cannot be run.
func notThere(code int, output string) string {
	return fmt.Sprintf("command.run cannot be run in the sandbox (exit status %d): %s", code,
		lastLine(output))
}

// lastLine is the last line of s that is not blank, of a length fit for a
// message.
func lastLine(s string) string {
	const most = 300
	s = strings.TrimSpace(s)
	s = s[strings.LastIndexByte(s, '\n')+1:]
	s, _ = agent.Clip(s, most, func(int) string { return "…" })
	return s
}

// fail says how a program ended that was stopped, or never started. A limit
// leaves what was done so far as the answer.
func (t *trial) fail(ctx context.Context, err error) {
	var limit *bench.LimitError
	var setup *acp.SetupError
	switch {
	case errors.As(context.Cause(ctx), &limit):
		t.sub.State = bench.LimitState(limit.Resource)
		t.sub.Limit, t.sub.Scope = limit.Resource, limit.Scope
		return
	case ctx.Err() != nil:
		t.sub.State = bench.AgentCancelled
	case errors.Is(err, errUsagePath), errors.Is(err, errNoListener), errors.As(err, &setup):
		t.sub.State = bench.AgentErrorInternal
	default:
		t.sub.State = bench.AgentErrorSandbox
	}
	t.sub.Error = err.Error()
}

// overdrawn looks whether the calls that were reported are more than the
// trial's limits allow. Nobody could have stopped them: limits of money, tokens
// and calls name the outcome here and prevent nothing.
func (t *trial) overdrawn() {
	if t.sub.State != bench.AgentFinished {
		return
	}
	var limit *bench.LimitError
	if most := t.configuration.Limits.Iterations; most > 0 && t.calls > most {
		limit = &bench.LimitError{Scope: bench.ScopeAgent, Resource: bench.ResourceIterations}
	}
	if over := t.budget.Overdrawn(); over != nil {
		limit = over
	}
	if limit != nil {
		t.sub.State = bench.LimitState(limit.Resource)
		t.sub.Limit, t.sub.Scope = limit.Resource, limit.Scope
	}
}

// end records the end of the program's work.
func (t *trial) end(ctx context.Context) error {
	if t.sub.Limit != "" {
		limit := bench.BudgetNotice{Kind: bench.NoticeLimit, Scope: t.sub.Scope, Resource: t.sub.Limit}
		if err := t.record.Record(ctx, limit); err != nil {
			return err
		}
	}
	e := bench.AgentEnded{State: t.sub.State, Iterations: t.calls, Error: t.sub.Error}
	if t.turn == nil {
		return t.record.Record(ctx, e)
	}
	message := t.turn.message()
	e.StopReason, e.Message = string(t.turn.reason), message.Hash()
	return t.record.Record(ctx, e, message)
}
