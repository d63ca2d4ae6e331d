package replay

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"bench"
	"bench/llm"
)

// recordedError is how a call in the log failed. It is what it was as far as agents ask:
// the log has no more than its text.
type recordedError struct {
	text string
	is   []error
}

func (e *recordedError) Error() string   { return e.text }
func (e *recordedError) Unwrap() []error { return e.is }

var (
	status = regexp.MustCompile(`\bHTTP (\d{3})\b`)
	limit  = regexp.MustCompile(`\b(\w+) limit of the (\w+) reached`)
)

// recorded is the error with a text, as package llm and budgets made it.
func recorded(text string) error {
	e := &recordedError{text: text}
	for _, known := range []error{llm.ErrContextOverflow, llm.ErrHopeless, llm.ErrRefused} {
		if strings.Contains(text, known.Error()) {
			e.is = append(e.is, known)
		}
	}
	if m := status.FindStringSubmatch(text); m != nil {
		code, _ := strconv.Atoi(m[1]) // of three digits
		e.is = append(e.is, &llm.StatusError{Status: code, Err: errText(text)})
	}
	if m := limit.FindStringSubmatch(text); m != nil {
		e.is = append(e.is, &bench.LimitError{Resource: bench.Resource(m[1]), Scope: bench.Scope(m[2])})
	}
	return e
}

type errText string

func (e errText) Error() string { return string(e) }

// The kinds of ends that only a replay has, as the errors of its trials begin.
const (
	Exhausted = "replay_exhausted" // the log has no answer
	Differs   = "replay_differs"   // strict: a request is not the one in the log
)

// exhausted is the error of a call that the log does not have.
func exhausted(run, agent string, n int) error {
	return fmt.Errorf("%s: call %d of %s is not in the log of run %s: --fallback asks the model",
		Exhausted, n, agent, run)
}

// unasked is why the log does not answer a call. That is no call.
type unasked struct{ error }

func (e unasked) Unwrap() []error { return []error{e.error, llm.ErrUnasked} }
