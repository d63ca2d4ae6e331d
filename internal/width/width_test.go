package width_test

import (
	"io"
	"strings"
	"testing"

	"bench/internal/width"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "abc": 3, "–·█…": 4, "日本": 4, "한국": 4, "ｆｕｌｌ": 8, "🚀": 2, "e\u0301": 1, "👩\u200d💻": 2, "❤️": 2,
		"🇩🇪": 2, "a\u200bb": 2,
	} {
		if got := width.Of(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestClipAndPad(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		clip string
		left string
	}{
		{"abc", 3, "abc", "abc"}, {"abcd", 3, "ab…", "ab…"}, {"ab", 4, "ab", "ab  "},
		{"日本語", 6, "日本語", "日本語"}, {"日本語", 5, "日本…", "日本…"}, {"日本語", 4, "日…", "日… "},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…", "e\u0301…"}, {"🚀🚀", 3, "🚀…", "🚀…"}, {"日", 1, "…", "…"},
		{"abc", 0, "", ""},
	} {
		got := width.Clip(c.text, c.n)
		if got != c.clip || width.Of(got) > c.n {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.n, got, c.clip)
		}
		if left := width.Left(got, c.n); left != c.left {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.n, left, c.left)
		}
	}
	if got := width.Right("日", 5); got != "   日" {
		t.Errorf("got %q", got)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	if got := width.Line("a\tb\r\nc\x1b[2J\x7f\u009bd\u2028e\xff"); got != "a b  c [2J  d e?" {
		t.Errorf("got %q", got)
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"", 10, ""}, {"one two", 7, "one two"}, {"one two", 6, "one/  two"},
		{" one two three", 8, " one two/  three"}, {"unbreakable word", 5, "unbreakable/  word"},
		{"日本語 日本語", 9, "日本語/  日本語"}, {"a  b", 10, "a b"},
		{"less (5 to 67 %).", 14, "less (5 to/  67 %)."},
	} {
		if got := strings.Join(width.Wrap(c.text, "  ", c.n), "/"); got != c.want {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	if n := width.For(width.Screen{Writer: io.Discard, Columns: 72}); n != 72 {
		t.Errorf("a screen of 72 has %d", n)
	}
	if n := width.For(io.Discard); n != width.Usual {
		t.Errorf("got %d", n)
	}
}
