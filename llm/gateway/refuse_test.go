package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bench"
	"bench/llm"
)

// Errors of the provider come as they are; what is worth trying again was.
func TestProviderErrors(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, `
  - {when: {last: ^bad$}, fault: {kind: status, status: 422, message: no such field}}
  - {when: {last: ^busy$}, fault: {kind: status, status: 429, message: slow down, headers: {Retry-After-Ms: "1"}}, times: 2}
  - {when: {last: ^down$}, fault: {kind: status, status: 503, message: out}}
  - {when: {last: ^cut$}, fault: {kind: truncate}, times: 1}
  - {say: done, usage: {input: 100, output: 10}}
`, options{retry: llm.RetryOptions{Attempts: 3, Base: time.Millisecond, Cap: time.Millisecond, Patience: 100 * time.Millisecond}})
			bad := l.post(t, through(f.path), f.body("bad", false))
			direct := post(t, l.upstream+f.path, "x", f.body("bad", false))
			if bad.status != 422 || withoutID(bad.body) != withoutID(direct.body) ||
				bad.header.Get("X-Should-Retry") != "false" {
				t.Errorf("got %d %s, want %s", bad.status, bad.body, direct.body)
			}
			if a := l.post(t, through(f.path), f.body("busy", false)); a.status != 200 {
				t.Errorf("busy: %d %s", a.status, a.body)
			}
			if a := l.post(t, through(f.path), f.body("cut", false)); a.status != 200 {
				t.Errorf("cut: %d %s", a.status, a.body)
			}
			cut := l.post(t, through(f.streamPath), f.body("cut ", true))
			if cut.err != nil || cut.status != 200 {
				t.Errorf("another conversation: %+v", cut)
			}
			if a := l.post(t, through(f.path), f.body("down", false)); a.status != 503 ||
				!strings.Contains(a.body, "out") {
				t.Errorf("down: %d %s", a.status, a.body)
			}
			l.close(t)
			calls := l.calls()
			if len(calls) != 5 || calls[1].Retries != 2 || calls[1].Waited == 0 || calls[2].Retries != 1 ||
				calls[2].UnknownUsage != 1 || calls[0].Error == "" || calls[4].Error == "" {
				t.Errorf("calls %+v", calls)
			}
		})
	}
}

// withoutID leaves out what names a request.
func withoutID(s string) string {
	var v map[string]any
	_ = json.Unmarshal([]byte(s), &v)
	delete(v, "request_id")
	b, _ := json.Marshal(v)
	return string(b)
}

// A stream that breaks off breaks off for the program, with all that came before; it is
// not asked for again, as the program has a part of it.
func TestCutStream(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, `
  - {say: "one two three four five six", break: {kind: cut, after: 3}, usage: {input: 100, output: 10}}
`, options{})
			got := l.post(t, through(f.streamPath), f.body("x", true))
			want := post(t, l.upstream+f.streamPath, "x", f.body("x", true))
			if got.err == nil || got.status != 200 || !sameBytes(got.body, want.body) || got.body == "" {
				t.Errorf("got %d %q %v, want %q %v", got.status, got.body, got.err, want.body, want.err)
			}
			l.close(t)
			if c := l.calls(); len(c) != 1 || c[0].UnknownUsage != 1 || c[0].Retries != 0 ||
				!strings.Contains(c[0].Error, "cut off after") || c[0].EstimatedUnknown == 0 {
				t.Errorf("calls %+v", c)
			}
		})
	}
}

