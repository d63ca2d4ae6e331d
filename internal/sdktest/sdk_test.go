// Package sdktest holds the scripted server, and the gateway before it, against the
// official clients of the protocols they speak, and exported traces against the official
// types of theirs. It is a module of its own, so that they do not become dependencies of
// bench.
package sdktest

import (
	"encoding/json"
	"strings"
	"testing"

	"bench/llm/scripted"
)

// script lets a model think, speak and call two tools at once for two turns.
const script = `
models: {m: {price: {input: 1, cached_input: 0.1, cache_write: 1.25, output: 5}, stream: {chunk: 7, comments: 2}}}
rules:
  - when: {last: refuse}
    fault: {kind: status, status: 429, message: "slow down, please", headers: {Retry-After-Ms: "7"}}
  - when: {last: break}
    say: "One, two, three and more."
    break: {kind: error, after: 4, message: broke down}
  - when: {turn: 3}
    say: "All done, \"wörds\" & <more>."
    usage: {input: 3000, cached_input: 1024, cache_write: 128, output: 50, reasoning: 20}
  - think: Where could it be?
    say: "I look, and look again."
    calls:
      - {tool: look, arguments: {path: "/a \"b\"", n: [1, 2]}}
      - {tool: list}
    usage: {input: 2000, output: 40}
`

const finalWords = `All done, "wörds" & <more>.`

// serve starts a server that refuses what the real one refuses; that is not known of
// Google's, where strict is "".
func serve(t *testing.T, strict string) (*scripted.Server, string) {
	t.Helper()
	if strict == "" { // Google's client takes comments in a stream for a mistake
		return serveScript(t, strings.Replace(script, ", comments: 2", "", 1))
	}
	return serveScript(t, "strict: "+strict+script)
}

// serveScript starts a server that answers from a script.
func serveScript(t *testing.T, text string) (*scripted.Server, string) {
	t.Helper()
	s, err := scripted.Parse("script.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	server := scripted.New(s, scripted.Options{})
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

// heard is what a client made of a conversation.
type heard struct {
	words  []string // what was said, turn by turn
	calls  []string // name and arguments
	ids    map[string]bool
	usage  [4]int64 // of the last answer: input, cached, output, reasoning
	finish string
}

func (h *heard) call(id, name, arguments string) {
	if h.ids == nil {
		h.ids = map[string]bool{}
	}
	h.ids[id] = true
	h.calls = append(h.calls, name+" "+arguments)
}

// check compares with the script; cached and input are counted as the protocol
// does it.
func (h *heard) check(t *testing.T, server *scripted.Server, usage [4]int64, finish string) {
	t.Helper()
	want := []string{"I look, and look again.", "I look, and look again.", finalWords}
	if strings.Join(h.words, "|") != strings.Join(want, "|") {
		t.Errorf("said %q", h.words)
	}
	if len(h.calls) != 4 || len(h.ids) != 4 {
		t.Fatalf("calls %q with %d ids", h.calls, len(h.ids))
	}
	name, arguments, _ := strings.Cut(h.calls[0], " ")
	var a struct {
		Path string
		N    []int
	}
	if err := json.Unmarshal([]byte(arguments), &a); err != nil || name != "look" || a.Path != `/a "b"` || len(a.N) != 2 {
		t.Errorf("call %s, %v", h.calls[0], err)
	}
	if h.calls[1] != "list {}" {
		t.Errorf("call %q", h.calls[1])
	}
	if h.usage != usage || h.finish != finish {
		t.Errorf("usage %v, want %v; finish %q, want %q", h.usage, usage, h.finish, finish)
	}
	if l := server.Ledger(); l.Calls != 3 || l.Usage.Input != 7000 || l.Usage.Output != 130 {
		t.Errorf("ledger %+v", l.Totals)
	}
}

// streams are the two ways to ask.
var streams = map[string]bool{"whole": false, "streamed": true}
