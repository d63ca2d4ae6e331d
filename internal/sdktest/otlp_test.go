package sdktest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"bench/results/output"
	"bench/results/output/otlp"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// Traces are read by the types of the protocol, which refuse fields that they do not
// know. They want ids in base 64, OTLP has them in hexadecimal digits: nothing else is
// changed.
func TestTraces(t *testing.T) {
	t.Parallel()
	const run = "2026-03-14-fusion-vs-solo"
	s := storetest.Stored(t, resultstest.Spec{RunID: run, Tasks: 2, Seed: 5})
	none := func(string) string { return "" }
	paths, err := output.Write(t.Context(), otlp.Output{Getenv: none}, s, run, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	spans, tokens := 0, int64(0)
	for line := range bytes.Lines(file) {
		var document any
		if err := json.Unmarshal(line, &document); err != nil {
			t.Fatal(err)
		}
		inBase64(t, document)
		changed, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var d trace.TracesData
		if err := protojson.Unmarshal(changed, &d); err != nil {
			t.Fatal(err)
		}
		for _, s := range d.ResourceSpans[0].ScopeSpans[0].Spans {
			spans++
			if len(s.TraceId) != 16 || len(s.SpanId) != 8 || s.StartTimeUnixNano == 0 ||
				s.EndTimeUnixNano < s.StartTimeUnixNano {
				t.Errorf("%v", s)
			}
			for _, a := range s.Attributes {
				if a.Key == "gen_ai.usage.output_tokens" {
					tokens += a.Value.GetIntValue()
				}
			}
			if chat := s.Name[:5] == "chat "; chat != (s.Kind == trace.Span_SPAN_KIND_CLIENT) {
				t.Errorf("%s is of kind %s", s.Name, s.Kind)
			}
		}
	}
	if spans < 50 || tokens == 0 {
		t.Errorf("%d spans with %d tokens", spans, tokens)
	}
}

// inBase64 writes ids as JSON has bytes elsewhere.
func inBase64(t *testing.T, v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			inBase64(t, e)
		}
	case map[string]any:
		for key, e := range v {
			text, ok := e.(string)
			if !ok || key != "traceId" && key != "spanId" && key != "parentSpanId" {
				inBase64(t, e)
				continue
			}
			id, err := hex.DecodeString(text)
			if err != nil {
				t.Errorf("%s %q: %v", key, text, err)
			}
			v[key] = base64.StdEncoding.EncodeToString(id)
		}
	}
}
