package acp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bench"
)

// heard is a peer that notes what it hears, and refuses every request.
type heard struct {
	mu   sync.Mutex
	list []string
}

func (h *heard) note(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, s)
}

func (h *heard) Told(method string, _ json.RawMessage) { h.note("told " + method) }
func (h *heard) Stray(line []byte)                     { h.note("stray " + string(line)) }
func (h *heard) Asked(method string, _ json.RawMessage) (any, *Error) {
	h.note("asked " + method)
	return nil, NotServed(method)
}

// program answers what it is sent line by line, until it is closed.
func program(t *testing.T, answer func(method, id string) string) (*Conn, *heard, func() error) {
	t.Helper()
	toProgram, in := io.Pipe()
	out, fromProgram := io.Pipe()
	h := &heard{}
	c := NewConn(in, h)
	lines := bufio.NewReader(out)
	served := make(chan error, 1)
	go func() { served <- c.Serve(func() ([]byte, error) { return lines.ReadBytes('\n') }) }()
	done := make(chan struct{})
	go func() { // ends with its input
		defer close(done)
		s := bufio.NewScanner(toProgram)
		for s.Scan() {
			var m struct {
				ID     json.RawMessage
				Method string
			}
			if err := json.Unmarshal(s.Bytes(), &m); err != nil {
				t.Errorf("sent %q: %v", s.Text(), err)
			}
			if text := answer(m.Method, string(m.ID)); text != "" {
				fmt.Fprintln(fromProgram, text)
			}
		}
		fromProgram.Close()
	}()
	return c, h, func() error {
		in.Close()
		<-done
		return <-served
	}
}

// What answers may look like, of programs that real clients have met.
func TestCall(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"jsonrpc":"2.0","id":ID,"result":{"a":1}}`:                              "1 <nil>",
		`{"id":ID,"result":{"a":2}}`:                                              "2 <nil>",
		`{"jsonrpc":"2.0","id":"ID","result":{"a":3},"error":null}`:               "3 <nil>",
		"  {\"jsonrpc\":\"2.0\",\"id\":ID,\"result\":{\"a\":4}}\r":                "4 <nil>",
		`{"id":ID,"error":{"code":-32603,"message":"no","data":{"details":"x"}}}`: `0 no: {"details":"x"} (code -32603)`,
		`{"id":ID,"error":{"code":-32603,"message":"no","data":null}}`:            `0 no (code -32603)`,
		`{"id":ID,"error":"boom"}`:                                                `0 "boom" (code 0)`,
		`{"id":ID,"result":[]}`:                                                   "0 an answer of another form than the protocol's: json: cannot unmarshal array into Go value of type struct { A int }",
		`{"id":ID}`:                                                               "0 an answer of another form than the protocol's: unexpected end of JSON input",
		`{"jsonrpc":"2.0","method":"session/update","params":{}}` + "\n" + `{"id":ID,"result":{"a":5}}`: "5 <nil>",
		`{"id":99,"result":{}}` + "\n" + `{"id":ID,"result":{"a":6}}`:                                   "6 <nil>",
	} {
		c, _, end := program(t, func(_, id string) string { return strings.ReplaceAll(text, "ID", id) })
		var got struct{ A int }
		err := c.Call(t.Context(), "m", doc{}, &got)
		if s := fmt.Sprintf("%d %v", got.A, err); s != want {
			t.Errorf("%s: got %s, want %s", text, s, want)
		}
		if err := end(); !errors.Is(err, io.EOF) {
			t.Errorf("ended with %v", err)
		}
	}
}

// Requests of the program are answered, with the id that they have.
func TestAsked(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	h := &heard{}
	c := NewConn(&out, h)
	in := bufio.NewReader(strings.NewReader(`{"id":"x","method":"terminal/create"}
{"id":7.5,"method":"_a"}
{"id":null,"method":"_b"}
{"method":"_c","params":[1]}
{"id":1,"result":{}}
{"method":5}
[{"id":2,"method":"_d"}]
null
nonsense`))
	if err := c.Serve(func() ([]byte, error) { return in.ReadBytes('\n') }); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	refusal := func(id, method string) string {
		return `{"jsonrpc":"2.0","id":` + id + `,"error":{"code":-32601,"message":"Method not found: ` + method + "\"}}\n"
	}
	if want := refusal(`"x"`, "terminal/create") + refusal("7.5", "_a") + refusal("null", "_b"); out.String() != want {
		t.Errorf("answered\n%s", out.String())
	}
	want := `asked terminal/create,asked _a,asked _b,told _c,stray {"id":1,"result":{}},stray {"method":5},` +
		`stray [{"id":2,"method":"_d"}],stray null,stray nonsense`
	if got := strings.Join(h.list, ","); got != want {
		t.Errorf("heard %s", got)
	}
	if err := c.Call(t.Context(), "m", doc{}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a call after the end: %v", err)
	}
}

