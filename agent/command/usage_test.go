package command

import (
	"strings"
	"testing"

	"bench"
)

func rates(id string, input, output float64) bench.Price {
	return bench.Price{ID: id, Rates: bench.Rates{
		Input: bench.PerMillion(input), CachedInput: bench.PerMillion(input / 10),
		CacheWrite: bench.PerMillion(input), Output: bench.PerMillion(output),
	}}
}

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line string
		want string // mistake; empty: none
	}{
		{`{"input":1,"output":0}`, ""},
		{`{"model":"m","input":10,"cached_input":4,"cache_write":6,"output":5,"reasoning":5,` +
			`"cost_usd":0.25,"start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:05.5+00:00"}`, ""},
		{`{"input":1,"output":0,"role":"main"}`, ""},
		{`{"input":1,"output":0,"cost_usd":null}`, ""},
		{`{"input":1,"output":0,"agent":"explorer-1"}`, ""},
		{`{"input":1,"output":0,"role":"sidekick"}`, ""},
		{`{"input":1,"output":0,"role":"sidekick","agent":"x"}`, ""},

		{`{"input":1}`, "input and output are required"},
		{`{"input":null,"output":1}`, "input and output are required"},
		{`{"input":1,"output":2,"tokens":3}`, `expected one JSON object: unknown field "tokens"`},
		{`{"input":-1,"output":2}`, "input: expected 0 to 100000000 tokens, found -1"},
		{`{"input":1,"output":2,"reasoning":-1}`, "reasoning: expected 0 to 100000000 tokens, found -1"},
		{`{"input":1,"output":100000001}`, "output: expected 0 to 100000000 tokens, found 100000001"},
		{`{"input":10,"cached_input":6,"cache_write":5,"output":1}`,
			"cached_input and cache_write are parts of input: 6 and 5 of 10"},
		{`{"input":1,"output":2,"reasoning":3}`, "reasoning is a part of output: 3 of 2"},
		{`{"input":1,"output":2,"cost_usd":-0.1}`, "cost_usd: expected 0 to 1e+06, found -0.1"},
		{`{"input":1,"output":2,"start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:04Z"}`,
			"end is before start"},
		{`{"input":1,"output":2,"start":"yesterday"}`, "expected one JSON object: parsing time"},
		{`{"input":1.5,"output":2}`, "expected one JSON object: input cannot be a number 1.5"},
		{`{"input":"1","output":2}`, "expected one JSON object: input cannot be a string"},
		{`{"input":1,"output":2`, "expected one JSON object: it ends too early"},
		{`{"input":1,"output":2}{}`, "expected one JSON object, found more after it"},
		{`[1]`, "expected one JSON object: "},
		{`null`, "input and output are required"},
		{`{"input":1,"output":0,"role":"boss"}`, `role: expected main or sidekick, found "boss"`},
		{`{"input":1,"output":0,"role":"main","agent":"x"}`, "agent names a sidekick, and role says main"},
		{`{"input":1,"output":0,"agent":"command"}`, `agent: expected up to 64 letters`},
		{`{"input":1,"output":0,"agent":"main"}`, `agent: expected up to 64 letters`},
		{`{"input":1,"output":0,"agent":"a b"}`, `agent: expected up to 64 letters`},
	} {
		_, err := parseLine([]byte(test.line))
		if got := text(err); test.want == "" && err != nil || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestModelOf(t *testing.T) {
	t.Parallel()
	c := bench.Configuration{
		Main: bench.Model{Name: "big", Model: "acme/big"},
		Command: &bench.Command{Models: []bench.Model{
			{Name: "small", Model: "acme/small"}, {Name: "acme/big", Model: "other"},
		}},
	}
	for name, want := range map[string]string{
		"": "big", "big": "big", "small": "small", "acme/small": "small", "other": "acme/big",
		"acme/big": "acme/big", // names of the config come first
	} {
		if m, err := modelOf(c, name); err != nil || m.Name != want {
			t.Errorf("%q is %q, %v; want %q", name, m.Name, err, want)
		}
	}
	_, err := modelOf(c, "tiny")
	const want = `the configuration has no price for the model "tiny": its models are big, small, acme/big`
	if text(err) != want {
		t.Errorf("got %v", err)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(`{"input":10,"cached_input":4,"cache_write":6,"output":5,"reasoning":5,"cost_usd":1e5}`)
	f.Fuzz(func(t *testing.T, line string) {
		u, err := parseLine([]byte(line))
		if err != nil {
			return
		}
		if cost := u.usage().Cost(rates("p", 100, 1000)); cost < 0 {
			t.Errorf("%s costs %v", line, cost)
		}
	})
}
