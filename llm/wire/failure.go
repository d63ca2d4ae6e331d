package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

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

// Refusal is the failure of an attempt that was answered with a status other
// than 2xx.
func (f Failure) Refusal() *llm.StatusError {
	if f.Message == "" {
		f.Message = strings.TrimSpace(Clip(string(f.Body), 200))
	}
	if f.Message == "" {
		f.Message = http.StatusText(f.Status)
	}
	return f.Judge()
}

// ErrorObject is the failure of an answer with status 2xx that carries an error
// object, or a string in its place. A code that is an HTTP status counts as the
// status.
func ErrorObject(raw json.RawMessage, h http.Header, body []byte) *llm.StatusError {
	var e struct {
		Message any `json:"message"`
		Code    any `json:"code"`
	}
	f := Failure{Header: h, Body: body, Message: Text(raw)}
	if f.Message == "" && json.Unmarshal(raw, &e) == nil && e.Message != nil {
		f.Message = fmt.Sprint(e.Message)
	}
	if f.Message == "" {
		f.Message = string(raw)
	}
	if e.Code != nil {
		f.Code = fmt.Sprint(e.Code)
		if n, err := strconv.Atoi(f.Code); err == nil && n >= 400 && n < 600 {
			f.Status = n
		}
	}
	whole := f.Message
	f.Message = Clip(whole, 500)
	if f.Status != 0 || Overflows(whole+f.Code) {
		return f.Judge()
	}
	return &llm.StatusError{
		Retryable: true, Billed: true, Err: fmt.Errorf("the answer is an error: %s", f.Message),
	}
}

// Judge decides what a failure means for a retry and for the bill. Errors are
// not billed, but a gateway that gave up waiting does not know what the model
// behind it did.
func (f Failure) Judge() *llm.StatusError {
	e := &llm.StatusError{
		Status:     f.Status,
		RetryAfter: retryAfter(f.Header, time.Now()),
		Billed:     slices.Contains([]int{502, 504, 524}, f.Status),
		Err:        errors.New(f.Message),
	}
	switch {
	case f.tooLong():
		e.Err = fmt.Errorf("%w: %s", llm.ErrContextOverflow, f.Message)
	case strings.Contains(f.Code, "insufficient_quota"):
		e.Err = fmt.Errorf("%w: %s", llm.ErrRefused, f.Message)
	case f.Status >= 500 || slices.Contains([]int{408, 409, 425, 429}, f.Status):
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
	case 400, 413, 422:
		return Overflows(f.Message+f.Code) || Overflows(Clip(string(f.Body), 4096))
	}
	return Overflows(f.Message + f.Code)
}

// overflowPhrases are how providers say that a conversation is too long.
var overflowPhrases = []string{
	"context_length_exceeded", "context length", "context size", "context window", "maximum context",
	"prompt is too long", "input is too long", "too many input tokens",
	"exceeds the maximum number of tokens", "reduce the length of the messages",
	"input token count", "string_above_max_length",
}

// Overflows reports whether a text says that a conversation is too long.
func Overflows(s string) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(overflowPhrases, func(p string) bool {
		return strings.Contains(s, p)
	})
}

// retryAfter reads how long the server asks to be left alone: Retry-After in
// seconds or as an HTTP date, or retry-after-ms.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // the server's own clock, should ours differ
	}
	return max(0, at.Sub(now))
}
