package scripted

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The kinds of fault.
const (
	faultStatus       = "status"        // an HTTP status with an error body
	faultHang         = "hang"          // no answer until the client goes away
	faultTruncate     = "truncate"      // half an answer, then the connection breaks
	faultInvalidJSON  = "invalid_json"  // a whole answer that is no JSON
	faultDisconnect   = "disconnect"    // the connection breaks at once
	faultEmptyChoices = "empty_choices" // an answer in which nobody speaks
	faultError200     = "error_200"     // status 200 around an error object
)

var faultKinds = []string{
	faultStatus, faultHang, faultTruncate, faultInvalidJSON, faultDisconnect,
	faultEmptyChoices, faultError200,
}

type fault struct {
	Kind       string   `yaml:"kind"`
	Status     int      `yaml:"status"`
	RetryAfter duration `yaml:"retry_after"`
	Message    string   `yaml:"message"`
}

// UnmarshalYAML checks what the types cannot.
func (f *fault) UnmarshalYAML(n *yaml.Node) error {
	type plain fault
	if err := n.Load((*plain)(f), yaml.WithKnownFields()); err != nil {
		return err
	}
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("unknown fault %q: want one of %s", f.Kind, strings.Join(faultKinds, ", "))
	case f.Kind == faultStatus && (f.Status < 300 || f.Status > 599):
		return errors.New("a status fault needs a status from 300 to 599")
	case f.Kind != faultStatus && f.Status != 0:
		return fmt.Errorf("a %s fault has no status", f.Kind)
	}
	return nil
}

// name is the word under which the ledger counts the fault.
func (f *fault) name() string {
	if f.Kind == faultStatus {
		return fmt.Sprintf("status_%d", f.Status)
	}
	return f.Kind
}

// commit plays the fault. Broken connections are made by the panic net/http
// has for that.
func (f *fault) commit(s *Server, w http.ResponseWriter, r *http.Request, model string) {
	switch f.Kind {
	case faultStatus:
		if f.RetryAfter > 0 {
			seconds := math.Ceil(float64(f.RetryAfter) / 1e9)
			w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		}
		writeError(w, f.Status, f.text(http.StatusText(f.Status)), "scripted_fault")
	case faultHang:
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		panic(http.ErrAbortHandler)
	case faultTruncate:
		whole := encodeReply(&reply{model: model, say: "This answer will never be whole.",
			finish: "stop", id: "chatcmpl-truncated"})
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		flushed(w, whole[:len(whole)/2])
		panic(http.ErrAbortHandler)
	case faultInvalidJSON:
		w.Header().Set("Content-Type", "application/json")
		flushed(w, []byte(`{"id":"chatcmpl-invalid","choices":[{"index":0,"message":{"role"`))
	case faultDisconnect:
		panic(http.ErrAbortHandler)
	case faultEmptyChoices:
		w.Header().Set("Content-Type", "application/json")
		flushed(w, []byte(`{"id":"chatcmpl-empty","object":"chat.completion","choices":[]}`))
	case faultError200:
		writeError(w, http.StatusOK, f.text("scripted error"), "scripted_fault")
	}
}

func (f *fault) text(fallback string) string {
	if f.Message != "" {
		return f.Message
	}
	return fallback
}

func flushed(w http.ResponseWriter, b []byte) {
	if _, err := w.Write(b); err != nil {
		return // the client has gone
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
