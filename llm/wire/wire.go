// Package wire is what the clients of all protocols share: reading usage,
// judging failures, and keeping keys out of texts.
package wire

import (
	"bytes"
	"encoding/base64"
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

// leastKey is the fewest bytes of a key: "x" as a stand-in would garble every text.
const leastKey = 4

// Keys are what must not appear in a text: the key, the secrets in headers and base URL,
// and the base URL's password, as it is sent, too.
func (o Options) Keys() []string {
	keys := append([]string{o.APIKey}, o.Secrets...)
	if u, err := url.Parse(o.BaseURL); err == nil && u.User != nil {
		password, _ := u.User.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password))
		keys = append(keys, password, basic)
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
