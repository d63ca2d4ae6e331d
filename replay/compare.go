package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"bench"
	"bench/internal/jsondiff"
)

// Compare says where a trial that was played again first did something else than the
// log; nil if nowhere. Times, what follows from them and what only names things are
// passed over.
func Compare(
	ctx context.Context, log Log, key bench.TrialKey, run, replayed string,
) (*Difference, error) {
	old, err := log.TrialEvents(ctx, run, key)
	if err != nil {
		return nil, err
	}
	now, err := log.TrialEvents(ctx, replayed, key)
	if err != nil {
		return nil, err
	}
	c := comparison{func(h bench.BodyHash) (bench.Body, error) { return log.Body(ctx, h) }}
	return c.first(deeds(old), deeds(now))
}

// comparison compares events, and the texts that they name.
type comparison struct {
	text func(bench.BodyHash) (bench.Body, error)
}

// deed is what an agent, a delegation or the grader did.
type deed struct {
	lane  lane
	what  string
	event bench.Event
}

// deeds are those of a trial, in the order of the log.
func deeds(events []bench.Event) (all []deed) {
	n := newNumbers()
	calls := map[string]int{}
	for _, e := range events {
		l, ok := n.lane(e)
		what := string(e.Payload.Type())
		switch p := e.Payload.(type) {
		case bench.Patch, bench.Grade:
			l, ok = lane{task: what}, true
		case bench.TrialEnded:
			l, ok = lane{task: what}, p.Outcome != bench.OutcomeCancelled
		case bench.LLMCall:
			if ok {
				calls[e.Agent]++
				what = fmt.Sprintf("call %d", calls[e.Agent])
			}
		case bench.RouteChosen:
			what = fmt.Sprintf("choice of turn %d", p.Turn)
		case bench.ToolCall:
			what = fmt.Sprintf("tool call %d of call %d", p.Index+1, l.batch)
		case bench.DelegationStarted, bench.DelegationEnded:
			what += " " + l.task
		}
		if ok {
			all = append(all, deed{l, what, e})
		}
	}
	return all
}

// first compares what was done lane by lane. The first difference is the one that comes
// first in the log.
func (c comparison) first(old, now []deed) (*Difference, error) {
	lanes := map[lane][]deed{}
	for _, d := range now {
		lanes[d.lane] = append(lanes[d.lane], d)
	}
	for _, was := range old {
		rest := lanes[was.lane]
		if len(rest) == 0 {
			return was.differs(jsondiff.Difference{Old: was.name()}), nil
		}
		is := rest[0]
		lanes[was.lane] = rest[1:]
		if is.what != was.what {
			return was.differs(jsondiff.Difference{Old: was.name(), New: is.name()}), nil
		}
		d, err := c.deeds(was, is)
		if d != nil || err != nil {
			return d, err
		}
	}
	for _, is := range now {
		if slices.ContainsFunc(lanes[is.lane], func(d deed) bool { return d.event.Seq == is.event.Seq }) {
			return is.differs(jsondiff.Difference{New: is.name()}), nil
		}
	}
	return nil, nil
}

func (d deed) name() json.RawMessage { return encoded(d.what) }

func (d deed) differs(by jsondiff.Difference) *Difference {
	return &Difference{Agent: d.event.Agent, What: d.what, Difference: by}
}

func (c comparison) deeds(was, is deed) (*Difference, error) {
	old, err := c.lasting(was.event.Payload)
	if err != nil {
		return nil, err
	}
	now, err := c.lasting(is.event.Payload)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"result", "report", "message"} {
		a, _ := old[name].(string)
		b, _ := now[name].(string)
		if a == b {
			continue
		}
		passed := []string{"bytes", "clipped", "touched"} // which follow from the text
		if timeless(a) == timeless(b) {
			passed = append(passed, name)
		}
		for _, name := range passed {
			delete(old, name)
			delete(now, name)
		}
	}
	found, err := first("", encoded(old), encoded(now))
	if found == nil || err != nil {
		return nil, err
	}
	return was.differs(*found), nil
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // of what was decoded
	}
	return text
}

// passing are the fields of events that no replay can have again: when things happened
// and how long they took, what follows from that, and the names of calls, which count
// those that were cut off.
var passing = []string{
	"start", "end", "first", "waited", "queue", "lock_wait", "round_trip", "inspect", "prepare",
	"collect", "remove", "duration", "attempts", "unreported", "reserved", "source", "call_id",
	"batch_id", "log", "script",
	"canary_log", "error",
}

// named are the fields that name texts by their hashes.
var named = []string{"arguments", "result", "prompt", "report", "patch", "diff", "message"}

// lasting are the fields of an event without those, and with the texts that it names.
func (c comparison) lasting(p bench.Payload) (map[string]any, error) {
	var fields map[string]any
	if err := json.Unmarshal(encoded(p), &fields); err != nil {
		return nil, fmt.Errorf("decode %s: %w", p.Type(), err)
	}
	for _, name := range passing {
		delete(fields, name)
	}
	if _, ok := p.(bench.LLMCall); ok { // what it sent was compared when it was sent
		delete(fields, "messages")
	}
	for _, name := range named {
		hash, ok := fields[name].(string)
		if !ok {
			continue
		}
		text, err := c.text(bench.BodyHash(hash))
		if err != nil {
			return nil, err
		}
		fields[name] = string(text)
	}
	return fields, nil
}
