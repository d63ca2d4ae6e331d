package fusion

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// turns are what agents say in each of their turns, by agent. They keep the
// requests that were sent.
type turns struct {
	by map[string][]llm.Response

	mu       sync.Mutex
	requests map[string][][]*llm.Message // by agent and turn, the last one each
	answered map[string]int              // by agent and turn
}

func (s *turns) client(bench.Model) llm.Client {
	return &llmtest.Fake{Do: func(ctx context.Context, req llm.Request) (llm.Response, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		who, turn := req.Speaker.Agent, req.Speaker.Turn
		if s.requests == nil {
			s.requests, s.answered = map[string][][]*llm.Message{}, map[string]int{}
		}
		for len(s.requests[who]) < turn {
			s.requests[who] = append(s.requests[who], nil)
		}
		s.requests[who][turn-1] = append([]*llm.Message(nil), req.Messages...)
		if ctx.Err() != nil {
			return llm.Response{Start: time.Now(), End: time.Now()}, context.Cause(ctx)
		}
		if turn > len(s.by[who]) {
			return llm.Response{}, fmt.Errorf("%s has nothing to say in turn %d", who, turn)
		}
		s.answered[fmt.Sprintf("%s %d", who, turn)]++
		return s.by[who][turn-1], nil
	}}
}

// wire is the messages of a request as they are sent.
func wire(messages []*llm.Message) []byte {
	var all []byte
	for _, m := range messages {
		all = append(append(all, m.JSON...), '\n')
	}
	return all
}

// killed is how a process ends in the middle of a trial: from some event on
// nothing can be recorded any more.
var killed = errors.New("killed")

// ending is how the process ends that runs a trial: not before the trial does,
// or at the nth event that is appended, killed or interrupted by the user.
type ending struct {
	at        int
	interrupt bool
}

// of returns the context of the process, and what its log does with events.
func (e ending) of(t *testing.T) (context.Context, func(bench.Event) error) {
	ctx, interrupt := context.WithCancelCause(t.Context())
	left := e.at
	return ctx, func(bench.Event) error {
		left--
		switch {
		case e.at == 0 || left > 0:
		case e.interrupt:
			interrupt(bench.ErrInterrupted)
		default:
			return killed
		}
		return nil
	}
}

// runProcess runs a trial in a new sandbox below dir, from the log as it is. It
// returns the files that are left.
func runProcess(t *testing.T, dir string, c bench.Configuration, log *agenttest.Log, s *turns, e ending) (*trial, string, error) {
	t.Helper()
	l := newLabIn(t, dir)
	tr := l.trial(t, c)
	before := log.Events()
	ctx, fail := e.of(t)
	log.Fail = fail
	tr.log, tr.job.Record = log, log.Recorder(key)
	if len(before) > 0 {
		tr.job.History = &agent.History{Events: before, Body: func(h bench.BodyHash) (bench.Body, error) {
			return bench.Body(log.Body(h)), nil
		}}
		for _, e := range before { // as the runner does
			if p, ok := e.Payload.(bench.LLMCall); ok {
				tr.budget.Charge(bench.Amount{Cost: p.Cost, Tokens: p.Usage.Tokens()})
			}
		}
	}
	sub, err := New(Options{Clients: s.client}).Run(ctx, tr.job)
	if err == nil && sub.State == bench.AgentCancelled {
		err = context.Cause(ctx)
	}
	files := ""
	if err == nil {
		files = tr.file(t, "a.txt") + tr.file(t, "log") + tr.file(t, "new.txt") + tr.file(t, "second.txt")
	}
	tr.box.Close(context.Background())
	if err := l.pool.Close(); err != nil { // in the next process the files lie where they lay
		t.Error(err)
	}
	return tr, files, err
}

func resumable() bench.Configuration {
	c := configuration()
	c.Sidekick.Memory, c.Sidekick.Background = bench.MemoryResumable, true
	return c
}

// allTurns are a trial in which everything happens that has to survive: edits of
// main's, edits of sidekicks that come as patches, tasks side by side, one in
// the background, one resumed.
func allTurns() *turns {
	again := use("task", map[string]any{"prompt": "and upper case", "subagent_type": "sidekick", "resume": "t0001"})
	behind := use("task", map[string]any{"prompt": "count", "subagent_type": "sidekick", "run_in_background": true})
	return &turns{by: map[string][]llm.Response{
		"main": {
			say("let me see", shell("cd sub 2>/dev/null; sed -i s/one/ONE/ a.txt; cat a.txt")),
			say("", brief("change two"), brief("look"), shell("echo side >> log")),
			say("", shell("git apply ${TMPDIR:-/tmp}/bench-t0001.patch; cat a.txt"), behind),
			say("", again),
			say("", use("task_output", map[string]any{"task_id": "t0003"}), shell("git apply ${TMPDIR:-/tmp}/bench-t0001.2.patch; cat a.txt log")),
			say("", shell("git apply ${TMPDIR:-/tmp}/bench-t0002.patch; cat second.txt")),
			done("all done"),
		},
		"t0001":   {say("", shell("sed -i s/two/deux/ a.txt")), say("", shell("echo x > new.txt; cat a.txt")), report("two is deux")},
		"t0001.2": {say("", shell("sed -i s/deux/DEUX/ a.txt; cat a.txt new.txt")), report("DEUX")},
		"t0002":   {say("", shell("cat a.txt; echo y > second.txt")), report("three lines")},
		"t0003":   {say("", shell("wc -l < a.txt")), report("11")},
	}}
}

