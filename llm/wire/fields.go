package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// most is beyond what a call can use, in tokens or dollars.
const most = 1e9

// fields are those of a JSON object, each still undecoded: one of an odd form
// is none, and no reason to lose the others.
type fields map[string]json.RawMessage

// fieldsOf decodes an object, or the only element of a list; nil if it is
// neither.
func fieldsOf(raw json.RawMessage) (f fields) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' && raw[0] != '[' {
		return nil // which is told sooner, as most paths lead nowhere
	}
	if json.Unmarshal(raw, &f) == nil {
		return f
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return fieldsOf(list[0])
	}
	return nil
}

// at is what lies at a path of names with dots between; nil if nothing does.
func (f fields) at(path string) json.RawMessage {
	name, rest, deeper := strings.Cut(path, ".")
	raw := f[name]
	for deeper {
		name, rest, deeper = strings.Cut(rest, ".")
		raw = member(raw, name)
	}
	return raw
}

// member is a field of an object, or of the only element of a list, that was decoded as
// a part of another.
func member(raw json.RawMessage, name string) (found json.RawMessage) {
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] == '[' {
		return fieldsOf(raw)[name]
	}
	Fields(raw, func(key, value []byte) {
		if string(key) == name {
			found = value
		}
	})
	return found
}

func (f fields) has(name string) bool { return len(f[name]) > 0 && string(f[name]) != "null" }

// tokens is the largest count among some paths; what is no count is 0.
func (f fields) tokens(paths []string) (n int64) {
	for _, path := range paths {
		if v, ok := number(f.at(path)); ok {
			n = max(n, int64(math.Round(v)))
		}
	}
	return n
}

// number reads a number as servers write them: 12, 12.0 or "12". What no call
// can use is none.
func number(raw json.RawMessage) (float64, bool) {
	raw = bytes.Trim(raw, `" `)
	if len(raw) == 0 || !bytes.ContainsRune([]byte("0123456789+-."), rune(raw[0])) {
		return 0, false // which is told sooner, as most fields are none
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil && math.Abs(f) <= most
}
