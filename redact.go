package bench

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Redacted stands where a key was.
const Redacted = "[API key]"

// Redactor takes keys out of texts and events: as they are, as JSON and URLs have them, in
// base64 and hexadecimal, and the halves of long ones, which are left where a text was cut.
// A nil one takes nothing out. It is safe for concurrent use.
type Redactor struct {
	forms []keyForm

	mu      sync.Mutex
	renamed map[BodyHash]BodyHash // bodies that had keys, by what they were called then
}

// keyForm is a key in one of the ways in which a text may have it. Head and tail are
// what is looked for if it is not whole, each with as much of the rest as is there.
type keyForm struct{ text, head, tail string }

// wholeBelow is the size below which half a key is no key: it may be a word.
const wholeBelow = 24

// NewRedactor returns a redactor of keys. What is shorter than so many bytes is no key
// but a stand-in such as "none", and would garble every text.
func NewRedactor(least int, keys ...string) *Redactor {
	r := &Redactor{renamed: map[BodyHash]BodyHash{}}
	var texts []string
	for _, key := range keys {
		if len(key) < max(least, 1) {
			continue
		}
		for _, s := range []string{key, quoted(key, true), quoted(key, false),
			strings.ReplaceAll(quoted(key, false), "/", `\/`),
			escaped(key), strings.ReplaceAll(escaped(key), "%20", "+")} {
			texts = append(texts, s, quoted(s, true), quoted(s, false))
		}
		texts = append(append(texts, hex.EncodeToString([]byte(key)),
			strings.ToUpper(hex.EncodeToString([]byte(key)))), based(key)...)
	}
	// The longest first: one of them may be a part of another.
	slices.SortFunc(texts, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	for _, s := range slices.Compact(texts) {
		f := keyForm{text: s}
		if half := len(s) / 2; len(s) >= wholeBelow {
			f.head, f.tail = s[:half], s[len(s)-half:]
		}
		r.forms = append(r.forms, f)
	}
	return r
}

// based is what a text always is within a longer one in base64, which is of three bytes at a
// time: it may begin with each of them.
func based(s string) (all []string) {
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before, cut := range []int{0, 2, 3} { // signs that are also of what stands before
			text := e.EncodeToString([]byte(strings.Repeat("\x00", before) + s))[cut:]
			if (before+len(s))%3 != 0 {
				text = text[:len(text)-1] // which is also of what follows
			}
			all = append(all, text)
		}
	}
	return all
}

// quoted is a text as JSON has it between quotes.
func quoted(s string, html bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(html)
	_ = e.Encode(s) // a string
	return strings.Trim(b.String(), "\n")[1 : b.Len()-2]
}

