package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	goopenai "github.com/sashabaranov/go-openai"

	"bench/llm"
)

// refusal is the failure of an attempt the server answered with a status
// other than 2xx; err is what go-openai made of the body.
func refusal(a *attempt, err error) *llm.StatusError {
	message, code := describe(err)
	if message == "" {
		message = strings.TrimSpace(clip(string(a.raw), 200))
	}
	if message == "" {
		message = http.StatusText(a.status)
	}
	return a.judge(a.status, message, code)
}

// describe takes the message and the code out of go-openai's errors.
func describe(err error) (message, code string) {
	var api *goopenai.APIError
	if errors.As(err, &api) {
		if api.Code != nil {
			code = fmt.Sprint(api.Code)
		}
		return clip(api.Message, 500), code
	}
	return "", ""
}

// reported is the failure of an answer with status 200 that carries an error
// object, or a string in its place. A code that is an HTTP status counts as the
// status.
func (a *attempt) reported(raw json.RawMessage) *llm.StatusError {
	var e struct {
		Message any `json:"message"`
		Code    any `json:"code"`
	}
	message := text(raw)
	if message == "" && json.Unmarshal(raw, &e) == nil && e.Message != nil {
		message = fmt.Sprint(e.Message)
	}
	if message == "" {
		message = string(raw)
	}
	status, code := 0, ""
	if e.Code != nil {
		code = fmt.Sprint(e.Code)
		if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 {
			status = n
		}
	}
	if status != 0 || overflows(message+code) {
		return a.judge(status, clip(message, 500), code)
	}
	return &llm.StatusError{
		Retryable: true, Billed: true,
		Err: fmt.Errorf("the answer is an error: %s", clip(message, 500)),
	}
}

// judge decides what a status means for a retry and for the bill. Errors are
// not billed, but a gateway that gave up waiting does not know what the model
// behind it did.
func (a *attempt) judge(status int, message, code string) *llm.StatusError {
	e := &llm.StatusError{
		Status:     status,
		RetryAfter: retryAfter(a.header, time.Now()),
		Billed:     slices.Contains([]int{502, 504, 524}, status),
		Err:        errors.New(message),
	}
	switch {
	case a.tooLong(status, message+code):
		e.Err = fmt.Errorf("%w: %s", llm.ErrContextOverflow, message)
	case strings.Contains(code, "insufficient_quota"):
		e.Err = fmt.Errorf("%w: %s", llm.ErrRefused, message)
	case status >= 500 || slices.Contains([]int{408, 409, 425, 429}, status):
		e.Retryable = true
	default:
		e.Err = fmt.Errorf("%w: %s", llm.ErrRefused, message)
	}
	return e
}

// tooLong reports whether an error means that the conversation is too long.
// Routers put the words of the server behind them beside the message, so the
// whole body is searched where the status fits.
func (a *attempt) tooLong(status int, message string) bool {
	switch status {
	case 401, 403, 429:
		return false
	case 400, 413, 422:
		return overflows(message) || overflows(clip(string(a.raw), 4096))
	}
	return overflows(message)
}

// overflowPhrases are how providers say that a conversation is too long.
var overflowPhrases = []string{
	"context_length_exceeded", "context length", "context size", "context window", "maximum context",
	"prompt is too long", "input is too long", "too many input tokens",
	"exceeds the maximum number of tokens", "reduce the length of the messages",
	"input token count", "string_above_max_length",
}

func overflows(s string) bool {
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
