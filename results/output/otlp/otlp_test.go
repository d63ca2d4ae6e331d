package otlp

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/resultstest"
	"bench/results/storetest"
)

const run = "2026-03-14-fusion-vs-solo"

func stored(t *testing.T) *results.Store {
	t.Helper()
	return storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 3, Seed: 5, Faults: true, Simulated: true})
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// intOf is an attribute of a span.
func intOf(t *testing.T, s span, key string) int64 {
	t.Helper()
	for _, a := range s.Attributes {
		if a.Key == key {
			n, err := strconv.ParseInt(*a.Value.Int, 10, 64)
			if err != nil {
				t.Error(err)
			}
			return n
		}
	}
	return 0
}

// Every span is below the root of its trace, within which it has its own id; what was
// used and done is all there, and a sidekick's work is in the call that asked for it.
func TestSpans(t *testing.T) {
	t.Parallel()
	s := stored(t)
	trials, err := s.Trials(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	sidekicks := 0
	for _, trial := range trials {
		d, err := s.Detail(t.Context(), run, trial.Key)
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]span{}
		var input int64
		for _, s := range spansOf(d) {
			if _, twice := byID[s.SpanID]; twice {
				t.Errorf("%s: two spans are %s", trial.Key, s.SpanID)
			}
			byID[s.SpanID] = s
			input += intOf(t, s, "gen_ai.usage.input_tokens")
		}
		var usage bench.Usage
		for _, c := range d.Calls {
			usage = usage.Add(c.Usage)
		}
		if input != usage.Input {
			t.Errorf("%s: %d input tokens, want %d", trial.Key, input, usage.Input)
		}
		if want := 1 + 4 + len(d.Agents) + len(d.Calls) + len(d.ToolCalls) + len(d.Delegations); len(byID) > want ||
			len(byID) < want-3 { // phases that it did not reach
			t.Errorf("%s: %d spans, want about %d", trial.Key, len(byID), want)
		}
		for _, s := range byID {
			up := ancestors(byID, s)
			if !strings.HasSuffix(up, "trial "+trial.Key.String()) {
				t.Errorf("%s: %s is below %s", trial.Key, s.Name, up)
			}
			if s.Name == "invoke_agent sidekick" {
				sidekicks++
				if !strings.HasPrefix(up, "delegation t00") || !strings.Contains(up, "execute_tool task") {
					t.Errorf("%s: a sidekick is below %s", trial.Key, up)
				}
			}
			if time.Time(s.End).Before(time.Time(s.Start)) {
				t.Errorf("%s: %s ends before it begins", trial.Key, s.Name)
			}
		}
	}
	if sidekicks == 0 {
		t.Error("no sidekick was at work: the test shows nothing of them")
	}
}

// ancestors are the names of the spans above one.
func ancestors(all map[string]span, s span) string {
	var names []string
	for s.ParentID != "" {
		s = all[s.ParentID]
		names = append(names, s.Name)
	}
	if names == nil {
		return s.Name
	}
	return strings.Join(names, " < ")
}

