package textwrap

import (
	"slices"
	"testing"

	"example.com/textwrap/width"
)

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrapWords(t *testing.T) {
	same(t, Wrap("the quick  brown\nfox jumps", Options{Width: 10}), "the quick", "brown fox", "jumps")
}

func TestWrapParagraphs(t *testing.T) {
	same(t, Wrap("one two\n\nthree", Options{Width: 5}), "one", "two", "", "three")
}

func TestWrapIndent(t *testing.T) {
	o := Options{Width: 8, First: "- ", Indent: "  "}
	same(t, Wrap("aa bb cc dd ee", o), "- aa bb", "  cc dd", "  ee")
}

func TestWrapCutsLongWords(t *testing.T) {
	same(t, Wrap("a abcdefgh b", Options{Width: 3}), "a", "abc", "def", "gh", "b")
}

func TestPadWide(t *testing.T) {
	for want, got := range map[string]string{
		"日本  ": Pad("日本", 6, Left), "  日本": Pad("日本", 6, Right), " ab  ": Pad("ab", 5, Center),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{{"hello", 5, "hello"}, {"hello", 4, "hel…"}, {"日本語", 4, "日…"}, {"x", 0, ""}} {
		if got := Truncate(c.s, c.n); got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	rows := [][]string{{"name", "n"}, {"日本", "10"}, {"a", "7"}}
	same(t, Table(rows, Left, Right), "name   n", "日本  10", "a      7")
}

func TestWidth(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "日本": 4, "한글": 4, "a\x07b": 2, "é": 1} {
		if got := width.String(s); got != want {
			t.Errorf("width of %q is %d, want %d", s, got, want)
		}
	}
}
