package datasets

import (
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bench/internal/require"
)

func TestPythonList(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string][]string{
		`[]`: {}, ` [ ] `: {}, `['a']`: {"a"}, `["a", 'b',]`: {"a", "b"}, `['a', "b's"]`: {"a", "b's"},
		`['\'"']`: {`'"`}, `['\\n\n\t']`: {"\\n\n\t"}, `['\x41\u00e4\U0001F600\101\0']`: {"Aä😀A\x00"},
		`['a\/b\q']`: {`a\/b\q`}, "['a\\\nb']": {"ab"}, "[\n'a' ,\n'b'\n]": {"a", "b"},
		`['tests/x.py::t[a, b]']`: {"tests/x.py::t[a, b]"},
	} {
		if got, err := pythonList(literal); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", literal, got, err, want)
		}
	}
	for _, bad := range []string{
		``, `a`, `['a'`, `['a' 'b']`, `[a]`, `[1]`, `[None]`, `['a]`, "['a\nb']", `['''a''']`, `[f'a']`,
		`['a'] + []`, `['\N{DASH}']`, `['\x4']`, `['\ud800']`, `('a',)`, `['a'],`, `[['a']]`, `['\`,
	} {
		if got, err := pythonList(bad); err == nil {
			t.Errorf("%s is read as %q", bad, got)
		}
	}
}

// TestPythonAgrees: Python's own reader says the same.
func TestPythonAgrees(t *testing.T) {
	t.Parallel()
	python := require.Program(t, "python3")
	const text = "a'b\"c\\d\te\nf\x01ä😀\u2028[x, 'y']"
	out, err := exec.Command(python, "-c", "import sys; print([sys.argv[1], 'x', \"it's\"])", text).Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := pythonList(string(out))
	if err != nil || !slices.Equal(got, []string{text, "x", "it's"}) {
		t.Errorf("%s: %q, %v", out, got, err)
	}
}

func FuzzPythonList(f *testing.F) {
	f.Add("it's", `"b"`)
	f.Add("\\\n\x00", "ä😀")
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = pythonList(a) // whatever it is, it ends
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		got, err := pythonList("[" + strconv.QuoteToASCII(a) + ", " + strconv.QuoteToASCII(b) + "]")
		if err != nil || !slices.Equal(got, []string{a, b}) {
			t.Errorf("%q, %q: %q, %v", a, b, got, err)
		}
	})
}

func FuzzTOML(f *testing.F) {
	f.Add("[a]\nb = \"c\\n\" # d\n[[e]]\nf = [1, {g = 'h'}]\n")
	f.Add("a.\"b c\" = \"\"\"\nx \\\n  y\"\"\"\nd = 2026-01-02\n")
	f.Fuzz(func(t *testing.T, s string) {
		first, err := readTOML(s)
		again, errAgain := readTOML(s + "\n# a comment changes nothing\n")
		if err == nil && (errAgain != nil || !reflect.DeepEqual(first, again)) {
			t.Errorf("%q: %v, then %v, %v", s, first, again, errAgain)
		}
	})
}

func FuzzReversed(f *testing.F) {
	f.Add("diff --git a/x b/y\nrename from x\nrename to y\n--- a/x\n+++ b/y\n@@ -1,2 +1,2 @@ f\n a\n-b\n+c\n")
	f.Add("diff --git a/x b/x\nnew file mode 100644\nindex 00..11\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+c\n\\ No newline at end of file\n")
	f.Fuzz(func(t *testing.T, patch string) {
		once, err := reversed(patch)
		if err != nil {
			return
		}
		twice, err := reversed(once)
		if err != nil || strings.Count(twice, "\n") != strings.Count(patch, "\n") {
			t.Errorf("%q becomes %q, then %q, %v", patch, once, twice, err)
		}
	})
}

// TestLongLiterals: time grows with the length, and depth has an end.
func TestLongLiterals(t *testing.T) {
	t.Parallel()
	const n = 200_000
	if got, err := pythonList("[" + strings.Repeat(`'a\n', `, n) + "]"); err != nil || len(got) != n {
		t.Errorf("%d items, %v", len(got), err)
	}
	if _, err := readTOML("a = " + strings.Repeat("[", n)); err == nil {
		t.Error("arrays without end are read")
	}
	if _, err := readTOML("a = [" + strings.Repeat("'x', ", n) + "]"); err != nil {
		t.Error(err)
	}
}
