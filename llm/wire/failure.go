package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"bench/llm"
)

// Failure is an answer that is an error, as far as it says what is wrong.
type Failure struct {
	Status  int // 0 where an answer with status 2xx carries the error
	Header  http.Header
	Message string
	Code    string
	Body    []byte // the whole answer
}

// Refused is the failure of an attempt that was answered with a status other
// than 2xx, from its body alone.
func Refused(status int, h http.Header, body []byte) *llm.StatusError {
	f := Failure{Status: status, Header: h, Body: body}
	f.read(body)
	if f.Message == "" {
		f.Message = strings.TrimSpace(Clip(string(body), 200))
	}
	if f.Message == "" {
		f.Message = http.StatusText(status)
	}
	return f.Judge()
}

// ReportedError is the failure of an answer with status 2xx whose body is that
// of an error; nil if it is not.
func ReportedError(h http.Header, body []byte) *llm.StatusError {
	f := Failure{Header: h, Body: body}
	if !f.read(body) {
		return nil
	}
	return f.within()
}

// ErrorObject is the failure of an answer with status 2xx, or of a stream, that
// carries an error object, or a string in its place.
func ErrorObject(raw json.RawMessage, h http.Header, body []byte) *llm.StatusError {
	f := Failure{Header: h, Body: body}
	f.object(raw)
	f.Message = Clip(strings.TrimSpace(f.Message), 500)
	return f.within()
}

// within judges an error that came with status 2xx: what is neither final nor
// of the moment by its words is an answer that went wrong, which may be billed.
func (f Failure) within() *llm.StatusError {
	if f.Message == "" {
		f.Message = Clip(string(f.Body), 200)
	}
	if f.Status != 0 || f.tooLong() || f.hopeless() || f.declines() != nil {
		return f.Judge()
	}
	return &llm.StatusError{
		Retryable: true, Billed: true, RetryAfter: f.wait(), Throttled: f.busy(),
		Err: fmt.Errorf("the answer is an error: %s", f.Message),
	}
}

// Judge decides what a failure means for a retry and for the bill. Errors are
// not billed, but a gateway that gave up waiting does not know what the model
// behind it did.
func (f Failure) Judge() *llm.StatusError {
	e := &llm.StatusError{
		Status:     f.Status,
		RetryAfter: f.wait(),
		Billed:     slices.Contains([]int{502, 504, 524}, f.Status),
		Err:        errors.New(f.Message),
	}
	switch no := f.declines(); {
	case f.tooLong():
		e.Err = fmt.Errorf("%w: %s", llm.ErrContextOverflow, f.Message)
	case no != nil:
		e.Err = no
	case f.hopeless():
		e.Err = fmt.Errorf("%w: %s", llm.ErrHopeless, f.Message)
	case f.busy() || slices.Contains([]int{429, 503, 529}, f.Status):
		e.Retryable, e.Throttled = true, true
	case f.Status >= 500 || slices.Contains([]int{408, 409, 425}, f.Status):
		e.Retryable = true
	default:
		e.Err = fmt.Errorf("%w: %s", llm.ErrRefused, f.Message)
	}
	return e
}

// tooLong reports whether an error means that the conversation is too long.
// Routers put the words of the server behind them beside the message, so the
// whole body is searched where the status fits.
func (f Failure) tooLong() bool {
	switch f.Status {
	case 401, 403, 429:
		return false
	case 413: // some say no more than that
		return !containsAny(strings.ToLower(Clip(string(f.Body), maxErrorBody)), throttles)
	case 400, 422:
		return Overflows(f.Message+" "+f.Code) || Overflows(Clip(string(f.Body), maxErrorBody))
	}
	return Overflows(f.Message + " " + f.Code)
}

// busyPhrases are what servers say with a status of 4xx, or 200, when the same
// request may well be served a little later, in lower case.
var busyPhrases = []string{
	"overloaded", "server is busy", "server busy", "high demand", "high traffic", "try again later",
	"no available channel", "no healthy upstream", "upstream error", "upstream request failed",
	"temporarily unavailable", "service unavailable", "engine_overloaded",
	"rate_limit", "rate limit", "too many requests", "throttl", "resource_exhausted",
	"resource exhausted", "concurrency limit", "负载", "请求过于频繁", "访问量过大", "稍后",
}

// busy reports whether an error is of the moment although its status is not one
// of those that say so. What names a mistake in the request is not.
func (f Failure) busy() bool {
	if f.Status == 413 || f.Status == 422 {
		return false
	}
	text := strings.ToLower(f.Message + " " + f.Code)
	return containsAny(text, busyPhrases) && !strings.Contains(text, "invalid_request_error")
}
