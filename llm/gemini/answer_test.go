package gemini

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/llm/wire"
)

const (
	usage = `"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":64,"candidatesTokenCount":7,` +
		`"thoughtsTokenCount":5,"totalTokenCount":112}`
	// whole is an answer as the documentation has it.
	whole = `{"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"I look."},` +
		`{"functionCall":{"name":"ls","args":{"p":"/"}}},{"functionCall":{"name":"pwd","id":"x"}}]},` +
		`"finishReason":"STOP"}],` + usage + `,"modelVersion":"g-1","responseId":"r"}`
)

// sse is a stream of such pieces.
func sse(pieces ...string) string {
	var b strings.Builder
	for _, p := range pieces {
		fmt.Fprintf(&b, "data: %s\r\n\r\n", p)
	}
	return b.String()
}

func candidate(part, reason string) string {
	return fmt.Sprintf(`{"candidates":[{"content":{"parts":[%s]},"finishReason":%q}],"responseId":"r"}`, part, reason)
}

func TestRead(t *testing.T) {
	t.Parallel()
	first := strings.Replace(candidate(`{"text":"I lo"}`, ""), `,"finishReason":""`, "", 1)
	for name, test := range map[string]struct {
		body   string
		stream bool
		want   string // finish, text, calls
		known  bool
		err    string
	}{
		"whole": {body: whole, want: "tool_calls I look. call_3_0 ls {\"p\":\"/\"} x pwd {}", known: true},
		"list of pieces": {body: "[" + first + "," + candidate(`{"text":"ok"}`, "STOP") + "]",
			want: "stop I look"},
		"stream": {body: sse(first, strings.Replace(whole, "I look.", "ok.", 1)), stream: true, known: true,
			want: "tool_calls I look. call_3_0 ls {\"p\":\"/\"} x pwd {}"},
		"cut":     {body: sse(first), stream: true, err: "unexpected EOF"},
		"length":  {body: candidate(`{"text":"a"}`, "MAX_TOKENS"), want: "length a"},
		"safety":  {body: candidate(`{"text":""}`, "SAFETY"), want: "refusal"},
		"blocked": {body: `{"promptFeedback":{"blockReason":"OTHER_WORD"}}`, want: "refusal"},
		"spoiled": {body: candidate(`{"text":"a"}`, "MALFORMED_FUNCTION_CALL"), want: "spoiled a"},
		"other":   {body: candidate(`{"text":"a"}`, "OTHER"), err: `finishReason "OTHER"`},
		"error in the stream": {stream: true, err: "overloaded",
			body: sse(first, `{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}`)},
		"nothing":  {body: `{}`, err: "without candidates"},
		"no JSON":  {body: `{"candidates":`, err: "not JSON"},
		"odd form": {body: `{"candidates":7}`, err: "unknown form"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &wire.Attempt{Header: http.Header{}, Body: strings.NewReader(test.body)}
			if test.stream {
				a.Header.Set("Content-Type", "text/event-stream; charset=utf-8")
			}
			err := Read(a, 3)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || a.Message != nil {
					t.Fatalf("error %v, message %v", err, a.Message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSpace(string(a.Finish) + " " + a.Message.Text)
			for _, c := range a.Message.ToolCalls {
				got += " " + c.ID + " " + c.Name + " " + c.Arguments
			}
			if got != test.want || a.Reported.Known != test.known {
				t.Errorf("got %q, usage %+v", got, a.Reported)
			}
			if want := (bench.Usage{Input: 100, CachedInput: 64, Output: 12, Reasoning: 5}); test.known &&
				(a.Reported.Usage != want || a.ServedModel == "" && !test.stream) {
				t.Errorf("usage %+v, model %q", a.Reported.Usage, a.ServedModel)
			}
		})
	}
}

// What had been said of an answer that broke off is kept.
func TestEvidence(t *testing.T) {
	t.Parallel()
	a := &wire.Attempt{Header: http.Header{"Content-Type": {"text/event-stream"}},
		Body: strings.NewReader(sse(strings.Replace(candidate(`{"text":"I lo"}`, ""), `,"finishReason":""`, "", 1)))}
	if err := Read(a, 0); err == nil || a.Said != 4 || !strings.Contains(string(a.Original), "I lo") {
		t.Errorf("%v, said %d: %s", err, a.Said, a.Original)
	}
	var status *llm.StatusError
	a = &wire.Attempt{Header: http.Header{}, Body: strings.NewReader(`{"error":{"code":429,"message":"quota per minute"}}`)}
	if err := Read(a, 0); !errors.As(err, &status) || status.Status != 429 || status.Billed || !status.Retryable {
		t.Errorf("%+v", status)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(whole, false)
	f.Add(sse(whole), true)
	f.Add("["+whole+"]", false)
	f.Fuzz(func(t *testing.T, body string, stream bool) {
		a := &wire.Attempt{Header: http.Header{}, Body: strings.NewReader(body)}
		if stream {
			a.Header.Set("Content-Type", "text/event-stream")
		}
		if err := Read(a, 1); err == nil && a.Message == nil {
			t.Error("an answer without a message")
		}
	})
}
