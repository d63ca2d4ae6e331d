package strictyaml

import (
	"strings"
	"testing"
)

// What the YAML library cannot say, or says in words of its own, is said with a place.
func TestSyntaxHints(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ place, hint string }{
		"a: 1\n\tb: 2\n":              {"x.yaml:2:1", "not by tabs"},
		"a:\u00a0b\nc: {d: e}\n":      {"x.yaml:2:2", "no-break space"},
		"a: {b: ${C}, d: 1}\n":        {"x.yaml:1:9", `goes in quotes: "${NAME}"`},
		"a: {b: 1 c: 2}\n":            {"x.yaml:1:11", "a comma or a closing bracket"},
		"a: \"b\nc: 1\n":              {"x.yaml:1:4", "never closed"},
		"a:\n  b: 1\n   c: 2\n":       {"x.yaml:3:5", "indented like those beside it"},
		"a:\n   b: {}\n  c: {}\n":     {"x.yaml:3:3", "begin in the same column"},
		"a: 1\nb: \"c\x07\"\n":        {"x.yaml:2:6", "remove the character"},
		"---\n# a\na: 1\n---\nb: 2\n": {"x.yaml:4:1", "begins another document"},
	} {
		_, errs := Parse(NewSource("x.yaml", []byte(text)), []byte(text))
		if len(errs) != 1 || errs[0].Place.String() != want.place ||
			!strings.Contains(errs[0].Hint, want.hint) {
			t.Errorf("%q: %v, want %s and a hint with %q", text, errs, want.place, want.hint)
		}
	}
}
