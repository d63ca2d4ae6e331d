package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bench"
)

func (l *lab) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", l.session.Token()+".alias")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body), err}
}

func TestModels(t *testing.T) {
	t.Parallel()
	l := newLab(t, work, options{gateway: bench.Gateway{Names: []bench.ModelName{{Name: "main", Model: "big"}}}})
	for _, c := range []struct{ path, header, want string }{
		{"/v1/models", "", `{"data":[{"created":0,"id":"big","object":"model","owned_by":"bench"},`},
		{"/models/m", "", `{"created":0,"id":"m","object":"model","owned_by":"bench"}`},
		{"/v1/models/main", "Anthropic-Version",
			`{"created_at":"1970-01-01T00:00:00Z","display_name":"main","id":"main","type":"model"}`},
		{"/v1/models", "Anthropic-Version", `"first_id":"big","has_more":false,"last_id":"main"}`},
		{"/v1beta/models", "", `{"models":[{"displayName":"big","name":"models/big",`},
		{"/v1beta/models/gem-2", "", `"name":"models/gem-2"`},
		{"/v1/models/none", "", `"code":"model_not_found"`},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header, "2023-06-01"}
		}
		if a := l.get(t, c.path, headers...); !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.path, a.status, a.body)
		}
	}
}

// Counting tokens costs nothing and is passed on.
func TestCountTokens(t *testing.T) {
	t.Parallel()
	l := newLab(t, work, options{gateway: bench.Gateway{Names: []bench.ModelName{{Name: "claude-*", Model: "big"}}}})
	a := l.post(t, "/v1/messages/count_tokens", `{"model":"claude-9","messages":[{"role":"user","content":"`+
		strings.Repeat("x", 4000)+`"}]}`)
	if a.status != 200 || !strings.Contains(a.body, `"input_tokens": 10`) || len(l.calls()) != 0 {
		t.Errorf("%d %s", a.status, a.body)
	}
	google := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.URL.Path, r.Header.Get("X-Goog-Api-Key"))
	}))
	defer google.Close()
	l = newLab(t, "", options{provider: google.URL})
	if a := l.post(t, "/v1beta/models/gem-1:countTokens", `{"contents":[]}`); a.body !=
		"/v1beta/models/m:countTokens [API key]" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// What goes to the provider is the program's, but for its token; what is behind the
// token in the header says who asks.
func TestHeaders(t *testing.T) {
	t.Parallel()
	seen := make(chan http.Header, 1)
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		w.Header().Set("Openai-Organization", "acme")
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("X-Echo", "key "+r.Header.Get("X-Api-Key"))
		w.Header().Set("X-Ratelimit-Remaining", "7")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, `{"error":{"message":"no canary-key here"}}`)
	}))
	defer provider.Close()
	l := newLab(t, "", options{provider: provider.URL, gateway: bench.Gateway{Rules: []bench.CallRule{
		{Role: bench.RoleSidekick, Key: "^reader$", Header: "X-Agent", Value: "^[0-9]+$"},
		{Role: bench.RoleMain},
	}}})
	body := forms[2].body("x", false)
	a := post(t, l.url+"/v1/messages?beta=true&key=nothing", l.session.Token()+".reader", body, "X-Agent", "7",
		"Anthropic-Beta", "b1", "Cookie", "c", "X-Forwarded-For", "10.0.0.1", "X-Bench-Role", "main", "User-Agent", "prog/1")
	got := <-seen
	for name, want := range map[string]string{
		"X-Api-Key": "canary-key", "Authorization": "Bearer canary-key", "Anthropic-Beta": "b1", "User-Agent": "prog/1",
		"X-Agent": "7", "Cookie": "", "X-Forwarded-For": "", "X-Bench-Role": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
	if a.status != http.StatusTeapot || a.header.Get("Openai-Organization")+a.header.Get("Set-Cookie") != "" ||
		a.header.Get("X-Ratelimit-Remaining") != "7" || a.header.Get("X-Echo") != "key [API key]" ||
		!strings.Contains(a.body, "no [API key] here") {
		t.Errorf("%d %v", a.status, a.header)
	}
	l.close(t)
	calls := l.calls()
	if len(calls) != 1 || calls[0].CallID != "c/i#1/s0001-1" || strings.Contains(calls[0].Error, "canary") {
		t.Errorf("calls %+v", calls)
	}
}

// A log that fails ends the session with its error.
func TestLogFails(t *testing.T) {
	t.Parallel()
	broken := fmt.Errorf("disk full")
	l := newLab(t, work, options{around: func(r bench.Recorder) bench.Recorder {
		return r.Through(func(next bench.Append) bench.Append {
			return func(ctx context.Context, e bench.Event) error {
				if _, ok := e.Payload.(bench.LLMCallStarted); ok {
					return broken
				}
				return next(ctx, e)
			}
		})
	}})
	if a := l.post(t, "/v1/messages", forms[2].body("x", false)); a.status != 502 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if err := l.session.Close(t.Context(), nil); err == nil || err.Error() != "disk full" {
		t.Errorf("got %v", err)
	}
	if l.server.Ledger().Calls != 0 {
		t.Error("a call left no trace and was made")
	}
	l.session = nil
}
