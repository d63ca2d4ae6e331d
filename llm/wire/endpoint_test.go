package wire_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bench/llm"
	"bench/llm/wire"
)

// Secrets in headers of the user's own are in no text either.
func TestKeysInHeaders(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization"))
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"error":{"message":"%s %s %s"}}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "),
			r.Header.Get("X-Gateway-Token"), r.Header.Get("X-Title"))
	}))
	t.Cleanup(server.Close)
	e, err := wire.NewEndpoint(wire.Options{BaseURL: server.URL, APIKey: "api-key-one", Headers: map[string]string{
		"Authorization": "Bearer bearer-two", "X-Gateway-Token": "token-three", "X-Title": "my bench",
	}, Secrets: []string{"bearer-two", "token-three"}})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := e.Do(t.Context(), wire.Call{Path: "x", Body: &wire.Body{}})
	var status *llm.StatusError
	if !errors.As(err, &status) || status.Status != 400 {
		t.Fatalf("%v", err)
	}
	shown := fmt.Sprintf("%+v %+v", resp, err)
	for _, key := range []string{"bearer-two", "token-three"} {
		if strings.Contains(shown, key) {
			t.Errorf("%s in %s", key, shown)
		}
	}
	if !strings.Contains(shown, "my bench") {
		t.Errorf("what is no key is gone: %s", shown)
	}
}
