package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/gateway"
	"bench/llm/openai"
	"bench/llm/scripted"
	"bench/llm/wire"
)

var price = bench.Price{ID: "p", Rates: bench.Rates{
	Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.1), CacheWrite: bench.PerMillion(1.25),
	Output: bench.PerMillion(5),
}}

// lab is a scripted provider behind a gateway, and one session of it.
type lab struct {
	server   *scripted.Server
	upstream string // URL of the provider
	url      string // of the gateway
	log      *agenttest.Log
	budget   *bench.Budget
	session  *gateway.Session
}

const head = `
models: {m: {price: {input: 1, cached_input: 0.1, cache_write: 1.25, output: 5}, stream: {chunk: 7}}}
rules:
`

// options of a lab; zero fields take the defaults.
type options struct {
	gateway  bench.Gateway
	limits   bench.Limits // of the trial
	retry    llm.RetryOptions
	offline  bool
	provider string // URL; default a scripted one
	endpoint func(*wire.Options)
	rate     llm.RateLimit
	around   func(bench.Recorder) bench.Recorder
}

func newLab(t testing.TB, rules string, o options) *lab {
	t.Helper()
	l := &lab{log: &agenttest.Log{}, upstream: o.provider}
	if o.provider == "" {
		script, err := scripted.Parse("script.yaml", []byte(head+rules))
		if err != nil {
			t.Fatal(err)
		}
		l.server = scripted.New(script, scripted.Options{})
		if l.upstream, err = l.server.Start("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.server.Close() })
	}
	model := bench.Model{Name: "big", Model: "m", Price: price, MaxOutputTokens: 4000}
	endpoint := wire.Options{BaseURL: l.upstream + "/v1", APIKey: "canary-key"}
	if o.endpoint != nil {
		o.endpoint(&endpoint)
	}
	client, err := openai.New(openai.Options{Options: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	plain, google := endpoint, endpoint
	plain.BaseURL, google.BaseURL = l.upstream, l.upstream
	shared := llm.Shared(client, o.rate, o.retry)
	up := func(name string, e wire.Options, p ...gateway.Protocol) gateway.Upstream {
		m := model
		m.Name = name
		return gateway.Upstream{Model: m, Client: shared, Endpoint: e, Protocols: p}
	}
	g, err := gateway.New(map[string]gateway.Upstream{
		"big":    up("big", endpoint, gateway.Chat, gateway.Responses, gateway.Messages),
		"google": up("google", google, gateway.Gemini),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	key := bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}
	l.budget = bench.NewBudget(bench.ScopeRun, bench.Limits{}).Child(bench.ScopeTrial, o.limits)
	record := l.log.Recorder(key)
	if o.around != nil {
		record = o.around(record)
	}
	o.gateway.Names = append(o.gateway.Names, bench.ModelName{Name: "gem*", Model: "google"})
	models := []bench.Model{up("big", endpoint).Model, up("google", google).Model}
	l.session, err = g.Open(t.Context(), gateway.Options{
		Gateway: o.gateway, Models: models, Main: "command", Budget: l.budget, Record: record,
		Offline: o.offline,
	})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.url = "http://" + listener.Addr().String()
	l.session.Serve(listener)
	// As whoever runs the program does: its agent begins before any call.
	if err := record.For("command").Record(t.Context(), bench.AgentStarted{Role: bench.RoleCommand}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.close(t) })
	return l
}

// close ends the session and checks its log.
func (l *lab) close(t testing.TB) {
	t.Helper()
	if l.session == nil {
		return
	}
	if err := l.session.Close(context.Background(), errors.New("enough")); err != nil {
		t.Error(err)
	}
	l.session = nil
	end := l.log.Recorder(bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}).For("command")
	if err := end.Record(context.Background(), bench.AgentEnded{State: bench.AgentFinished}); err != nil {
		t.Error(err)
	}
	agenttest.CheckLog(t, l.log)
	if got, want := l.budget.Spent().Cost, l.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // while the body was read
}

// post asks a path of a server.
func post(t testing.TB, url, token, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(raw), err}
}

func (l *lab) post(t testing.TB, path, body string, headers ...string) answer {
	t.Helper()
	return post(t, l.url+path, l.session.Token(), body, headers...)
}

// calls are those that were recorded.
func (l *lab) calls() []bench.LLMCall { return agenttest.Of[bench.LLMCall](l.log) }

// form is a protocol, and how one asks in it.
type form struct {
	name, path, streamPath string
	body                   func(text string, stream bool) string
}

func quote(s string) string { return string(llm.Quote(s)) }

var forms = []form{
	{"chat", "/v1/chat/completions", "/v1/chat/completions", func(text string, stream bool) string {
		more := ""
		if stream {
			more = `,"stream_options":{"include_usage":true}`
		}
		return fmt.Sprintf(`{"model":"m","stream":%t%s,"max_tokens":500,"messages":[{"role":"system","content":"Be brief."},`+
			`{"role":"user","content":%s}],"tools":[{"type":"function","function":{"name":"look"}}]}`,
			stream, more, quote(text))
	}},
	{"responses", "/v1/responses", "/v1/responses", func(text string, stream bool) string {
		return fmt.Sprintf(`{"model":"m","stream":%t,"max_output_tokens":500,"instructions":"Be brief.","input":[`+
			`{"type":"message","role":"user","content":[{"type":"input_text","text":%s}]}],`+
			`"tools":[{"type":"function","name":"look"}]}`, stream, quote(text))
	}},
	{"messages", "/v1/messages", "/v1/messages", func(text string, stream bool) string {
		return fmt.Sprintf(`{"model":"m","stream":%t,"max_tokens":500,"system":"Be brief.","messages":[`+
			`{"role":"user","content":%s}],"tools":[{"name":"look"}]}`, stream, quote(text))
	}},
	{"gemini", "/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent?alt=sse",
		func(text string, _ bool) string {
			return fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"text":%s}]}],`+
				`"systemInstruction":{"parts":[{"text":"Be brief."}]},"generationConfig":{"maxOutputTokens":500},`+
				`"tools":[{"functionDeclarations":[{"name":"look"}]}]}`, quote(text))
		}},
}

// through is a path of a provider as one of the gateway, which knows the model of
// Google's protocol by another name.
func through(path string) string { return strings.Replace(path, "/m:", "/gem-1:", 1) }

func (f form) at(stream bool) string {
	if stream {
		return f.streamPath
	}
	return f.path
}

const work = `
  - think: Where?
    say: "I look, \"ünd\" <listen> & more of it."
    calls: [{tool: look, arguments: {path: "/a \"b\""}}]
    usage: {input: 2000, cached_input: 1024, output: 60, reasoning: 20}
    headers: {X-Odd: "1"}