// A program that does not answer before there is a session is given up.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for silent, want := range map[string]string{
			"initialize":  "initialize: no answer in 2m0s: is command.run the program in its ACP mode?",
			"session/new": "session/new: no answer in 2m0s: is command.run the program in its ACP mode?",
		} {
			c, _, end := program(t, func(method, id string) string {
				if method == silent {
					return ""
				}
				return `{"id":` + id + `,"result":{"protocolVersion":1}}`
			})
			_, err := Open(t.Context(), c, Options{Patience: 2 * time.Minute})
			if setup := (*SetupError)(nil); !errors.As(err, &setup) || err.Error() != want {
				t.Errorf("%s: %v", silent, err)
			}
			_ = end()
		}
	})
}

// Sessions are opened as far as what programs say can be read.
func TestOpen(t *testing.T) {
	t.Parallel()
	const hello = `{"protocolVersion":1,"agentInfo":5,"authMethods":[7,{"id":"key"},{"name":"none"}]}`
	for _, c := range []struct {
		hello, opened string
		o             Options
		want, methods string
	}{
		{hello: `{"protocolVersion":1}`, opened: `{"sessionId":"s"}`, methods: "initialize session/new"},
		{hello: `{}`, want: "it speaks version none of the protocol, not 1", methods: "initialize"},
		{hello: `{"protocolVersion":"1"}`, want: "initialize: an answer of another form", methods: "initialize"},
		{hello: hello, opened: `{}`, want: "session/new: its answer has no sessionId", methods: "initialize session/new"},
		{hello: hello, opened: `{"sessionId":"s","modes":3,"configOptions":{}}`, o: Options{Auth: "key"},
			methods: "initialize authenticate session/new"},
		{hello: hello, opened: `{"sessionId":"s","modes":{"availableModes":[{"id":"code"}]}}`, o: Options{Mode: "code"},
			methods: "initialize session/new session/set_mode"},
		{hello: hello, opened: `{"sessionId":"s","modes":{"availableModes":[{"id":"code"}]},"configOptions":[9,
			{"id":"model","category":"model","options":[{"value":"code"}]},
			{"id":"m","category":"mode","options":[{"value":"ask"},{"value":"code"}]}]}`, o: Options{Mode: "code"},
			methods: "initialize session/new session/set_config_option"},
		{hello: hello, opened: `{"sessionId":"s"}`, o: Options{Mode: "code"},
			want: "command.acp.mode: its sessions have no modes", methods: "initialize session/new"},
	} {
		var methods []string
		conn, _, end := program(t, func(method, id string) string {
			methods = append(methods, method)
			result := map[string]string{"initialize": c.hello, "session/new": c.opened}[method]
			if result == "" {
				result = "null"
			}
			return `{"id":` + id + `,"result":` + strings.ReplaceAll(result, "\n", " ") + `}`
		})
		c.o.Patience = time.Minute
		_, err := Open(t.Context(), conn, c.o)
		_ = end()
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) && c.want != "" {
			t.Errorf("%s %s: %v, want %q", c.hello, c.opened, err, c.want)
		}
		if got := strings.Join(methods, " "); got != c.methods {
			t.Errorf("%s %s: it was asked %s", c.hello, c.opened, got)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	all := []string{"reject_always", "allow_always", "reject_once", "allow_once"}
	for _, c := range []struct {
		p       bench.Permission
		offered []string
		want    string
	}{
		{bench.AllowOnce, all, "allow_once"}, {bench.AllowAlways, all, "allow_always"},
		{bench.Reject, all, "reject_once"}, {bench.AllowOnce, all[:2], "allow_always"},
		{bench.AllowAlways, all[2:], "allow_once"}, {bench.Reject, all[:1], "reject_always"},
		{bench.AllowOnce, []string{"reject_once", "maybe"}, ""}, {bench.Reject, nil, ""},
	} {
		var options []string
		for _, kind := range c.offered {
			options = append(options, `{"optionId":"o","kind":"`+kind+`"}`)
		}
		r, bad := ParseRequest(json.RawMessage(`{"options":[{"kind":"allow_once"},7,` + strings.Join(append(options, "{}"), ",") + `]}`))
		got := ""
		if o := r.Choose(c.p); o != nil {
			got = o.Kind
		}
		if bad != nil || got != c.want {
			t.Errorf("%s of %v: %q, %v", c.p, c.offered, got, bad)
		}
	}
	if _, bad := ParseRequest(json.RawMessage(`[]`)); bad == nil || bad.Code != CodeInvalidParams {
		t.Errorf("a request without parameters: %v", bad)
	}
}

// A tool call is what all its updates say; what is of another form is as good as none.
func TestTool(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	var tool Tool
	for _, params := range []string{
		`{"sessionUpdate":"tool_call","toolCallId":"1","title":"Edit","kind":"edit","rawInput":{}}`,
		`{"sessionUpdate":"tool_call_update","toolCallId":"1","title":null,"kind":7,"rawInput":{"a": 1},"status":"running"}`,
		`{"sessionUpdate":"tool_call_update","toolCallId":"1","status":"in_progress","locations":[{"path":"/w/a","line":3},{"line":1},"x"]}`,
		`{"sessionUpdate":"tool_call_update","toolCallId":"1","content":[{"type":"diff","path":"a","oldText":null,"newText":"n\nm"},
			{"type":"content","content":{"type":"image"}},{"type":"content","content":{"type":"resource_link","uri":"u"}}]}`,
		`{"sessionUpdate":"tool_call_update","toolCallId":"1","status":"completed"}`,
		`{"sessionUpdate":"tool_call_update","toolCallId":"1","status":"failed","title":"late"}`,
	} {
		u, ok := ParseUpdate(json.RawMessage(`{"sessionId":"s","update":` + params + `}`))
		if !ok {
			t.Fatalf("%s: not read", params)
		}
		at = at.Add(time.Second)
		u.Into(&tool, at)
	}
	got := fmt.Sprintf("%s|%s|%s|%v|%s|%q|%d-%d", tool.Title, tool.Kind, tool.Status, tool.Locations, tool.Input,
		tool.Output, tool.Start.Unix(), tool.End.Unix())
	if want := `Edit|edit|completed|[{/w/a 3}]|{"a":1}|"--- a\n+n\n+m\n\n[image]\n[u]"|3-5`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, params := range []string{`{}`, `[]`, `{"update":{"sessionUpdate":3}}`, `{"update":[]}`, ``} {
		if _, ok := ParseUpdate(json.RawMessage(params)); ok {
			t.Errorf("%s is an update", params)
		}
	}
}

// FuzzSaid: whatever a program says, nothing of it is taken for what it is not.
func FuzzSaid(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"method":"session/request_permission","params":{"toolCall":{"toolCallId":"a"},"options":[{"optionId":"o","kind":"allow_once"}]}}`,
		`{"method":"session/update","params":{"update":{"sessionUpdate":"plan","entries":[{"content":"c"}]}}}`,
		`{"method":"session/update","params":{"update":{"sessionUpdate":"usage_update","used":1,"size":2,"cost":{"amount":0.1}}}}`,
		`{"method":"session/update","params":{"update":{"sessionUpdate":"tool_call","toolCallId":"t","content":[{"type":"diff"}]}}}`,
		`{"id":1,"error":"x"}`, "{", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in := bufio.NewReader(strings.NewReader(text))
		var out strings.Builder
		c := NewConn(&out, reader{t})
		_ = c.Serve(func() ([]byte, error) { return in.ReadBytes('\n') })
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("answered %q", line)
			}
		}
	})
}

// reader reads all that is said.
type reader struct{ t *testing.T }

func (r reader) Told(_ string, params json.RawMessage) {
	u, ok := ParseUpdate(params)
	if !ok {
		return
	}
	var tool Tool
	u.Into(&tool, time.Unix(1, 0))
	if len(tool.Output) > mostKept || len(tool.Input) > mostKept || tool.Status.Over() == tool.End.IsZero() {
		r.t.Errorf("tool %+v", tool)
	}
	_, _, _, _ = u.Text(), u.Mode(), u.Plan(), u.Usage()
}

func (r reader) Asked(_ string, params json.RawMessage) (any, *Error) {
	q, bad := ParseRequest(params)
	return Selected(q.Choose(bench.AllowOnce)), bad
}

func (reader) Stray([]byte) {}