// What the gateway refuses itself is in the form of each protocol.
func TestRefusals(t *testing.T) {
	t.Parallel()
	l := newLab(t, work, options{offline: true})
	token := l.session.Token()
	const user = `"messages":[{"role":"user","content":"x"}]`
	for _, c := range []struct {
		path, token, body string
		header            string
		status            int
		want              string
	}{
		{"/v1/chat/completions", "wrong", `{}`, "", 401, `"code":"invalid_api_key","message":"this is not the token`},
		{"/v1/messages", "wrong", `{}`, "Anthropic-Version", 401, `{"error":{"message":"this is not the token of the trial","type":"authentication_error"},"type":"error"}`},
		{"/v1beta/models/x:generateContent", "wrong", `{}`, "", 401, `"status":"UNAUTHENTICATED"`},
		{"/v1/embeddings", token, `{}`, "", 404, "does not serve POST /v1/embeddings"},
		{"/v1beta/models/gem:embed", token, `{}`, "", 404, "does not serve"},
		{"/v1/chat/completions", token, `[]`, "", 400, "the body is no JSON object"},
		{"/v1/chat/completions", token, `{"model":"m","model":"x"}`, "", 400, "the field model is given twice"},
		{"/v1/chat/completions", token, `{"model":"other",` + user + `}`, "", 404, `no model for the name \"other\": its models are big, google, m`},
		{"/v1/messages", token, `{"model":"other",` + user + `}`, "", 404, `"type":"not_found_error"`},
		{"/v1beta/models/m:generateContent", token, `{}`, "", 404, "the model big is not served in the protocol gemini"},
		{"/v1/messages", token, `{"model":"m",` + user + `,"tools":[{"type":"web_search_20250305","name":"w"}]}`, "", 400,
			"the provider runs web_search_20250305 where there is one: ask without it"},
		{"/v1/responses", token, `{"model":"m","input":"x","tools":[{"type":"web_search_preview"},{"type":"function"}]}`, "", 400,
			"runs web_search_preview where"},
		{"/v1/chat/completions", token, `{"model":"m",` + user + `,"web_search_options":{}, "plugins":[{"id":"web"}]}`, "", 400,
			"runs plugins where"},
		{"/v1beta/models/gem:generateContent", token, `{"contents":[],"tools":[{"googleSearch":{}}]}`, "", 400, "runs googleSearch where"},
		{"/v1beta/models/gem:generateContent", token, `{"contents":[],"generationConfig":{},"generation_config":{}}`, "", 400,
			"generationConfig is given as generation_config, too"},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header, "2023-06-01"}
		}
		a := post(t, l.url+c.path, c.token, c.body, headers...)
		if a.status != c.status || !strings.Contains(a.body, c.want) || !json.Valid([]byte(a.body)) {
			t.Errorf("%s %s: got %d %s, want %d %s", c.path, c.body, a.status, a.body, c.status, c.want)
		}
	}
	if ledger := l.server.Ledger(); ledger.Calls != 0 || len(l.calls()) != 0 {
		t.Errorf("ledger %+v", ledger)
	}
}

// Over a limit a program is told so in its provider's words, at once, and nothing is
// spent.
func TestLimits(t *testing.T) {
	t.Parallel()
	for i, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, `
  - {say: done, usage: {input: 100, output: 300}}
`, options{limits: bench.Limits{Cost: bench.Dollars(0.004)}})
			if a := l.post(t, through(f.path), f.body("x", false)); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			var last answer
			for n := range 8 {
				if last = l.post(t, through(f.path), f.body(fmt.Sprint("x", n), false)); last.status != 200 {
					break
				}
			}
			want := []int{429, 429, 402, 429}[i]
			if last.status != want || !strings.Contains(last.body, "cost limit of the trial reached") ||
				last.header.Get("X-Should-Retry") != "false" {
				t.Errorf("%d %s", last.status, last.body)
			}
			if limit := l.session.Limit(); limit == nil || limit.Resource != bench.ResourceCost {
				t.Errorf("limit %v", limit)
			}
			if spent := l.budget.Spent().Cost; spent > bench.Dollars(0.004) || spent != l.server.Ledger().Cost() {
				t.Errorf("spent %v, ledger %v", spent, l.server.Ledger().Cost())
			}
		})
	}
}

// Eight sub-agents that call at once, in every protocol, do not overdraw: each answer is
// as long as it may be, and what is left when they are refused does not pay for another.
func TestSubAgentsDoNotOverdraw(t *testing.T) {
	t.Parallel()
	limit := bench.Dollars(0.15)
	l := newLab(t, `
  - {say: "`+strings.Repeat("word ", 400)+`", latency: 50ms, usage: {output: 500}}
`, options{
		limits:  bench.Limits{Cost: limit},
		gateway: bench.Gateway{Rules: []bench.CallRule{{Role: bench.RoleSidekick, Key: `^s\d$`}}},
	})
	text := strings.Repeat("some words to read ", 100)
	var refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f, stream := forms[i%4], i < 4
			for n := range 100 {
				a := l.post(t, through(f.at(stream)), f.body(fmt.Sprint(i, n, text), stream),
					"Authorization", fmt.Sprintf("Bearer %s.s%d", l.session.Token(), i))
				if a.status != 200 {
					refused.Add(1)
					return
				}
			}
		})
	}
	wg.Wait()
	spent, ledger := l.budget.Spent().Cost, l.server.Ledger()
	if spent > limit || spent != ledger.Cost() || refused.Load() != 8 {
		t.Errorf("spent %v of %v, billed %v; %d were refused", spent, limit, ledger.Cost(), refused.Load())
	}
	if most := spent / bench.USD(ledger.Calls); spent+2*most < limit {
		t.Errorf("refused at %v of %v, though a call costs %v", spent, limit, most)
	}
}

