package sdktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	openaioption "github.com/openai/openai-go/v3/option"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
	"bench/llm/gateway"
	"bench/llm/llmtest"
	"bench/llm/wire"
)

// perMillion are the prices of the scripts here.
var perMillion = bench.Price{ID: "m", Rates: bench.Rates{
	Input: bench.PerMillion(1), CachedInput: bench.PerMillion(0.1),
	CacheWrite: bench.PerMillion(1.25), Output: bench.PerMillion(5),
}}

// passage is a session of the gateway before a server.
type passage struct {
	url     string
	session *gateway.Session
	log     *agenttest.Log
	budget  *bench.Budget
}

// through opens a gateway before a server. Calls with the alias main are main's, those
// with the alias sidekick a sidekick's, others nobody's.
func through(t *testing.T, upstream string, retry llm.RetryOptions) *passage {
	t.Helper()
	m := bench.Model{Name: "m", Model: "m", Price: perMillion, MaxOutputTokens: 4096}
	g, err := gateway.New(map[string]gateway.Upstream{"m": {
		Model: m, Client: llm.Shared(llmtest.Sequence(), llm.RateLimit{}, retry),
		Endpoint: wire.Options{BaseURL: upstream + "/v1", APIKey: "none"},
		Protocols: []gateway.Protocol{
			gateway.Chat, gateway.Responses, gateway.Messages, gateway.Gemini,
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	key := bench.TrialKey{Configuration: "c", InstanceID: "i", Attempt: 1}
	p := &passage{log: &agenttest.Log{}, budget: bench.NewBudget(bench.ScopeRun, bench.Limits{})}
	p.session, err = g.Open(t.Context(), gateway.Options{
		Gateway: bench.Gateway{Rules: []bench.CallRule{
			{Role: bench.RoleMain, Key: "^main$"}, {Role: bench.RoleSidekick, Key: "^sidekick$"},
		}},
		Models: []bench.Model{m}, Main: "command", Record: p.log.Recorder(key),
		Budget: p.budget.Child(bench.ScopeTrial, bench.Limits{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.url = "http://" + l.Addr().String()
	p.session.Serve(l)
	t.Cleanup(func() { _ = p.session.Close(context.Background(), errors.New("over")) })
	return p
}

// close ends the session and returns its calls.
func (p *passage) close(t *testing.T) []bench.LLMCall {
	t.Helper()
	if err := p.session.Close(context.Background(), errors.New("over")); err != nil {
		t.Error(err)
	}
	if got, want := p.budget.Spent().Cost, p.log.Cost(); got != want {
		t.Errorf("the budget spent %d, the calls cost %d", got, want)
	}
	return agenttest.Of[bench.LLMCall](p.log)
}

// official are the clients: how each talks, with a key, over an HTTP client.
var official = map[string]func(
	t *testing.T, url, key string, via *http.Client, text string, stream bool,
) (heard, error){
	"chat": func(t *testing.T, url, key string, via *http.Client, text string, stream bool) (heard, error) {
		c := openaiClient(url, openaioption.WithAPIKey(key), openaioption.WithHTTPClient(via))
		return talkChat(t, c, text, stream)
	},
	"responses": func(t *testing.T, url, key string, via *http.Client, text string, stream bool) (heard, error) {
		c := openaiClient(url, openaioption.WithAPIKey(key), openaioption.WithHTTPClient(via))
		return talkResponses(t, c, text, stream)
	},
	"messages": func(t *testing.T, url, key string, via *http.Client, text string, stream bool) (heard, error) {
		c := anthropicClient(url, anthropicoption.WithAPIKey(key), anthropicoption.WithHTTPClient(via))
		return talkMessages(t, c, text, stream)
	},
	"gemini": func(t *testing.T, url, key string, via *http.Client, text string, stream bool) (heard, error) {
		return talkGemini(t, geminiClient(t, url, key, via), text, stream)
	},
}

// stricts are the servers that the protocols are held against.
var stricts = map[string]string{"chat": "openai", "responses": "openai-responses", "messages": "anthropic"}

// tap keeps all that a client is sent.
type tap struct{ all bytes.Buffer }

// RoundTrip implements http.RoundTripper.
func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&p.all, "%d %s\n", resp.StatusCode, resp.Header.Get("Content-Type"))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(resp.Body, &p.all), resp.Body}
	return resp, nil
}

// changing is what differs between two answers to the same request: when they were
// made, and the name of the request.
var changing = regexp.MustCompile(`("created(_at)?":|"request_id":"req_)\w+`)

func (p *tap) text() string { return changing.ReplaceAllString(p.all.String(), "$1") }

// What official clients are sent through the gateway is what the provider sends them,
// byte for byte: whole, streamed, with tools, refused and broken off. What they used is
// what the provider bills.
func TestGateway(t *testing.T) {
	for name, talk := range official {
		for how, stream := range streams {
			t.Run(name+", "+how, func(t *testing.T) {
				server, url := serve(t, stricts[name])
				_, direct := serve(t, stricts[name]) // another, as caches remember
				p := through(t, url, llm.RetryOptions{Attempts: 2, Base: time.Millisecond, Patience: time.Nanosecond})
				var near, far tap
				h, err := talk(t, p.url, p.session.Token()+".main", &http.Client{Transport: &near}, "Find it.", stream)
				if err != nil {
					t.Fatal(err)
				}
				if len(h.calls) != 4 || h.words[2] != finalWords {
					t.Errorf("heard %+v", h)
				}
				ledger := server.Ledger()
				if _, err := talk(t, direct, "none", &http.Client{Transport: &far}, "Find it.", stream); err != nil {
					t.Fatal(err)
				}
				for _, text := range []string{"break", "refuse"} {
					_, got := talk(t, p.url, p.session.Token(), &http.Client{Transport: &near}, text, stream)
					_, want := talk(t, direct, "none", &http.Client{Transport: &far}, text, stream)
					if (got == nil) != (want == nil) {
						t.Errorf("%s: %v, want %v", text, got, want)
					}
				}
				got, want := strings.Split(near.text(), "\n"), strings.Split(far.text(), "\n")
				for i := range max(len(got), len(want)) {
					if i >= len(got) || i >= len(want) || got[i] != want[i] {
						t.Errorf("line %d: through the gateway came\n%s\nand from the provider\n%s", i,
							strings.Join(got[min(i, len(got)):], "\n"), strings.Join(want[min(i, len(want)):], "\n"))
						break
					}
				}
				calls := p.close(t)
				var cost bench.USD
				var used bench.Usage
				for _, c := range calls[:3] {
					cost, used = cost+c.Cost, used.Add(c.Usage)
				}
				if name == "messages" { // which does not say what thoughts took
					ledger.Usage.Reasoning = 0
				}
				if cost != ledger.Cost() || used != ledger.Usage {
					t.Errorf("metered %d, %+v; billed %+v", cost, used, ledger.Totals)
				}
			})
		}
	}
}

// busy is a provider in trouble: it refuses, and connections break, before, in and
// after what is billed.
const busy = `
seed: 7
models: {m: {price: {input: 1, cached_input: 0.1, output: 5}, stream: {chunk: 7}}}
rules:
  - {rate: 0.08, fault: {kind: status, status: 429, retry_after: 2ms}}
  - {rate: 0.03, fault: {kind: disconnect}}
  - {rate: 0.03, fault: {kind: truncate}}
  - rate: 0.03
    say: "One, two, three and more."
    usage: {input: 1237, cached_input: 100, output: 53}
    break: {kind: cut, after: 2}
  - {say: "One, two, three and more.", usage: {input: 1237, cached_input: 100, output: 53}}
`

// A thousand calls, fifty at once, of four official clients, with refusals and cuts:
// every answer that came is metered as it was billed, to the nano-dollar; of every one
// that was billed and did not come it is known that it may have been.
func TestGatewayLedger(t *testing.T) {
	server, url := serveScript(t, busy)
	p := through(t, url, llm.RetryOptions{Base: time.Millisecond, Cap: 4 * time.Millisecond})
	each := bench.Usage{Input: 1237, CachedInput: 100, Output: 53}.Cost(perMillion)
	names := slices.Sorted(maps.Keys(official))
	transport := &http.Transport{MaxIdleConnsPerHost: 50}
	defer transport.CloseIdleConnections()
	work := make(chan int)
	var mu sync.Mutex
	came := 0
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for i := range work {
				alias := []string{"", ".main", ".sidekick"}[i%3]
				name, stream := names[i%4], i/4%2 == 0
				_, err := official[name](t, p.url, p.session.Token()+alias,
					&http.Client{Transport: transport}, fmt.Sprintf("call %d", i), stream)
				if err == nil {
					mu.Lock()
					came++
					mu.Unlock()
				}
			}
		})
	}
	for i := range 360 { // conversations of three turns, fewer where a stream is cut
		work <- i
	}
	close(work)
	wg.Wait()
	calls, ledger := p.close(t), server.Ledger()
	var cost bench.USD
	good, cut, unknown := int64(0), 0, 0
	roles := map[string]int{}
	for _, c := range calls {
		unknown += c.UnknownUsage
		if c.Error != "" {
			cut++
			continue
		}
		if good++; c.Cost != each {
			t.Errorf("a call cost %d, want %d: %+v", c.Cost, each, c.Usage)
		}
		cost += c.Cost
		name, _, _ := strings.Cut(strings.TrimPrefix(c.CallID, "c/i#1/"), "-")
		roles[name[:1]]++
	}
	lost := ledger.Calls - good
	if len(calls) < 1000 || good < 950 || came < 300 || cut == 0 || lost == 0 {
		t.Errorf("%d calls, %d answered, %d cut, %d billed for nothing; %d conversations", len(calls), good,
			cut, lost, came)
	}
	if missing := ledger.Cost() - cost; missing != each*bench.USD(lost) {
		t.Errorf("metered %d of the billed %d; %d calls were cut, at %d", cost, ledger.Cost(), lost, each)
	}
	breaks := ledger.Faults["disconnect"] + ledger.Faults["truncate"]
	if int64(unknown) != lost+breaks || ledger.Faults["status_429"] < 50 {
		t.Errorf("%d attempts may have been billed; %d were for nothing, and of %d nobody knows: %v", unknown,
			lost, breaks, ledger.Faults)
	}
	if roles["c"] == 0 || roles["s"] == 0 || roles["u"] == 0 {
		t.Errorf("roles %v", roles)
	}
}

// A program that goes away while a stream comes ends the call, which is recorded.
func TestGatewayCancel(t *testing.T) {
	for name, talk := range official {
		t.Run(name, func(t *testing.T) {
			_, url := serveScript(t, `
models: {m: {price: {input: 1, output: 5}, stream: {chunk: 3, pause: 20ms}}}
rules:
  - {say: "`+strings.Repeat("one two three ", 400)+`", usage: {input: 100, output: 1000}}
`)
			p := through(t, url, llm.RetryOptions{})
			ctx, cancel := context.WithCancel(t.Context())
			via := &http.Client{Transport: leaving{ctx, cancel}}
			if _, err := talk(t, p.url, p.session.Token(), via, "x", true); err == nil {
				t.Fatal("the client did not go away")
			}
			calls := p.close(t)
			if len(calls) != 1 || calls[0].Error == "" || calls[0].UnknownUsage != 1 || calls[0].First.IsZero() {
				t.Errorf("calls %+v", calls)
			}
		})
	}
}

// leaving is a client that goes away once it has been sent something.
type leaving struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// RoundTrip implements http.RoundTripper.
func (l leaving) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r.WithContext(l.ctx))
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(resp.Body, writer(func() { l.cancel() })), resp.Body}
	return resp, nil
}

// writer hears that something was written.
type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return len(p), nil }