// The same run is the same file, one document on each line.
func TestWrite(t *testing.T) {
	t.Parallel()
	s := stored(t)
	var files [2][]byte
	for i := range files {
		paths, err := output.Write(t.Context(), Output{Getenv: env("OTEL_RESOURCE_ATTRIBUTES", "team=a%2Cb,service.name=nightly")},
			s, run, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if files[i], err = os.ReadFile(paths[0]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same run is another file")
	}
	for line := range bytes.Lines(files[0]) {
		if !json.Valid(line) {
			t.Fatalf("no JSON: %.200s", line)
		}
		if !bytes.Contains(line, []byte(`{"key":"team","value":{"stringValue":"a,b"}}`)) ||
			!bytes.Contains(line, []byte(`{"key":"service.name","value":{"stringValue":"nightly"}}`)) {
			t.Errorf("the environment's attributes are not in %.200s", line)
		}
	}
}

// receiver is an endpoint that keeps what it was sent.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   [][]byte
	answers  []func(http.ResponseWriter) // to the first requests; then 200
}

func receive(t *testing.T, start func(http.Handler) *httptest.Server, answers ...func(http.ResponseWriter)) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = start(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		body := io.Reader(req.Body)
		if req.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		r.requests, r.bodies = append(r.requests, req), append(r.bodies, data)
		if n := len(r.requests); n <= len(r.answers) {
			r.answers[n-1](w)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func answer(code int, body string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	s := stored(t)
	r := receive(t, httptest.NewServer, answer(503, "busy"))
	o := Output{Getenv: env("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL+"/base", "OTEL_EXPORTER_OTLP_COMPRESSION", "gzip",
		"OTEL_EXPORTER_OTLP_HEADERS", "api-key=s%20ecret, x = y"), wait: time.Millisecond}
	said, err := output.Send(t.Context(), o, s, run)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said, "sent ") || !strings.HasSuffix(said, " spans to "+r.URL+"/base/v1/traces") {
		t.Errorf("it says %q", said)
	}
	paths, err := output.Write(t.Context(), o, s, run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if sent := append(bytes.Join(r.bodies[1:], []byte("\n")), '\n'); !bytes.Equal(sent, file) {
		t.Error("what was sent is not what is written")
	}
	if !bytes.Equal(r.bodies[0], r.bodies[1]) {
		t.Error("what an endpoint was too busy for was not sent again")
	}
	h := r.requests[0].Header
	if r.requests[0].URL.Path != "/base/v1/traces" || h.Get("Api-Key") != "s ecret" || h.Get("X") != "y" ||
		h.Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v", r.requests[0].URL.Path, h)
	}
}

// What goes wrong is said, without what may be secret.
func TestSendRefused(t *testing.T) {
	t.Parallel()
	s := stored(t)
	elsewhere := receive(t, httptest.NewServer)
	for name, c := range map[string]struct {
		answers []func(http.ResponseWriter)
		want    string
		tries   int
	}{
		"a mistake is not repeated": {[]func(http.ResponseWriter){answer(400, "bad\n span")},
			"the endpoint answers 400 Bad Request: bad span", 1},
		"a busy endpoint is given up": {[]func(http.ResponseWriter){answer(503, ""), answer(502, ""), answer(504, ""),
			answer(503, ""), answer(503, ""), answer(503, "still")}, "503 Service Unavailable: still", 6},
		"nobody is redirected": {[]func(http.ResponseWriter){func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(307)
		}}, "307 Temporary Redirect", 1},
		"some spans were not taken": {[]func(http.ResponseWriter){
			answer(200, `{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}`)}, "too old", 9},
	} {
		r := receive(t, httptest.NewServer, c.answers...)
		o := Output{Getenv: env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", r.URL+"/t?key=s3cret",
			"OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret"), wait: time.Millisecond}
		_, err := output.Send(t.Context(), o, s, run)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
		if len(r.requests) != c.tries || r.requests[0].URL.RequestURI() != "/t?key=s3cret" {
			t.Errorf("%s: %d requests, want %d", name, len(r.requests), c.tries)
		}
	}
	if len(elsewhere.requests) > 0 {
		t.Error("the headers went elsewhere")
	}
	r := receive(t, httptest.NewServer)
	r.Close()
	o := Output{Getenv: env("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL+"?key=s3cret"), wait: time.Millisecond}
	if _, err := output.Send(t.Context(), o, s, run); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("nobody there: %v", err)
	}
}

// An endpoint that a file vouches for is trusted, and no other.
func TestSendTLS(t *testing.T) {
	t.Parallel()
	s := stored(t)
	r := receive(t, func(h http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of whom does not trust it
		s.StartTLS()
		return s
	})
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	o := Output{Getenv: env("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL, "OTEL_EXPORTER_OTLP_CERTIFICATE", file)}
	if _, err := output.Send(t.Context(), o, s, run); err != nil {
		t.Error(err)
	}
	o = Output{Getenv: env("OTEL_EXPORTER_OTLP_ENDPOINT", r.URL), wait: time.Millisecond}
	if _, err := output.Send(t.Context(), o, s, run); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a stranger was trusted: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, want string }{
		{"X", "", "--send: OTEL_EXPORTER_OTLP_ENDPOINT does not say where to, such as http://localhost:4318"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318", "want an address that begins with http:// or https://"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://", "want an address that begins with http:// or https://"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc: bench sends http/json"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "a=b,secret", "OTEL_EXPORTER_OTLP_HEADERS: part 2 is not key=value with %-encoded characters"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "OTEL_EXPORTER_OTLP_TIMEOUT=10s: want milliseconds above 0"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "OTEL_EXPORTER_OTLP_COMPRESSION=zstd: want gzip or none"},
		{"OTEL_EXPORTER_OTLP_CLIENT_KEY", "k.pem", "OTEL_EXPORTER_OTLP_CLIENT_KEY: bench has no certificates of its own"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "absent.pem", "OTEL_EXPORTER_OTLP_CERTIFICATE: open absent.pem"},
	} {
		pairs := []string{c.name, c.value}
		if c.name != "X" {
			pairs = append(pairs, "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
		}
		_, err := Output{Getenv: env(pairs...)}.endpoint()
		if err == nil || !strings.Contains(err.Error(), c.want) || bench.ExitStatusOf(err) != bench.ExitUsage {
			t.Errorf("%s=%s: %v", c.name, c.value, err)
		}
	}
}
