// Package examination looks for contamination in trials of a database: it reads what their
// agents did from the log, and has package contamination judge that. What was found is
// kept beside the log, from which it follows.
package examination

import (
	"context"
	"fmt"

	"bench"
	"bench/contamination"
	"bench/llm"
	"bench/results"
)

// Source is where trials are stored, as in results.Store.
type Source interface {
	Task(ctx context.Context, run, instance string) (bench.Task, error)
	TrialEvents(ctx context.Context, run string, key bench.TrialKey) ([]bench.Event, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// Trial examines one trial.
func Trial(
	ctx context.Context, s Source, run string, key bench.TrialKey,
) (c bench.Contamination, err error) {
	task, err := s.Task(ctx, run, key.InstanceID)
	if err != nil {
		return c, err
	}
	return trial(ctx, s, run, key, contamination.Of(task))
}

// Keep examines a trial that has ended and keeps what it finds.
func Keep(ctx context.Context, s *results.Store, run string, key bench.TrialKey) error {
	found, err := Trial(ctx, s, run, key)
	if err != nil {
		return err
	}
	return s.KeepExamined(ctx, run, key, found)
}

func trial(
	ctx context.Context, s Source, run string, key bench.TrialKey, fix *contamination.Fix,
) (c bench.Contamination, err error) {
	events, err := s.TrialEvents(ctx, run, key)
	if err != nil || len(events) == 0 {
		return c, err
	}
	r := reader{
		body: func(h bench.BodyHash) (bench.Body, error) { return s.Body(ctx, h) },
		x:    contamination.NewExamination(fix, events[0].Time), asked: map[callRef]asked{},
	}
	for _, e := range events {
		if err := r.event(e); err != nil {
			return c, fmt.Errorf("examine %s of run %s: %w", key, run, err)
		}
	}
	return bench.Contamination{Version: contamination.Version, Findings: r.x.Findings()}, nil
}

// Run examines those trials of a run that have ended and of which nothing is known, or
// what earlier rules have found, and keeps what it finds. Trials that were made elsewhere
// were examined when they were imported, or cannot be; those in which what was said was
// dropped, before that. It returns how many it examined.
func Run(ctx context.Context, s *results.Store, run string) (n int, err error) {
	r, err := s.Run(ctx, run)
	if err != nil || r.Imported != "" {
		return 0, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return 0, err
	}
	known, err := s.Examined(ctx, run)
	if err != nil {
		return 0, err
	}
	fixes := map[string]*contamination.Fix{}
	for _, t := range trials {
		readable := t.Outcome != "" && t.BodiesDroppedAt.IsZero()
		if !readable || known[t.ID].Version == contamination.Version {
			continue
		}
		if fixes[t.Key.InstanceID] == nil {
			task, err := s.Task(ctx, run, t.Key.InstanceID)
			if err != nil {
				return n, err
			}
			fixes[t.Key.InstanceID] = contamination.Of(task)
		}
		found, err := trial(ctx, s, run, t.Key, fixes[t.Key.InstanceID])
		if err == nil {
			err = s.KeepExamined(ctx, run, t.Key, found)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// callRef names a tool call until it is answered: models use ids again.
type callRef struct{ agent, id string }

// asked is a tool call that a model asked for.
type asked struct {
	llm.ToolCall
	turn int
}

// reader takes the events of a trial for what its agents wrote and did.
type reader struct {
	body  func(bench.BodyHash) (bench.Body, error)
	x     *contamination.Examination
	asked map[callRef]asked
}

func (r *reader) event(e bench.Event) error {
	switch p := e.Payload.(type) {
	case bench.LLMCall:
		for _, ref := range p.Messages {
			if err := r.message(e.Agent, p.Turn, ref); err != nil {
				return err
			}
		}
	case bench.ToolCall:
		return r.call(e.Agent, p)
	}
	return nil
}

// message takes one that a call added to a conversation. Answers of tools count where
// nothing else is known of the call: programs make theirs themselves.
func (r *reader) message(agent string, turn int, ref bench.MessageRef) error {
	if ref.Role != "assistant" && ref.Role != "tool" {
		return nil
	}
	data, err := r.body(ref.Body)
	if err != nil {
		return err
	}
	m, err := llm.ParseMessage(data)
	if err != nil {
		return err
	}
	if m.Role == "tool" {
		ref := callRef{agent, m.CallID}
		if c, ok := r.asked[ref]; ok {
			delete(r.asked, ref)
			r.x.Step(contamination.Step{
				Agent: agent, Turn: c.turn, Call: c.ID, Tool: c.Name, Output: m.Text,
			}.Take(c.Arguments))
		}
		return nil
	}
	r.x.Wrote(m.Text)
	r.x.Wrote(string(m.Extra))
	for _, c := range m.ToolCalls {
		r.asked[callRef{agent, c.ID}] = asked{c, turn}
	}
	return nil
}

// call takes a tool call that bench made, or that a program tells of. The program of a
// command configuration is none: nobody asked for it.
func (r *reader) call(agent string, p bench.ToolCall) error {
	if p.Whole() {
		return nil
	}
	arguments, err := r.body(p.Arguments)
	if err != nil {
		return err
	}
	result, err := r.body(p.Result)
	if err != nil {
		return err
	}
	ref := callRef{agent, p.CallID}
	step := contamination.Step{
		Agent: agent, Turn: r.asked[ref].turn, Call: p.CallID, Tool: p.Name, Output: string(result),
	}
	delete(r.asked, ref)
	switch {
	case p.ExitCode != nil:
		failed := *p.ExitCode != 0
		step.Failed = &failed
	case p.IsError:
		step.Failed = &p.IsError
	}
	r.x.Step(step.Take(string(arguments)))
	return nil
}
