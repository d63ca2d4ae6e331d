package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bench"
	"bench/agent/command/acp"
	"bench/agent/tools"
)

// How long a program is waited for that speaks the Agent Client Protocol.
const (
	openTime  = 2 * time.Minute // for each answer until there is a session
	graceTime = 5 * time.Second // to stop its turn when it is asked to
	leaveTime = 2 * time.Second // to end when its turn has stopped
)

// turn is the one turn of a program that speaks the Agent Client Protocol. What it says
// is heard in one goroutine, which perform waits for.
type turn struct {
	*trial
	version   string // of bench
	toolCalls *toolCalls
	talk      *tools.Talk

	reason acp.StopReason
	err    error // why the turn has no reason

	mu         sync.Mutex
	cancelled  bool // the program was asked to stop
	transcript transcript
	usage      *acp.Usage
	odd        oddities
}

var _ acp.Peer = (*turn)(nil)

// perform runs the program: it starts it, gives it its task, and ends it when its turn
// has stopped. The error is that of a program that could not be given its task,
// sandbox.ErrLost, or the cause with which ctx ended before the turn did.
func (u *turn) perform(ctx context.Context) (tools.Program, error) {
	var err error
	u.talk, err = tools.StartTalk(context.WithoutCancel(ctx), u.Box, u.configuration.Command.Run,
		append(u.paths.env(), u.own()...), u.paths.errors)
	if err != nil {
		return tools.Program{Killed: true}, err
	}
	conn := acp.NewConn(u.talk, u)
	var broken error
	heard := make(chan struct{})
	go func() { // ends with the program, which is killed below
		defer close(heard)
		broken = conn.Serve(u.talk.Line)
	}()
	err = u.speak(ctx, conn)
	u.talk.CloseInput()
	select {
	case <-heard:
	case <-time.After(leaveTime):
	}
	u.talk.Kill()
	<-heard
	p, lost := u.talk.Close()
	if errors.Is(broken, tools.ErrLongLine) {
		u.err = broken
	}
	return u.concluded(ctx, p, errors.Join(lost, err))
}

// speak opens a session and gives the program its task. The error is as perform has it.
func (u *turn) speak(ctx context.Context, conn *acp.Conn) error {
	c := u.configuration.Command.ACP
	s, err := acp.Open(ctx, conn, acp.Options{
		ClientVersion: u.version, Dir: u.Box.Workdir(), Auth: c.Auth, Mode: c.Mode, Patience: openTime,
	})
	if err != nil {
		return err
	}
	u.begins(s.Program)
	asked := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(asked)
		u.stop(s)
	})
	u.reason, u.err = s.Prompt(context.WithoutCancel(ctx), u.Trial.Task.ProblemStatement)
	if !stop() {
		u.talk.CloseInput() // a program that reads nothing does not hold it up
		<-asked
		if u.err != nil || u.reason == acp.StopCancelled {
			return context.Cause(ctx)
		}
	}
	return nil
}

// begins notes what the program calls itself.
func (u *turn) begins(program string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if program != "" {
		u.transcript.line("program: " + oneLine(program))
	}
}

// stop asks the program to stop its turn, and ends it if it does not.
func (u *turn) stop(s *acp.Session) {
	u.mu.Lock()
	u.cancelled = true
	u.mu.Unlock()
	timer := time.AfterFunc(graceTime, func() { u.talk.Kill() })
	if s.Cancel() != nil {
		timer.Reset(0)
	}
}

// concluded is how the program ended, with what it said.
func (u *turn) concluded(
	ctx context.Context, p tools.Program, err error,
) (tools.Program, error) {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	tail := u.paths.readErrors(after, u.Box)
	u.mu.Lock()
	defer u.mu.Unlock()
	if p.Output = u.transcript.said(tail); u.toolCalls.silent {
		p.Output = ""
	}
	p.Dropped = u.transcript.dropped
	var setup *acp.SetupError
	switch {
	case !errors.As(err, &setup):
	case !p.Killed && (p.Code == notExecutable || p.Code == notFound):
		err = &acp.SetupError{Err: errors.New(notThere(p.Code, tail))}
	case !p.Killed && errors.Is(err, acp.ErrClosed):
		err = &acp.SetupError{Err: fmt.Errorf("%w, %s", err, u.lastWords(p.Code, tail))}
	}
	if !p.Killed && errors.Is(u.err, acp.ErrClosed) {
		u.err = fmt.Errorf("the program ended in mid-turn, %s", u.lastWords(p.Code, tail))
	}
	return p, err
}

// lastWords are an exit status with what may say why. It holds the lock.
func (u *turn) lastWords(code int, tail string) string {
	text := fmt.Sprintf("exit status %d", code)
	if why := cmp.Or(lastLine(tail), u.odd.first); why != "" {
		text += ": " + why
	}
	return text
}

// stopped decides what the reason means for which a turn stopped. Whatever it is, the
// program may have changed files, so its work is the answer.
func (u *turn) stopped() {
	u.sub.State, u.sub.Message = bench.AgentFinished, string(u.message())
	var refused *acp.Error
	switch {
	case errors.As(u.err, &refused) && refused.Code == acp.CodeAuthRequired:
		u.sub.State = bench.AgentErrorInternal
		u.sub.Error = "session/prompt: " + u.err.Error()
	case refused != nil:
		u.sub.Error = "session/prompt: " + u.err.Error()
	case u.err != nil:
		u.sub.Error = u.err.Error()
	case u.reason == acp.StopEnd:
	case u.reason == acp.StopRefusal:
		u.sub.State = bench.AgentRefused
	case u.reason == acp.StopTokens, u.reason == acp.StopRequests:
		u.sub.Error = fmt.Sprintf("a limit of the program's own: %s", u.reason)
	case u.reason == acp.StopCancelled:
		u.sub.Error = "the program says that its turn was cancelled, which it was not"
	default:
		u.sub.Error = fmt.Sprintf("the program says that its turn stopped for %q, which is no reason",
			u.reason)
	}
}

// message is what the program said last; empty where what was said is not stored.
func (u *turn) message() bench.Body {
	if u.toolCalls.silent {
		return nil
	}
	return bench.Body(u.transcript.final.String())
}
