package advisor

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/llmtest"
)

// A resumed agent, wherever its log ended, asks nothing twice
// that was answered; the numbers of its questions and their limit continue.
func TestResume(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Advisor.Consults = 2
	said := []llm.Response{
		llmtest.Answer("I ask.", question("Which?")), llmtest.Answer("Again.", question("Why?")),
		llmtest.Answer("Once more.", question("How?")), llmtest.Answer("done"),
	}
	advise := func(_ context.Context, req llm.Request) (llm.Response, error) {
		text := req.Messages[1].Text
		return llmtest.Answer("To: " + text[strings.LastIndex(text, "\n")+1:]), nil
	}
	whole := run(t, c, &script{said: said, advise: advise})
	events, answers := whole.log.Events(), consultations(whole.log)
	for cut := range events {
		asked := map[string]int{}
		turn := 0
		for _, e := range events[:cut] {
			if _, ok := e.Payload.(bench.LLMCall); ok {
				if e.Agent == "single" {
					turn++
				} else {
					asked[e.Agent]++
				}
			}
		}
		s := &script{said: said[turn:], advise: advise}
		sub, log := resume(t, c, s, whole.log, events[:cut])
		if sub.State != bench.AgentFinished || sub.Message != "done" {
			t.Errorf("cut after %d events: submission %+v", cut, sub)
		}
		for _, call := range s.asked {
			asked[call.Speaker.Agent]++
		}
		if want := map[string]int{"a0001": 1, "a0002": 1}; !reflect.DeepEqual(asked, want) {
			t.Errorf("cut after %d events: asked %v, want %v", cut, asked, want)
		}
		got := consultations(log)
		if want := answers[len(answers)-len(got):]; !reflect.DeepEqual(got, want) {
			t.Errorf("cut after %d events: consultations %q, want %q", cut, got, want)
		}
		for _, ended := range agenttest.Of[bench.AgentEnded](log) {
			if ended.State != bench.AgentFinished {
				t.Errorf("cut after %d events: ended %+v", cut, ended)
			}
		}
	}
}

// consultations are the results of calls of consult, in the order of the log.
func consultations(l *agenttest.Log) []string {
	out := []string{}
	for _, c := range agenttest.Of[bench.ToolCall](l) {
		if c.Name == "consult" {
			out = append(out, l.Body(c.Result))
		}
	}
	return out
}

// resume resumes a trial whose log are those events.
func resume(
	t *testing.T, c bench.Configuration, s *script, whole *agenttest.Log, events []bench.Event,
) (agent.Submission, *agenttest.Log) {
	t.Helper()
	box, err := agenttest.Boxes(t)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close(context.Background()) }()
	log := &agenttest.Log{}
	key := bench.TrialKey{Configuration: c.Name, InstanceID: "i", Attempt: 1}
	sub, err := New(Options{Clients: s.client}).Run(t.Context(), agent.Job{
		Trial: bench.Trial{Key: key, Configuration: c, Task: bench.Task{ProblemStatement: "It is broken."}},
		Box:   box, Budget: bench.NewBudget(bench.ScopeTrial, bench.Limits{}), Record: log.Recorder(key),
		History: &agent.History{Events: events, Body: func(h bench.BodyHash) (bench.Body, error) {
			return bench.Body(whole.Body(h)), nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sub, log
}