// escaped is a text as URLs have it. Package net/url would have helpers wait for its
// initialization, and that of package net.
func escaped(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(plain, s[i]) >= 0 {
			b.WriteByte(s[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}

// Text is a text without keys.
func (r *Redactor) Text(s string) string {
	if r == nil || !slices.ContainsFunc(r.forms, func(f keyForm) bool { return f.in(s) }) {
		return s
	}
	for _, f := range r.forms {
		s = strings.ReplaceAll(s, f.text, Redacted)
	}
	for _, f := range r.forms {
		if f.head != "" {
			s = f.cut(s)
		}
	}
	return s
}

// Begun is how many bytes at the end of a part of a text may be the beginning of a key,
// whose rest is in the next part. Where that begins within a whole key it is all of that,
// too: before the last so many bytes no key is cut in two.
func (r *Redactor) Begun(s string) int {
	if r == nil {
		return 0
	}
	most := 0
	for _, f := range r.forms {
		for n := min(len(f.text)-1, len(s)); n > most; n-- {
			if strings.HasSuffix(s, f.text[:n]) {
				most = n
			}
		}
	}
	at := len(s) - most
	for before := -1; at != before; {
		before = at
		for _, f := range r.forms {
			from, to := max(0, at-len(f.text)+1), min(len(s), at+len(f.text)-1)
			if i := strings.Index(s[from:to], f.text); i >= 0 {
				at = from + i
			}
		}
	}
	return len(s) - at
}

// in reports whether a text has some of a key.
func (f keyForm) in(s string) bool {
	if f.head == "" {
		return strings.Contains(s, f.text)
	}
	return strings.Contains(s, f.head) || strings.Contains(s, f.tail)
}

// cut takes what is left of a key out of a text.
func (f keyForm) cut(s string) string {
	for from := 0; ; from += len(Redacted) {
		i := strings.Index(s[from:], f.head)
		if i < 0 {
			break
		}
		from += i
		n := len(f.head)
		for n < len(f.text) && from+n < len(s) && s[from+n] == f.text[n] {
			n++
		}
		s = s[:from] + Redacted + s[from+n:]
	}
	for end := len(s); ; {
		i := strings.LastIndex(s[:end], f.tail)
		if i < 0 {
			return s
		}
		n, last := len(f.tail), i+len(f.tail)
		for n < len(f.text) && last-n > 0 && s[last-n-1] == f.text[len(f.text)-n-1] {
			n++
		}
		s = s[:last-n] + Redacted + s[last:]
		end = last - n
	}
}

// Event is an event without keys in its payload and bodies, and whether it had any.
// What names a body that had one names what is left of it.
func (r *Redactor) Event(e Event) (Event, bool) {
	if r == nil || len(r.forms) == 0 {
		return e, false
	}
	had := false
	for i, b := range e.Bodies {
		text := Body(r.Text(string(b)))
		if bytes.Equal(text, b) {
			continue
		}
		if !had {
			e.Bodies, had = slices.Clone(e.Bodies), true
		}
		e.Bodies[i] = text
		r.mu.Lock()
		r.renamed[b.Hash()] = text.Hash()
		r.mu.Unlock()
	}
	v, changed := r.value(reflect.ValueOf(e.Payload))
	if changed {
		e.Payload, _ = v.Interface().(Payload)
	}
	return e, had || changed
}

// name is what a body is called now.
func (r *Redactor) name(h BodyHash) BodyHash {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now, ok := r.renamed[h]; ok {
		return now
	}
	return h
}

// value is a value without keys: itself, or a copy if it has any.
func (r *Redactor) value(v reflect.Value) (reflect.Value, bool) {
	switch v.Kind() {
	case reflect.String:
		text := v.String()
		if v.Type() == reflect.TypeFor[BodyHash]() {
			text = string(r.name(BodyHash(text)))
		} else {
			text = r.Text(text)
		}
		if text == v.String() {
			return v, false
		}
		return reflect.ValueOf(text).Convert(v.Type()), true
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v, false
		}
		inner, changed := r.value(v.Elem())
		if !changed {
			return v, false
		}
		if v.Kind() == reflect.Interface {
			return inner, true
		}
		to := reflect.New(v.Type().Elem())
		to.Elem().Set(inner)
		return to, true
	case reflect.Struct, reflect.Slice, reflect.Array:
		return r.parts(v)
	default: // numbers and truth values; payloads have no maps
		return v, false
	}
}

// parts is a struct, slice or array without keys. JSON is redacted as the text it is.
func (r *Redactor) parts(v reflect.Value) (reflect.Value, bool) {
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		text := r.Text(string(v.Bytes()))
		return reflect.ValueOf(json.RawMessage(text)), text != string(v.Bytes())
	}
	n, part := 0, v.Index
	if v.Kind() == reflect.Struct {
		n, part = v.NumField(), v.Field
	} else {
		n = v.Len()
	}
	var to reflect.Value
	for i := range n {
		if v.Kind() == reflect.Struct && !v.Type().Field(i).IsExported() {
			continue
		}
		inner, changed := r.value(part(i))
		if !changed {
			continue
		}
		if !to.IsValid() {
			to = reflect.New(v.Type()).Elem()
			to.Set(v)
			if v.Kind() == reflect.Slice {
				to.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, n), v))
			}
		}
		if v.Kind() == reflect.Struct {
			to.Field(i).Set(inner)
		} else {
			to.Index(i).Set(inner)
		}
	}
	if !to.IsValid() {
		return v, false
	}
	return to, true
}

// NoticeRedacted is the code of the notice that something of a trial had a key in it.
const NoticeRedacted = "key_redacted"
