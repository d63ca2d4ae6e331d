package advisor

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/agenttest"
	"bench/agent/single"
	"bench/llm"
	"bench/llm/llmtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestPrompts(t *testing.T) {
	t.Parallel()
	full, bare := configuration(), configuration()
	bare.Advisor.Consults, bare.Advisor.Model = 0, bare.Main
	once := configuration()
	once.Advisor.Consults = 1
	for name, c := range map[string]bench.Configuration{"full": full, "bare": bare, "once": once} {
		file := filepath.Join("testdata", name+".txt")
		text := executorSuffix(c) + "\n---\n" + consultDescription(c) + "\n---\n" + advisorPrompt() + "\n"
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			t.Errorf("%s differs; run with -update and look at the difference:\n%s", file, text)
		}
	}
}

// The executor is single with the tool and its part of the prompt, to the byte.
func TestExecutorIsSingleWithConsult(t *testing.T) {
	t.Parallel()
	first := func(kind func(func(bench.Model) llm.Client) agent.Agent) llm.Request {
		box, err := agenttest.Boxes(t)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = box.Close(context.Background()) })
		fake := llmtest.Sequence(llmtest.Answer("done"))
		_, err = kind(func(bench.Model) llm.Client { return fake }).Run(t.Context(), agent.Job{
			Trial: bench.Trial{Configuration: configuration(), Task: bench.Task{ProblemStatement: "It is broken."}},
			Box:   box, Budget: bench.NewBudget(bench.ScopeTrial, bench.Limits{}),
			Record: new(agenttest.Log).Recorder(bench.TrialKey{InstanceID: "i"}),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := fake.Requests()[0]
		r.Announce = nil // is for the journal, and no part of what is said
		r.Messages[1] = llm.User(strings.ReplaceAll(r.Messages[1].Text, box.Workdir(), "/testbed"))
		return r
	}
	alone := first(func(c func(bench.Model) llm.Client) agent.Agent {
		return single.New(single.Options{Clients: c})
	})
	advised := first(func(c func(bench.Model) llm.Client) agent.Agent { return New(Options{Clients: c}) })
	rest, ok := strings.CutPrefix(advised.Messages[0].Text, alone.Messages[0].Text)
	if !ok || rest != "\n\n"+executorSuffix(configuration()) {
		t.Error("the executor's prompt is not single's and a suffix")
	}
	more, ok := strings.CutPrefix(string(advised.Tools), strings.TrimSuffix(string(alone.Tools), "]"))
	if !ok || !strings.HasPrefix(more, `,{"type":"function","function":{"name":"consult"`) ||
		strings.Count(more, `"function":{`) != 1 {
		t.Errorf("the executor's tools are not single's and consult: %s", more)
	}
	alone.Messages, advised.Messages = alone.Messages[1:], advised.Messages[1:]
	alone.Tools, advised.Tools = nil, nil
	if !reflect.DeepEqual(alone, advised) {
		t.Errorf("requests differ: %+v, %+v", alone, advised)
	}
}

// A conversation that does not fit is shortened until it does, and says so.
func TestFirstMessageFits(t *testing.T) {
	t.Parallel()
	talk := []*llm.Message{llm.System("s"), llm.User("THE PROBLEM")}
	for i := range 200 {
		talk = append(talk, llm.User(strings.Repeat("\"é\n", 500)+fmt.Sprint("part ", i)))
	}
	for _, test := range []struct{ window, tokens, most int64 }{
		{0, 0, 0}, {1_000_000, 0, 999_000}, {50_000, 0, 49_000}, {50_000, 20_000, 19_000},
		{0, 20_000, 19_000}, {1500, 0, 750},
	} {
		a := *configuration().Advisor
		a.Model.ContextWindow, a.Limits.Tokens = test.window, test.tokens
		text := firstMessage(a, talk, "THE QUESTION")
		size := llm.EstimateInput(llm.Request{
			Messages: []*llm.Message{llm.System(advisorPrompt()), llm.User(text)},
		})
		clipped := strings.Contains(text, "characters of the conversation are left out here]")
		if fits := test.most == 0 || test.most > 500_000; fits == clipped || !fits && size > test.most {
			t.Errorf("%+v: %d tokens, clipped: %v", test, size, clipped)
		}
		if !strings.Contains(text, "THE PROBLEM") || !strings.HasSuffix(text, "THE QUESTION") {
			t.Errorf("%+v: beginning or question is missing", test)
		}
		if test.most > 5000 && test.most < 500_000 && size < test.most*8/10 {
			t.Errorf("%+v: only %d tokens of the room are used", test, size)
		}
	}
}
