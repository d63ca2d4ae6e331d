package inifile

import (
	"errors"
	"strings"
)

var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '"': '"', '\\': '\\'}

// unquote resolves the escapes of a quoted value; others stay as they are.
func unquote(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			if i != len(s)-1 {
				return "", errors.New("text after the closing quote")
			}
			return b.String(), nil
		case '\\':
			i++
			if i == len(s) {
				return "", errors.New("quote is not closed")
			}
			e, ok := escapes[s[i]]
			if !ok {
				return "", errors.New(`unknown escape \` + s[i:i+1])
			}
			b.WriteByte(e)
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("quote is not closed")
}

var quoter = strings.NewReplacer(
	`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`,
)

func quote(s string) string { return `"` + quoter.Replace(s) + `"` }

// needsQuotes reports whether a value would be read back differently if it
// were written as it is.
func needsQuotes(s string) bool {
	return s != strings.TrimSpace(s) || strings.HasPrefix(s, `"`) ||
		strings.HasSuffix(s, `\`) || strings.ContainsAny(s, "\n\r")
}
