package scripted

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bench"
)

// Usage that a rule leaves open follows from sizes, and from what was sent
// before.
func TestUsage(t *testing.T) {
	t.Parallel()
	server, url := start(t, `
models:
  all: {price: {input: 10, cached_input: 1, cache_write: 12.5, output: 50}}
  plain: {price: {input: 10, output: 50}}
rules:
  - when: {last: given}
    say: x
    usage: {input: 100, cached_input: 40, cache_write: 10, output: 7, reasoning: 3}
  - {when: {last: too much}, say: x, usage: {input: 100, cached_input: 400}}
  - {say: "four tokens here"}`)
	long := strings.Repeat("abcd", 2000) // 2,000 tokens
	type usage [4]int64                  // input, cached, written, output
	for _, c := range []struct {
		name, model string
		headers     map[string]string
		messages    []string
		want        usage
	}{
		{"first sight", "all", nil, []string{"user", long}, usage{2007, 0, 1920, 4}},
		{"seen before", "all", nil, []string{"user", long, "assistant", "ok", "user", long},
			usage{4023, 1920, 2048, 4}},
		{"another model has another cache", "plain", nil, []string{"user", long}, usage{2007, 0, 0, 4}},
		{"a price without a cache", "plain", nil, []string{"user", long}, usage{2007, 0, 0, 4}},
		{"an agent has its own", "all", map[string]string{"Agent": "a"}, []string{"user", long},
			usage{2007, 0, 1920, 4}},
		{"and finds it again", "all", map[string]string{"Agent": "a"},
			[]string{"user", long, "user", "x"}, usage{2015, 1920, 0, 4}},
		{"short prompts are not cached", "all", nil, []string{"user", "x"}, usage{8, 0, 0, 4}},
		{"given", "all", nil, []string{"user", "given"}, usage{100, 40, 10, 7}},
		{"never more than the whole", "all", nil, []string{"user", "too much"}, usage{100, 100, 0, 1}},
	} {
		got := post(t, url, c.model, c.headers, c.messages...)
		u := got.Usage
		if have := (usage{u.Prompt, u.Details.Cached, u.Details.Write, u.Completion}); have != c.want {
			t.Errorf("%s: %v, want %v", c.name, have, c.want)
		}
	}
	l := server.Ledger()
	var sum int64
	for _, m := range l.Models {
		sum += m.CostNano
	}
	if l.Calls != 9 || l.CostNano != sum || l.Models["plain"].CostNano != 2*(2007*10_000+4*50_000) {
		t.Errorf("ledger %+v", l)
	}
}

// Marks of where to cache move from turn to turn, and the prompt is the same.
func TestCacheMarkers(t *testing.T) {
	t.Parallel()
	const mark = `,"cache_control":{"type":"ephemeral"}`
	long := strings.Repeat("abcd", 2000)
	for _, c := range []struct {
		dialect      *dialect
		first, again string // the first message, with a mark and without
	}{
		{chat, `{"role":"user","content":[{"type":"text","text":"` + long + `"` + mark + `}]}`,
			`{"role":"user","content":"` + long + `"}`},
		{messages, `{"role":"user","content":[{"type":"text","text":"` + long + `"` + mark + `}]}`,
			`{"role":"user","content":[{"type":"text","text":"` + long + `"}]}`},
		{messages, `{"role":"user","content":[{"type":"text","text":"` + long + `"` + mark + `}]}`,
			`{"role":"user","content":"` + long + `"}`},
	} {
		server, url := start(t, `
models: {m: {price: {input: 10, cached_input: 1, output: 50}}}
rules: [{say: x}]`)
		next := `,{"role":"assistant","content":"x"},{"role":"user","content":"y"}`
		for _, list := range []string{c.first, c.again + next, c.first + next} {
			exchange(t, url+c.dialect.path, fmt.Sprintf(`{"model":"m","max_tokens":1,"messages":[%s]}`, list))
		}
		if l := server.Ledger(); l.Calls != 3 || l.Usage.CachedInput < 2*1900 {
			t.Errorf("%s, %s: %+v", c.dialect.name, c.again[:40], l.Totals)
		}
	}
}

func TestLedgerAndModels(t *testing.T) {
	t.Parallel()
	_, url := start(t, `
models: {b: {price: {input: 10, output: 50}}, a: {}}
rules:
  - {when: {last: fail}, fault: {kind: status, status: 503}}
  - {say: x, usage: {input: 1000, output: 10}}`)
	post(t, url, "b", nil, "user", "x")
	post(t, url, "a", nil, "user", "x")
	post(t, url, "a", nil, "user", "fail")
	for path, want := range map[string]string{
		"/ledger": `{"calls":2,"usage":{"input":2000,"cached_input":0,"cache_write":0,"output":20,` +
			`"reasoning":0},"cost_nano_usd":10500000,"cost_usd":0.0105,"models":{"a":{"calls":1,"usage":` +
			`{"input":1000,"cached_input":0,"cache_write":0,"output":10,"reasoning":0},` +
			`"cost_nano_usd":0,"cost_usd":0},"b":{"calls":1,"usage":{"input":1000,"cached_input":0,` +
			`"cache_write":0,"output":10,"reasoning":0},"cost_nano_usd":10500000,"cost_usd":0.0105}},` +
			`"faults":{"status_503":1},"unmatched":0}`,
		"/v1/models": `{"data":[{"id":"a","object":"model"},{"id":"b","object":"model"}],` +
			`"object":"list"}`,
	} {
		if got := get(t, url+path); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}

func TestCostIsBenchCost(t *testing.T) {
	t.Parallel()
	p := bench.Price{Rates: bench.Rates{Input: 3333333, Output: 7}}
	u := bench.Usage{Input: 1, Output: 1}
	if got := (Totals{}).add(u, u.Cost(p)); got.CostNano != int64(u.Cost(p)) || got.Cost() != 3333 {
		t.Errorf("%+v", got)
	}
}
