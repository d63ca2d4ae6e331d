package config

import (
	"cmp"
	"encoding/json"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench/internal/strictyaml"
)

// Fields are fields of a request as the file gives them.
type Fields map[string]any

// ownFields are those that clients fill in themselves.
var ownFields = []string{"model", "messages", "input", "instructions", "system", "tools",
	"tool_choice", "stream"}

// DecodeNode reads a mapping of any values.
func (f *Fields) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	*f = Fields{}
	for _, e := range d.Entries(n, p, 0, "a mapping of fields to add to every request") {
		if slices.Contains(ownFields, e.Key.Text) {
			d.Fail(e.Key.Place, "", "%s: bench sends a field %s of its own", p, e.Key.Text)
		}
		(*f)[e.Key.Text] = plain(e.Value)
	}
}

// plain is a node as JSON has it. Numbers keep the form in which they are
// written.
func plain(n *strictyaml.Node) any {
	switch n.Kind {
	case strictyaml.Mapping:
		out := map[string]any{}
		for _, e := range n.Entries {
			out[e.Key.Text] = plain(e.Value)
		}
		return out
	case strictyaml.Sequence:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = plain(item)
		}
		return out
	case strictyaml.Scalar:
	}
	if n.Quoted && !n.Expanded {
		return n.Text
	}
	switch n.Text {
	case "true", "false":
		return n.Text == "true"
	case "null", "~", "":
		return nil
	}
	if number := strings.ReplaceAll(n.Text, "_", ""); json.Valid([]byte(number)) {
		if _, err := strconv.ParseFloat(number, 64); err == nil {
			return json.Number(number)
		}
	}
	return n.Text
}

// Headers are headers of a request, by their names.
type Headers map[string]Header

// Header is what a header says. It may hold a key, so that only what the file
// has, ${NAME} and all, is printed and stored.
type Header struct {
	value   Secret
	source  string
	secrets []Secret // that it holds, or may hold
}

// MarshalText writes what the file has, for Resolved.
func (h Header) MarshalText() ([]byte, error) { return []byte(unexpanded(h.source)), nil }

// String is what the file has.
func (h Header) String() string { return h.source }

// ownHeaders belong to the connection and the body.
var ownHeaders = []string{"Content-Type", "Content-Length", "Host", "Connection",
	"Transfer-Encoding"}

// keyHeader finds headers that hold keys by their names.
var keyHeader = regexp.MustCompile(`(?i)auth|key|token|secret|cookie`)

// DecodeNode reads a mapping from names to texts.
func (h *Headers) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	*h = Headers{}
	for at, e := range d.Entries(n, p, 0, "a mapping from headers to what they say") {
		name := textproto.CanonicalMIMEHeaderKey(e.Key.Text)
		v := e.Value
		switch {
		case slices.Contains(ownHeaders, name):
			d.Fail(e.Key.Place, "", "%s: bench sends a header %s of its own", p, name)
		case v.Kind != strictyaml.Scalar || strings.ContainsAny(v.Text,
			"\r\n") || !headerName(e.Key.Text):
			d.Fail(e.Key.Place, "", "%s: expected a header and one line of text", at)
			d.Errors[len(d.Errors)-1].Secret = true
		case keyHeader.MatchString(name) && !v.Expanded:
			d.Fail(e.Key.Place, "put it into the environment: export GATEWAY_KEY=… and "+
				e.Key.Text+": ${GATEWAY_KEY}", "%s: a key does not stand in the file", at)
			d.Errors[len(d.Errors)-1].Secret = true
		default:
			(*h)[name] = Header{NewSecret(v.Text), cmp.Or(v.Source, v.Text), headerSecrets(name, v)}
		}
	}
}

// headerSecrets are what must be shown nowhere of a header: what variables stood for and,
// where the name is that of a key, all of it; with and without a scheme before it.
func headerSecrets(name string, v *strictyaml.Node) (out []Secret) {
	values := v.Values
	if keyHeader.MatchString(name) {
		values = append(slices.Clone(values), v.Text)
	}
	for _, s := range values {
		_, bare, _ := strings.Cut(s, " ")
		out = append(out, NewSecret(s), NewSecret(bare))
	}
	return out
}

// headerName reports whether a text is a token: RFC 9110, section 5.6.2.
func headerName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// Reveal returns the headers themselves, for the one place that needs them.
func (h Headers) Reveal() map[string]string {
	out := make(map[string]string, len(h))
	for name, header := range h {
		out[name] = header.value.Reveal()
	}
	return out
}
