package runner_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/runner"
)

// listener keeps what it observes as JSON.
type listener struct{ heard []string }

func (w *listener) Observe(e bench.Event) {
	b, _ := json.Marshal(e.Payload) // of plain values
	w.heard = append(w.heard, string(e.Payload.Type())+" "+string(b))
}
func (w *listener) Close(int64) {}

// Neither the journal nor an observer gets a key, and a notice says so once for each
// trial, before the event that had one.
func TestKeysAreRedactedAtTheDoor(t *testing.T) {
	const key = "sk-0123456789abcdef"
	says := func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		r := job.Record.For("main")
		for range 2 {
			said := bench.Body("it is " + key)
			end := bench.AgentEnded{State: bench.AgentFinished, Message: said.Hash(), Error: "no " + key}
			if err := r.Record(ctx, end, said); err != nil {
				return agent.Submission{}, err
			}
		}
		return writes(ctx, job)
	}
	o, l := options(t, 2, says, verdict(true))
	w := &listener{}
	o.Observers, o.Redact = []runner.Observer{w}, bench.NewRedactor(12, key)
	if _, err := runner.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	notices := map[bench.TrialKey]int{}
	for _, e := range l.events {
		for _, b := range e.Bodies {
			if strings.Contains(string(b), key) {
				t.Errorf("a body of %s has the key", e.Payload.Type())
			}
		}
		switch p := e.Payload.(type) {
		case bench.Notice:
			if p.Code == bench.NoticeRedacted {
				notices[e.Trial]++
			}
		case bench.AgentEnded:
			if want := bench.Body("it is [API key]").Hash(); p.Error != "no [API key]" || p.Message != want {
				t.Errorf("recorded %+v", p)
			}
			if notices[e.Trial] != 1 {
				t.Errorf("%d notices before %+v", notices[e.Trial], p)
			}
		}
	}
	if len(notices) != 2 || len(w.heard) != len(l.events) {
		t.Errorf("notices %v, heard %d of %d events", notices, len(w.heard), len(l.events))
	}
	if all := strings.Join(w.heard, "\n"); strings.Contains(all, key) {
		t.Errorf("heard %s", all)
	}
}
