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
	Kind       string            `yaml:"kind"`
	Status     int               `yaml:"status"`
	RetryAfter duration          `yaml:"retry_after"`
	Message    string            `yaml:"message"`
	Type       string            `yaml:"type"` // default scripted
	Code       anything          `yaml:"code"` // default scripted_fault
	Headers    map[string]string `yaml:"headers"`
	Body       anything          `yaml:"body"` // instead of the error: a text as it is, or JSON
}

// UnmarshalYAML checks what the types cannot.
func (f *fault) UnmarshalYAML(n *yaml.Node) error {
	type plain fault
	if err := n.Load((*plain)(f), yaml.WithKnownFields()); err != nil {
		return err
	}
	f.Code.orNull(n, "code")
	isError := f.Kind == faultStatus || f.Kind == faultError200
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("unknown fault %q: want one of %s", f.Kind, strings.Join(faultKinds, ", "))
	case f.Kind == faultStatus && (f.Status < 300 || f.Status > 599):
		return errors.New("a status fault needs a status from 300 to 599")
	case f.Kind != faultStatus && f.Status != 0:
		return fmt.Errorf("a %s fault has no status", f.Kind)
	case !isError && (f.Message != "" || f.Body.given || f.Type != "" || f.Code.given):
		return fmt.Errorf("a %s fault has no words of its own", f.Kind)
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

// commit plays the fault.
func (f *fault) commit(s *Server, w http.ResponseWriter, r *http.Request, a *act) {
	setHeaders(w, f.Headers)
	switch f.Kind {
	case faultStatus:
		if f.RetryAfter > 0 {
			seconds := math.Ceil(float64(f.RetryAfter) / 1e9)
			w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		}
		f.write(w, a, f.Status, http.StatusText(f.Status))
	case faultError200:
		f.write(w, a, http.StatusOK, "scripted error")
	case faultHang:
		s.hang(r)
	case faultDisconnect:
		panic(http.ErrAbortHandler)
	case faultTruncate:
		f.truncate(w, a)
	case faultInvalidJSON:
		typed(w, "application/json")
		flushed(w, []byte(`{"id":"invalid","choices":[{"index":0,"message":{"role"`))
	case faultEmptyChoices:
		typed(w, "application/json")
		empty := without(a.dialect.document(a.reply), "usage", "usageMetadata")
		for _, list := range []string{"choices", "content", "output", "candidates"} {
			if _, ok := empty[list]; ok {
				empty[list] = []any{}
			}
		}
		flushed(w, mustMarshal(empty))
	}
}

// write answers with the error, or with what the script has in place of it.
func (f *fault) write(w http.ResponseWriter, a *act, status int, fallback string) {
	if !f.Body.given {
		typed(w, "application/json")
		w.WriteHeader(status)
		flushed(w, mustMarshal(a.dialect.failure(failure{
			status: status, message: word(f.Message, fallback), kind: f.Type,
			code: f.Code.or("scripted_fault"), requestID: a.requestID,
		})))
		return
	}
	if text, ok := f.Body.is.(string); ok {
		typed(w, "text/plain; charset=utf-8")
		w.WriteHeader(status)
		flushed(w, []byte(text))
		return
	}
	typed(w, "application/json")
	w.WriteHeader(status)
	flushed(w, mustMarshal(f.Body.is))
}

// truncate sends half of an answer, or of a stream.
func (f *fault) truncate(w http.ResponseWriter, a *act) {
	say := "This answer will never be whole."
	a.reply.say = &say
	whole := a.dialect.document(a.reply)
	if a.stream {
		typed(w, "text/event-stream")
		events := a.dialect.events(whole, pacing{Chunk: 8}, false)
		for _, e := range events[:len(events)/2] {
			flushed(w, e)
		}
		panic(http.ErrAbortHandler)
	}
	typed(w, "application/json")
	b := mustMarshal(whole)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	flushed(w, b[:len(b)/2])
	panic(http.ErrAbortHandler)
}

// typed sets the content type, unless the script has.
func typed(w http.ResponseWriter, kind string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", kind)
	}
}

func setHeaders(w http.ResponseWriter, headers map[string]string) {
	for name, v := range headers {
		w.Header().Set(name, v)
	}
}

func flushed(w http.ResponseWriter, b []byte) {
	if _, err := w.Write(b); err != nil {
		return // the client has gone
	}
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
