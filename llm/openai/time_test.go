package openai_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bench/llm"
)

func TestTimesOfASlowAnswer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"hi"},`)
		_ = http.NewResponseController(w).Flush()
		<-release
		_, _ = io.WriteString(w, `"finish_reason":"stop"}]}`)
	})
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	resp, err := client(t, url).Complete(t.Context(), hello())
	if err != nil {
		t.Fatal(err)
	}
	if !resp.First.After(resp.Start) || !resp.End.After(resp.First) {
		t.Errorf("start %v, first %v, end %v", resp.Start, resp.First, resp.End)
	}
}

// An answer that stops in the middle is given up when its time is over.
func TestStalledAnswer(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"choices":[`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	resp, err := client(t, url).Complete(t.Context(), hello())
	var status *llm.StatusError
	if !errors.As(err, &status) || !status.Retryable || !status.Billed ||
		!strings.Contains(err.Error(), "no complete answer within 1s") {
		t.Errorf("%v", err)
	}
	if !resp.First.After(resp.Start) || resp.UnknownUsage != 1 {
		t.Errorf("%+v", resp)
	}
}
