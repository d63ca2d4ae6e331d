package command_test

import (
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/command"
	"bench/llm"
	"bench/llm/gateway"
	"bench/llm/llmtest"
	"bench/llm/scripted"
	"bench/llm/wire"
	"bench/sandbox"
)

// terminalGateway is a gateway to a model that asks for two commands and is done.
func terminalGateway(t testing.TB) *gateway.Gateway {
	t.Helper()
	script, err := scripted.Parse("s.yaml", []byte(`
models:
  acme/big: {price: {input: 10, cached_input: 1, cache_write: 10, output: 40}}
rules:
  - when: {turn: 1}
    calls:
      - {tool: terminal, id: call_1, arguments: {command: echo changed >README}}
      - {tool: terminal, id: call_2, arguments: {command: "cat README; exit 1"}}
    usage: {input: 1000, output: 100}
  - say: All done.
    usage: {input: 1000, output: 100}
`))
	if err != nil {
		t.Fatal(err)
	}
	server := scripted.New(script, scripted.Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	m := model("big", 10)
	m.MaxOutputTokens = 1000
	g, err := gateway.New(map[string]gateway.Upstream{"big": {
		Model: m, Client: llm.Shared(llmtest.Sequence(), llm.RateLimit{}, llm.RetryOptions{}),
		Endpoint:  wire.Options{BaseURL: url + "/v1", APIKey: canary},
		Protocols: []gateway.Protocol{gateway.Chat},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func speakingThrough(scenario string) bench.Configuration {
	c := speaking(scenario)
	c.Command.Models = nil
	c.Command.Gateway = &bench.Gateway{Rules: []bench.CallRule{{Role: bench.RoleMain}}}
	return c
}

// What the program tells of a tool call and what the gateway sees of it is one call: the
// gateway's, when the program says that it ran.
func joins(t *testing.T, tr trial) {
	t.Helper()
	if got := tr.through(t, terminalGateway(t)); got != "finished  " {
		t.Errorf("ended %s", got)
	}
	all := agenttest.Of[bench.ToolCall](tr.log)
	calls := agenttest.Of[bench.LLMCall](tr.log)
	if len(all) != 3 || len(calls) != 2 {
		t.Fatalf("%d tool calls, %d model calls:\n%s", len(all), len(calls), tr.calls())
	}
	for i, want := range []struct{ title, class string }{
		{"`echo changed >README`", ""}, {"`cat README; exit 1`", "tool"},
	} {
		c := all[i]
		if c.BatchID != calls[0].CallID || c.Name != "terminal" || c.Title != want.title ||
			c.Permission != "allow_once" || c.ErrorClass != want.class || c.IsError != (want.class != "") ||
			c.Start.Before(calls[0].End) || c.End.After(calls[1].Start) || c.End.Before(c.Start) {
			t.Errorf("tool call %+v between %v and %v", c, calls[0].End, calls[1].Start)
		}
	}
	if all[0].End.After(all[1].Start) {
		t.Errorf("the second call begins at %v, when the first is not over: %v", all[1].Start, all[0].End)
	}
	if !all[2].Whole() || tr.notices() != "" {
		t.Errorf("the last call %+v, notices %s", all[2], tr.notices())
	}
	if got := tr.shell(t, "cat README"); got != "changed\n" {
		t.Errorf("README %q", got)
	}
}

func TestTurnThroughGateway(t *testing.T) {
	t.Parallel()
	joins(t, newLab(t).talking(t, speakingThrough("work"), bench.Source{}))
}

func TestTurnThroughGatewayInDocker(t *testing.T) {
	t.Parallel()
	joins(t, dockerLab(t, "none").talking(t, speakingThrough("work"), bench.Source{BaseImage: "bench-test/bullseye"}))
}

// Programs that have ids of their own are known by what goes into a call; what cannot be
// joined is not shown twice. Where bodies are not stored nothing that was said is.
func TestTurnJoins(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for _, c := range []struct {
		scenario, titles, notice string
		silent                   bool
	}{
		{"work-own", "`echo changed >README` `cat README; exit 1` ", "", false},
		{"work-bare", "  ", "tools_apart: tool calls that it told of are none of those that its models are " +
			"seen to ask for, and are not shown beside them: 2", false},
		{"work", "  ", "", true},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			t.Parallel()
			tr := l.talking(t, speakingThrough(c.scenario), bench.Source{})
			tr.job.Trial.Configuration.Command.Gateway.DropBodies = c.silent
			if got := tr.through(t, terminalGateway(t)); got != "finished  " {
				t.Errorf("ended %s", got)
			}
			titles, bodies := "", ""
			all := agenttest.Of[bench.ToolCall](tr.log)
			for _, call := range all[:len(all)-1] {
				titles += call.Title + " "
				bodies += string(call.Arguments + call.Result)
			}
			last := all[len(all)-1]
			bodies += string(last.Result + tr.ended(t).Message)
			if len(all) != 3 || titles != c.titles || tr.notices() != c.notice || (bodies == "") != c.silent {
				t.Errorf("titles %q, bodies %q, notices %q\n%s", titles, bodies, tr.notices(), tr.calls())
			}
		})
	}
}

// A limit of cost refuses calls; the program says what it likes, and has ended there.
func TestTurnLimit(t *testing.T) {
	t.Parallel()
	c := speakingThrough("work")
	c.Limits.Cost = bench.Dollars(0.0001)
	tr := newLab(t).talking(t, c, bench.Source{})
	if got := tr.through(t, terminalGateway(t)); !strings.HasPrefix(got, "limit_cost trial ") {
		t.Errorf("ended %s", got)
	}
}

// A trial that was cut off in mid-turn begins anew, beside what is in its log.
func TestTurnAgain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	tr := l.talking(t, speaking("forever"), bench.Source{})
	first := tr.log
	begun := time.Now().Add(-time.Minute)
	for _, p := range []bench.Payload{
		bench.AgentStarted{Role: bench.RoleCommand, Model: "big"},
		bench.ToolCall{CallID: "r", Index: 1, Name: "read", Start: begun, End: begun},
	} {
		if err := tr.job.Record.For("command").Record(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	again := l.talking(t, speaking("well"), bench.Source{})
	again.log, again.job.Record = first, first.Recorder(again.job.Trial.Key)
	again.job.History = &agent.History{
		Events: first.Events(),
		Body:   func(h bench.BodyHash) (bench.Body, error) { return bench.Body(first.Body(h)), nil },
	}
	sub, err := command.New(nil, "0").Run(t.Context(), again.job)
	if err != nil || sub.State != bench.AgentFinished || sub.Message != "All done." {
		t.Errorf("submission %+v, %v", sub, err)
	}
	agenttest.CheckLog(t, first)
	if n := len(agenttest.Of[bench.AgentResumed](first)); n != 1 || !strings.HasPrefix(again.calls(), "r||read||") {
		t.Errorf("resumed %d times, tool calls\n%s", n, again.calls())
	}
	res, err := sandbox.Run(t.Context(), again.box, sandbox.Shell("cat README"), nil)
	if err != nil || string(res.Output) != "changed\n" {
		t.Errorf("README %q, %v", res.Output, err)
	}
}
