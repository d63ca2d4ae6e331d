package wire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are the escaped characters of JSON strings: RFC 8259, section 7.
var escapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// AppendText appends what stands between the quotes of a JSON string, decoded.
// It allocates nothing beyond dst, since streams have thousands of such strings.
// It reports false where the text holds a quote or an escape that is none; what
// was appended is then of no use.
func AppendText(dst, text []byte) ([]byte, bool) {
	for {
		plain := bytes.IndexAny(text, `\"`)
		if plain < 0 {
			return append(dst, text...), true
		}
		dst = append(dst, text[:plain]...)
		if text[plain] == '"' || plain+1 >= len(text) {
			return dst, false
		}
		kind := text[plain+1]
		text = text[plain+2:]
		if kind != 'u' {
			if escapes[kind] == 0 {
				return dst, false
			}
			dst = append(dst, escapes[kind])
			continue
		}
		r, used := unicodeEscape(text)
		if used == 0 {
			return dst, false
		}
		dst, text = utf8.AppendRune(dst, r), text[used:]
	}
}

// unicodeEscape reads the digits behind \u, and those of a second half; used is
// 0 if they are none. Half a pair alone becomes U+FFFD, as encoding/json has it.
func unicodeEscape(text []byte) (r rune, used int) {
	first, ok := hex4(text)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 4
	}
	if rest, found := bytes.CutPrefix(text[4:], []byte(`\u`)); found {
		if second, ok := hex4(rest); ok {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex4(text []byte) (rune, bool) {
	if len(text) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[:4]), 16, 32)
	return rune(n), err == nil
}