`

// Answers are passed on byte for byte, in every protocol, whole and streamed, and cost
// what the provider's ledger says.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %t", f.name, stream), func(t *testing.T) {
				t.Parallel()
				l := newLab(t, work, options{})
				body, path := f.body("Find it.", stream), f.at(stream)
				got := l.post(t, through(path), body)
				before := l.server.Ledger()
				want := post(t, l.upstream+f.at(stream), "x", body)
				if got.err != nil || got.status != 200 || !sameBytes(got.body, want.body) {
					t.Fatalf("got %d %s\nwant %d %s", got.status, got.body, want.status, want.body)
				}
				if got.header.Get("X-Odd") != "1" ||
					got.header.Get("Content-Type") != want.header.Get("Content-Type") {
					t.Errorf("headers %v", got.header)
				}
				l.close(t)
				calls := l.calls()
				if f.name == "messages" { // which does not count thoughts
					before.Usage.Reasoning = 0
				}
				if len(calls) != 1 || calls[0].Cost != before.Cost() || calls[0].Usage != before.Usage {
					t.Fatalf("calls %+v\nledger %+v", calls, before.Totals)
				}
				c := calls[0]
				if c.CallID != "c/i#1/u0001-1" || c.WireModel != "m" || c.Finish != "tool_calls" || c.ToolCalls != 1 ||
					c.Error != "" || c.First.IsZero() || c.First.Before(c.Start) || c.PriceID != "p" ||
					c.UnknownUsage != 0 || c.Parameters.MaxOutputTokens != 500 || len(c.Messages) != 3 {
					t.Errorf("call %+v", c)
				}
				if m := l.log.Body(c.Messages[1].Body); m != `{"role":"user","content":"Find it."}` {
					t.Errorf("the user said %s", m)
				}
				if m := l.log.Body(c.Messages[2].Body); !strings.Contains(m, "ünd") || !strings.Contains(m, "Where?") &&
					f.name != "responses" {
					t.Errorf("the model said %s", m)
				}
			})
		}
	}
}

// sameBytes compares answers but for the second in which they were made.
func sameBytes(a, b string) bool {
	return bytes.Equal(undated(a), undated(b))
}

func undated(s string) []byte {
	for _, name := range []string{`"created":`, `"created_at":`} {
		parts := strings.Split(s, name)
		for i := range parts[1:] {
			parts[i+1] = strings.TrimLeft(parts[i+1], "0123456789")
		}
		s = strings.Join(parts, name+"0")
	}
	return []byte(s)
}

// Each protocol counts cached tokens in its own way: what the answers of one show says
// nothing of those of another, be it the same model's.
func TestCachesOfProtocols(t *testing.T) {
	t.Parallel()
	l := newLab(t, `
  - {say: Yes., usage: {input: 1237, cached_input: 100, cache_write: 11, output: 53}}
`, options{})
	for _, i := range []int{2, 0, 1, 3, 0} { // Messages, which counts them apart, come first
		if a := l.post(t, through(forms[i].path), forms[i].body("x", false)); a.status != 200 {
			t.Fatalf("%s: %d %s", forms[i].name, a.status, a.body)
		}
	}
	l.close(t)
	want := bench.Usage{Input: 1237, CachedInput: 100, CacheWrite: 11, Output: 53}
	for i, c := range l.calls() {
		if i == 3 { // Google does not count what is written
			want.CacheWrite = 0
		} else {
			want.CacheWrite = 11
		}
		if c.Usage != want {
			t.Errorf("call %d used %+v, want %+v", i, c.Usage, want)
		}
	}
}