// Killed at any event, a resumed trial ends as if nothing had
// happened: the same files, the same conversations to the byte, and no call
// whose answer was recorded is made again.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	cutOffAnywhere(t, false)
}

// So does one that the user has interrupted: what was under way then is open,
// and nobody is told that it was stopped.
func TestInterruptedAnywhere(t *testing.T) {
	t.Parallel()
	cutOffAnywhere(t, true)
}

func cutOffAnywhere(t *testing.T, interrupt bool) {
	t.Helper()
	c, whole := resumable(), &agenttest.Log{}
	_, files, err := runProcess(t, t.TempDir(), c, whole, allTurns(), ending{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(files, "ONE") || !strings.Contains(files, "DEUX") || !strings.Contains(files, "side") {
		t.Fatalf("the trial itself went wrong: %q", files)
	}
	events := len(whole.Events())
	step := 7 // each takes two processes of five sandboxes
	if interrupt {
		step = 13 // or three of them
	}
	for n := 1; n <= events; n += step {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			dir, log, s := t.TempDir(), &agenttest.Log{}, allTurns()
			_, _, err := runProcess(t, dir, c, log, s, ending{n, interrupt})
			if err == nil && n < events && !interrupt {
				t.Fatalf("outlived its end at event %d", n)
			}
			if interrupt { // and once more, when hardly anybody has gone on
				if _, _, err := runProcess(t, dir, c, log, s, ending{1 + n%4, true}); err == nil && n < 20 {
					t.Fatal("outlived its second end")
				}
			}
			dead := s.requests
			recorded := map[string]int{}
			for _, e := range log.Events() {
				if p, ok := e.Payload.(bench.LLMCall); ok && p.Error == "" {
					recorded[fmt.Sprintf("%s %d", e.Agent, p.Turn)]++
				}
			}
			s.requests = nil
			answered := s.answered
			s.answered = map[string]int{}
			tr, got, err := runProcess(t, dir, c, log, s, ending{})
			if err != nil {
				t.Fatal(err)
			}
			for call := range recorded {
				if s.answered[call] > 0 {
					t.Errorf("%s was paid for twice", call)
				}
			}
			samePrefixes(t, dead, s.requests)
			for _, requests := range s.requests {
				for _, messages := range requests {
					agenttest.CheckConversation(t, messages)
				}
			}
			for who, requests := range s.requests {
				for _, messages := range requests {
					if strings.Contains(string(wire(messages)), "cancelled") {
						t.Errorf("%s is told that something was stopped: %s", who, wire(messages))
					}
				}
			}
			if got != files {
				t.Errorf("files are %q, want %q", got, files)
			}
			if got, want := len(agenttest.Of[bench.DelegationSpawned](log)), 4; got != want {
				t.Errorf("%d delegations, want %d", got, want)
			}
			checkCalls(t, log, answered, s.answered)
			checkDelegations(t, log)
			if got, want := tr.budget.Spent().Cost, log.Cost(); got != want {
				t.Errorf("the budget spent %d, the calls cost %d", got, want)
			}
		})
	}
}

// samePrefixes fails unless a request of the second process begins with the bytes
// of the same agent's requests of the first.
func samePrefixes(t *testing.T, first, second map[string][][]*llm.Message) {
	t.Helper()
	for who, turns := range second {
		for _, now := range turns {
			for _, then := range first[who] {
				if len(then) > len(now) || now == nil || strings.HasPrefix(who, "t") {
					continue // copies of local sandboxes lie elsewhere
				}
				if !bytes.HasPrefix(wire(now), wire(then)) {
					i := 0
					for bytes.HasPrefix(wire(now), wire(then)[:i]) {
						i++
					}
					t.Errorf("%s does not resume where it was, from byte %d: %.300q was %.300q", who, i, wire(now)[i-1:], wire(then)[i-1:])
				}
			}
		}
	}
}

// checkDelegations fails unless every end of an activation, also of one that was
// stopped before it went on, says what its sidekick had used by then.
func checkDelegations(t *testing.T, log *agenttest.Log) {
	t.Helper()
	used := map[string]agent.Result{}
	for _, e := range log.Events() {
		switch p := e.Payload.(type) {
		case bench.LLMCall:
			r := used[e.Agent]
			r.Add(p)
			used[e.Agent] = r
		case bench.DelegationEnded:
			r := used[p.Child]
			if p.Child != "" && p.State != bench.AgentCancelled && p.Turns != r.Turns || p.Cost != r.Cost ||
				p.Usage != r.Usage {
				t.Errorf("event %d: %s ended with %d turns, %s, want %d, %s", e.Seq, p.Child, p.Turns, p.Cost,
					r.Turns, r.Cost)
			}
		}
	}
}

// checkCalls fails unless every call of both processes is in the log, once, except
// one whose recording killed the process.
func checkCalls(t *testing.T, log *agenttest.Log, lives ...map[string]int) {
	t.Helper()
	agenttest.CheckLog(t, log)
	ids := map[string]bool{}
	turns := map[string]int{}
	for _, e := range log.Events() {
		if p, ok := e.Payload.(bench.LLMCall); ok {
			if ids[p.CallID] {
				t.Errorf("call %s is recorded twice", p.CallID)
			}
			ids[p.CallID] = true
			turns[fmt.Sprintf("%s %d", e.Agent, p.Turn)]++
		}
	}
	for _, life := range lives {
		for call := range life {
			if turns[call] != 1 {
				t.Errorf("%s is in the log %d times", call, turns[call])
			}
		}
	}
}