// echo is a provider that answers every request with what came.
type echo struct {
	bodies chan string
	refuse atomic.Bool // to report usage
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	if _, err := fmt.Fprintf(&b, "%s ", r.Header.Get("Authorization")); err != nil {
		panic(err)
	}
	buf := make([]byte, 1<<20)
	n, _ := r.Body.Read(buf)
	body := string(buf[:n])
	e.bodies <- body
	if e.refuse.Load() && strings.Contains(body, "stream_options") {
		w.WriteHeader(400)
		_, _ = w.Write([]byte(`{"error":{"message":"unknown field stream_options"}}`))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = w.Write([]byte("data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n" +
		"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n"))
}

// Only what a rule names changes in a body: the model, the request for usage, and the
// bound on output where a budget needs one.
func TestBodies(t *testing.T) {
	t.Parallel()
	e := &echo{bodies: make(chan string, 10)}
	server := httptest.NewServer(e)
	defer server.Close()
	const rest = `"messages" : [ {"content":"x","role":"user"} ],  "stream":true`
	ask := func(o options, body string) string {
		o.provider = server.URL
		l := newLab(t, "", o)
		if a := l.post(t, "/v1/chat/completions", body); a.status != 200 || !strings.HasSuffix(a.body, "[DONE]\n\n") {
			t.Fatalf("%d %s", a.status, a.body)
		}
		l.close(t)
		if c := l.calls(); len(c) != 1 || c[0].Usage.Input != 10 {
			t.Errorf("calls %+v", c)
		}
		return <-e.bodies
	}
	for _, c := range []struct {
		limits     bench.Limits
		body, want string
	}{
		{bench.Limits{}, `{"stream_options":{"include_usage":true},"model":"m",` + rest + `}`, ""},
		{bench.Limits{}, `{"model":"m",` + rest + `}`, `{"stream_options":{"include_usage":true},"model":"m",` + rest + `}`},
		{bench.Limits{}, `{"model":"m","stream_options": {"x":1} ,` + rest + `}`,
			`{"model":"m","stream_options": {"include_usage":true,"x":1} ,` + rest + `}`},
		{bench.Limits{}, `{"stream_options":{"include_usage":true},"model": "big" ,` + rest + `}`,
			`{"stream_options":{"include_usage":true},"model": "m" ,` + rest + `}`},
		{bench.Limits{Cost: bench.Dollars(1)}, `{"stream_options":{"include_usage":true},"model":"m",` + rest + `}`,
			`{"max_tokens":4000,"stream_options":{"include_usage":true},"model":"m",` + rest + `}`},
		{bench.Limits{Cost: bench.Dollars(1)}, `{"stream_options":{"include_usage":true},"model":"m","max_tokens":30,` + rest + `}`, ""},
		{bench.Limits{Tokens: 500}, `{"stream_options":{"include_usage":true},"model":"m","max_completion_tokens":3000,` + rest + `}`,
			`{"stream_options":{"include_usage":true},"model":"m","max_completion_tokens":391,` + rest + `}`},
	} {
		if c.want == "" {
			c.want = c.body
		}
		if got := ask(options{limits: c.limits}, c.body); got != c.want {
			t.Errorf("sent %s\ngot  %s\nwant %s", c.body, got, c.want)
		}
	}
	e.refuse.Store(true) // which is learned, and asked for without
	body := `{"model":"m",` + rest + `}`
	if first := ask(options{}, body); !strings.Contains(first, "include_usage") {
		t.Errorf("first %s", first)
	}
	if second := <-e.bodies; second != body {
		t.Errorf("second %s", second)
	}
}

// A call ends with its program, and with its trial.
func TestCancelled(t *testing.T) {
	t.Parallel()
	l := newLab(t, `
  - {say: "one two three four five six", stream: {chunk: 4}, break: {kind: stall, after: 2}, usage: {input: 9}}
`, options{})
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/v1/messages", strings.NewReader(forms[2].body("a", true)))
	r.Header.Set("X-Api-Key", l.session.Token())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	cancel()
	for deadline := time.Now().Add(time.Minute); len(l.calls()) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call goes on without its program")
		}
	}
	done := make(chan answer)
	go func() { done <- l.post(t, "/v1/messages", forms[2].body("b", true)) }()
	for l.server.Ledger().Calls < 2 {
		time.Sleep(time.Millisecond)
	}
	l.close(t)
	if a := <-done; a.err == nil {
		t.Errorf("the program was not cut off: %+v", a)
	}
	calls := l.calls()
	if len(calls) != 2 || !calls[0].CutOff || !calls[1].CutOff || calls[1].UnknownUsage != 1 ||
		!strings.Contains(calls[1].Error, "enough") {
		t.Errorf("calls %+v", calls)
	}
}
