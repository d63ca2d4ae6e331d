package scripted

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func start(t testing.TB, script string) (*Server, string) {
	t.Helper()
	s, err := Parse("script", []byte(script))
	if err != nil {
		t.Fatal(err)
	}
	server := New(s, Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, url
}

// said is the answer to a request, or its error.
type said struct {
	Status  int
	Choices []struct {
		Message struct {
			Content   string
			ToolCalls []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		Prompt     int64 `json:"prompt_tokens"`
		Completion int64 `json:"completion_tokens"`
		Details    struct {
			Cached int64 `json:"cached_tokens"`
			Write  int64 `json:"cache_write_tokens"`
		} `json:"prompt_tokens_details"`
	}
	Error struct{ Message, Code string }
}

func (s said) text() string {
	if len(s.Choices) == 0 {
		return ""
	}
	return s.Choices[0].Message.Content
}

// post sends messages given as role, content, role, content, … Headers are
// given by the end of their names.
func post(t testing.TB, url, model string, headers map[string]string, messages ...string) said {
	t.Helper()
	var list []map[string]string
	for i := 0; i < len(messages); i += 2 {
		list = append(list, map[string]string{"role": messages[i], "content": messages[i+1]})
	}
	body, err := json.Marshal(map[string]any{"model": model, "messages": list})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range headers {
		req.Header.Set("X-Bench-"+name, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	s := said{Status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRules(t *testing.T) {
	t.Parallel()
	_, url := start(t, `
captures: {workdir: 'Working directory: (\S+)', id: {regex: 'task t\d+', scope: last}}
rules:
  - {when: {role: main, turn: 1}, say: main first}
  - {when: {role: '.*', turn: 2, last: '^exit 1'}, say: failed}
  - {when: {configuration: ^fusion$, task: django, agent: t0001}, say: "sidekick of ${id}"}
  - when: {model: ^small$}
    calls:
      - tool: terminal
        arguments: {command: "cd ${workdir} && echo ${HOME}", n: [1, "${workdir}"]}
  - {when: {conversation: secret}, say: found it}
  - when: {model: bad}
    calls: [{tool: t, raw: '{"x": ${workdir}'}, {tool: u}]
    finish_reason: length
  - {when: {last: empty}, say: ""}`)
	main := map[string]string{"Role": "main"}
	for _, c := range []struct {
		name, model string
		headers     map[string]string
		messages    []string
		want        string
	}{
		{"role and turn", "m", main, []string{"user", "x"}, "main first"},
		{"absent role matches .*", "m", nil,
			[]string{"user", "x", "assistant", "y", "tool", "exit 1"}, "failed"},
		{"last joins what came since", "m", main,
			[]string{"user", "x", "assistant", "y", "user", "exit 1", "tool", "z"}, "failed"},
		{"headers and a capture", "m", map[string]string{
			"Configuration": "fusion", "Instance": "django__django-1", "Agent": "t0001"},
			[]string{"system", "task t1", "user", "do task t7"}, "sidekick of task t7"},
		{"somewhere", "m", nil,
			[]string{"user", "the secret", "assistant", "y", "user", "z"}, "found it"},
		{"nothing to say", "m", nil, []string{"user", "be empty"}, ""},
	} {
		got := post(t, url, c.model, c.headers, c.messages...)
		if got.Status != 200 || got.text() != c.want || got.Choices[0].FinishReason != "stop" {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
	got := post(t, url, "small", nil, "system", "Working directory: /testbed\nx", "user", "go")
	call := got.Choices[0].Message.ToolCalls[0]
	want := `{"command":"cd /testbed \u0026\u0026 echo ${HOME}","n":[1,"/testbed"]}`
	if call.Function.Arguments != want || call.Function.Name != "terminal" ||
		got.Choices[0].FinishReason != "tool_calls" {
		t.Errorf("call %+v", call)
	}
	got = post(t, url, "bad", nil, "user", "Working directory: /w")
	calls := got.Choices[0].Message.ToolCalls
	if calls[0].Function.Arguments != `{"x": /w` || calls[1].Function.Arguments != "{}" ||
		calls[0].ID == calls[1].ID || got.Choices[0].FinishReason != "length" {
		t.Errorf("calls %+v", got)
	}
	if got = post(t, url, "small", nil, "user", "go"); got.Status != 400 ||
		!strings.Contains(got.Error.Message, "capture workdir") {
		t.Errorf("missing capture: %+v", got)
	}
}

func TestUnmatched(t *testing.T) {
	t.Parallel()
	server, url := start(t, `
rules:
  - {when: {model: big, role: sidekick, turn: 3}, say: x}
  - {when: {model: small, turn: 2}, say: y}`)
	got := post(t, url, "small", map[string]string{"Role": "main"}, "user", "hello there")
	want := `no rule matches: model "small", turn 1, role "main", last said "hello there"; ` +
		`nearest is rule 2 (line 4): turn is 1, not 2`
	if got.Status != 404 || got.Error.Message != want || got.Error.Code != "no_rule" {
		t.Errorf("%+v\nwant %s", got, want)
	}
	if l := server.Ledger(); l.Unmatched != 1 || l.Calls != 0 {
		t.Errorf("%+v", l)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	_, url := start(t, `
rules:
  - {times: 2, fault: {kind: status, status: 500}}
  - {say: done}`)
	for _, agent := range []string{"a", "b"} {
		var got []int
		for range 4 {
			got = append(got, post(t, url, "m", map[string]string{"Agent": agent}, "user", "x").Status)
		}
		if fmt.Sprint(got) != "[500 500 200 200]" {
			t.Errorf("agent %s: %v", agent, got)
		}
	}
	// Without headers a conversation is what it began with.
	for _, text := range []string{"1", "2"} {
		if got := post(t, url, "m", nil, "user", text); got.Status != 500 {
			t.Errorf("conversation %s: status %d", text, got.Status)
		}
	}
}

// A rate is a share of requests, repeatable, and a retry is another draw.
func TestRate(t *testing.T) {
	t.Parallel()
	script := `
seed: %d
rules:
  - {rate: 0.3, fault: {kind: status, status: 500}}
  - {say: done}`
	draw := func(seed int) string {
		_, url := start(t, fmt.Sprintf(script, seed))
		var b strings.Builder
		for i := range 150 {
			for range 2 {
				got := post(t, url, "m", nil, "user", fmt.Sprint(i))
				fmt.Fprint(&b, got.Status/100)
			}
		}
		return b.String()
	}
	first := draw(1)
	if n := strings.Count(first, "5"); n < 65 || n > 115 {
		t.Errorf("%d of 300 at a rate of 0.3", n)
	}
	if first != draw(1) {
		t.Error("the same seed draws otherwise")
	}
	if first == draw(2) {
		t.Error("another seed draws the same")
	}
	same := 0
	for i := 0; i < len(first); i += 2 {
		if first[i] == first[i+1] {
			same++
		}
	}
	if same == len(first)/2 {
		t.Error("a repeated request is no new draw")
	}
}

func TestLatencyIsDrawn(t *testing.T) {
	t.Parallel()
	s, err := Parse("s", []byte(`
models: {m: {latency: {min: 1s, max: 3s}}}
rules: [{when: {turn: 2}, say: x, latency: 7s}, {say: x}]`))
	if err != nil {
		t.Fatal(err)
	}
	server := New(s, Options{})
	seen := map[time.Duration]bool{}
	for i := range 50 {
		a, err := server.decide(chat, fmt.Appendf(nil,
			`{"model":"m","messages":[{"role":"user","content":"%d"}]}`, i), http.Header{})
		if err != nil || a.latency < time.Second || a.latency > 3*time.Second {
			t.Fatalf("%v, %v", a, err)
		}
		seen[a.latency] = true
	}
	if len(seen) < 40 {
		t.Errorf("%d different latencies of 50", len(seen))
	}
	a, err := server.decide(chat, []byte(`{"model":"m","messages":[{"role":"assistant","content":"x"}]}`),
		http.Header{})
	if err != nil || a.latency != 7*time.Second {
		t.Errorf("%v, %v", a, err)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	server, url := start(t, `rules: [{say: x}]`)
	for _, body := range []string{"", "{", "[]", "{}", `{"model":"m"}`, `{"model":"m","messages":[]}`,
		`{"model":"m","messages":[{"role":"user"}`, `{"model":7,"messages":[{}]}`,
		`{"model":"m","stream":"no","messages":[{"role":"user"}]}`, `nonsense`} {
		resp, err := http.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 400 {
			t.Errorf("%s: status %d", body, resp.StatusCode)
		}
	}
	if l := server.Ledger(); l.Calls != 0 {
		t.Errorf("billed %+v", l)
	}
}

// Who goes away before the answer is not billed.
func TestGoneClient(t *testing.T) {
	t.Parallel()
	server, url := start(t, `rules: [{say: x, latency: 1h}]`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions",
		strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"x"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("an answer within 50 ms")
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if l := server.Ledger(); l.Calls != 0 {
		t.Errorf("billed %+v", l)
	}
}

// Close ends what hangs and what is slow, and returns when all have ended.
func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	s, err := Parse("s", []byte(`
rules: [{when: {last: hang}, fault: {kind: hang}}, {say: x, latency: 1h}]`))
	if err != nil {
		t.Fatal(err)
	}
	server := New(s, Options{})
	url, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			body := fmt.Sprintf(`{"model":"m","messages":[{"role":"user","content":"%s"}]}`,
				[]string{"hang", "slow"}[i%2])
			resp, err := http.Post(url+"/v1/chat/completions", "application/json", strings.NewReader(body))
			if err == nil {
				_ = resp.Body.Close()
				t.Errorf("an answer with status %d", resp.StatusCode)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // some are under way, some not: all must end
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if err := server.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}
