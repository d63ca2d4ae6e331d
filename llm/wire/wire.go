// Package wire is what the clients of all protocols share: reading usage,
// judging failures, and keeping keys out of texts.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"bench/llm"
)

// Text decodes a JSON string; anything else is the empty one.
func Text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// Present reports whether a JSON value says anything.
func Present(raw json.RawMessage) bool {
	s := string(bytes.TrimSpace(raw))
	return s != "" && s != "null" && s != "{}" && s != `""`
}

// Clip cuts a text to about n bytes.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// Scrubber removes keys from texts that servers or libraries wrote.
func Scrubber(keys ...string) func(string) string {
	var pairs []string
	for _, key := range keys {
		if len(key) >= 4 { // "x" as a dummy key would garble every text
			pairs = append(pairs, key, "[API key]", url.QueryEscape(key), "[API key]")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// secretHeaders are parts of the names of headers that hold keys.
var secretHeaders = []string{"auth", "key", "token", "secret", "cookie", "session"}

// keys are what must not appear in a text: the key, and what headers say that
// may hold one, with and without the name of a scheme before it.
func (o Options) keys() []string {
	keys := []string{o.APIKey}
	for name, value := range o.Headers {
		if containsAny(strings.ToLower(name), secretHeaders) {
			_, bare, _ := strings.Cut(value, " ")
			keys = append(keys, value, bare)
		}
	}
	return keys
}

// Scrubbed is an error of which only the safe text and the kind are left.
func Scrubbed(err error, scrub func(string) string) error {
	return scrubbed{text: scrub(err.Error()), kind: kind(err)}
}

type scrubbed struct {
	text string
	kind error
}

func (e scrubbed) Error() string { return e.text }
func (e scrubbed) Unwrap() error { return e.kind }

// kind is the most particular of the errors that callers branch on.
func kind(err error) error {
	for _, k := range []error{llm.ErrContextOverflow, llm.ErrHopeless, llm.ErrRefused} {
		if errors.Is(err, k) {
			return k
		}
	}
	return nil
}
