package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"bench/llm/wire"
)

// No key of an endpoint gets to a program, wherever the config has it and however the
// provider repeats it; all else does.
func TestKeysOfAnEndpoint(t *testing.T) {
	t.Parallel()
	keys := []string{"canary-key", "canary-header", "canary-password"}
	said := "no " + strings.Join(keys, ", ") + ", can"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Echo", said)
		if !strings.Contains(string(body), `"stream":true`) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"choices":[{"message":{"content":%q}}]}`, said)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		text := fmt.Sprintf("data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\ndata: [DONE]\n\n: can", said)
		for piece := range slices.Chunk([]byte(text), 3) {
			_, _ = w.Write(piece)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	t.Cleanup(server.Close)
	l := newLab(t, "", options{
		provider: strings.Replace(server.URL, "://", "://user:canary-password@", 1),
		endpoint: func(o *wire.Options) { o.Secrets = []string{"canary-header"} },
	})
	for _, stream := range []bool{false, true} {
		a := l.post(t, "/v1/chat/completions", forms[0].body("x", stream))
		for _, key := range keys {
			if strings.Contains(a.body+a.header.Get("X-Echo"), key) {
				t.Errorf("stream %t: %s in %s, %v", stream, key, a.body, a.header)
			}
		}
		if !strings.Contains(a.body, "no [API key], [API key], [API key], can") ||
			stream && !strings.HasSuffix(a.body, "\n\n: can") {
			t.Errorf("stream %t: %q", stream, a.body)
		}
	}
}
