package scripted

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestScan(t *testing.T) {
	t.Parallel()
	q, err := scan([]byte(` {"a":[{"x":"}\\"}],"model" : "m\u0041","stream":true,
	"messages":[ {"content":"say \"role\" \\","role":"user"} , {"role":"assistant","content":null},
	{"role":"tool","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],
	"tools":[{"t":1}],"stream_options":{"include_usage":true},"n":1.5e3}`))
	if err != nil {
		t.Fatal(err)
	}
	if q.model != "mA" || !q.stream || !q.includeUsage || string(q.tools()) != `[{"t":1}]` ||
		len(q.messages) != 3 || q.turn() != 2 || q.last() != "ab" {
		t.Errorf("%+v", q)
	}
	if got := q.everything(); got != "say \"role\" \\\n\nab" {
		t.Errorf("%q", got)
	}
}

// FuzzScan holds the quick scan against encoding/json: what is valid must be
// found to be the same, and nothing may panic.
func FuzzScan(f *testing.F) {
	f.Add(`{"model":"m","messages":[{"role":"user","content":"a\"b\\"}]}`)
	f.Add(`{"messages":[{"role":"x"},{"content":[]}],"model":"m","tools":{}}`)
	f.Add(`{"model":"m","messages":[{"a":{"role":"no"},"role":"yes"}`)
	f.Add(`{"":0,"model":"\\"}`)
	f.Fuzz(func(t *testing.T, body string) {
		q, err := scan([]byte(body))
		var want struct {
			Model    string
			Messages []struct{ Role string }
		}
		// Keys that differ in case or appear twice are not what clients send.
		if strings.Contains(body, `\u`) || json.Unmarshal([]byte(body), &want) != nil || err != nil {
			return
		}
		if strings.Count(body, `"model"`) != 1 || strings.Count(body, `"messages"`) != 1 ||
			strings.Count(body, `"role"`) != len(want.Messages) || want.Model == "" {
			return
		}
		if len(q.messages) != len(want.Messages) {
			t.Fatalf("%d messages, want %d", len(q.messages), len(want.Messages))
		}
	})
}

// BenchmarkDecide is the server's own work on one request of a conversation of
// 250 steps of 2 KB.
func BenchmarkDecide(b *testing.B) {
	s, err := Parse("s", []byte(`
models: {m: {price: {input: 1, cached_input: 0.1, output: 1}}}
rules: [{when: {turn: 1}, say: no}, {when: {last: never}, say: no}, {say: x}]`))
	if err != nil {
		b.Fatal(err)
	}
	var body strings.Builder
	body.WriteString(`{"model":"m","messages":[{"role":"user","content":"x"}`)
	for i := range 250 {
		fmt.Fprintf(&body, `,{"role":"assistant","content":"%d"},{"role":"tool","content":"%s"}`,
			i, strings.Repeat(`if a {\n\t\"b\"\n}`, 114))
	}
	body.WriteString(`]}`)
	server, raw := New(s, Options{}), []byte(body.String())
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := server.decide(chat, raw, nil); err != nil {
			b.Fatal(err)
		}
	}
}
