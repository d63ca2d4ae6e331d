package wire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/openai"
	"bench/llm/wire"
)

// A call whose connection breaks may be billed, also where the connection was kept and
// nothing came: nobody knows whether the server had read the request.
func TestBrokenConnection(t *testing.T) {
	t.Parallel()
	const whole = `{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":10,"completion_tokens":1}}`
	for _, test := range []struct {
		name  string
		good  int    // requests that are answered before
		begun string // of the answer
	}{
		{"closed when it is used again", 1, ""},
		{"closed at its first use", 0, ""},
		{"closed in an answer", 1, `{"choices":`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if n++; n <= test.good {
					_, _ = w.Write([]byte(whole))
					return
				}
				if test.begun != "" {
					_, _ = w.Write([]byte(test.begun))
					_ = http.NewResponseController(w).Flush()
				}
				panic(http.ErrAbortHandler)
			}))
			defer server.Close()
			client, err := openai.New(openai.Options{Options: wire.Options{BaseURL: server.URL}})
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			for range test.good {
				if _, err := client.Complete(t.Context(), llm.Request{Model: "m"}); err != nil {
					t.Fatal(err)
				}
			}
			resp, err := client.Complete(t.Context(), llm.Request{Model: "m"})
			var status *llm.StatusError
			if !errors.As(err, &status) || !status.Retryable || !status.Billed ||
				resp.UnknownUsage != 1 {
				t.Errorf("%v, %+v, %d of unknown usage", err, status, resp.UnknownUsage)
			}
		})
	}
}

// Where one request is redirected, so are all: the run is stopped, with what to do.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"https://api.example.com/v2": "redirected to https://api.example.com/v2, ",
		"":                           "redirected to no place that is named, ",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if place != "" {
				w.Header().Set("Location", place)
			}
			w.WriteHeader(http.StatusTemporaryRedirect)
		}))
		client, err := openai.New(openai.Options{Options: wire.Options{BaseURL: server.URL}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Complete(t.Context(), llm.Request{Model: "m"})
		if !errors.Is(err, llm.ErrHopeless) || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "set base_url") {
			t.Errorf("%q: %v", place, err)
		}
		client.Close()
		server.Close()
	}
}
