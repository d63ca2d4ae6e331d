package repo

import (
	"strings"
	"testing"
)

// FuzzReadPatch: what is read is what was printed; anything else is an error.
func FuzzReadPatch(f *testing.F) {
	f.Add([]byte("0 0\n"))
	f.Add([]byte("5 4\npatchin\nw"))
	f.Add([]byte("51 0\ndiff --git a/b b/b\nold mode 100644\nnew mode 100755\n"))
	f.Add([]byte("-1 0\n"))
	f.Add([]byte("9999999999999999999 0\n"))
	f.Add([]byte("3 0\na\x00"))
	f.Fuzz(func(t *testing.T, out []byte) {
		p, err := readPatch(out)
		if err != nil {
			return
		}
		_, rest, _ := strings.Cut(string(out), "\n")
		said := p.Text + strings.Join(p.Left, "\n")
		if rest == said || rest == said+"\n" {
			return
		}
		t.Errorf("%q became %q and %q", out, p.Text, p.Left)
	})
}

func TestReadPatchErrors(t *testing.T) {
	t.Parallel()
	for _, out := range []string{"", "x", "1", "4 5\na", "5 4\n", "-1 1\n", "1 1\nabc", "a b\n"} {
		if p, err := readPatch([]byte(out)); err == nil {
			t.Errorf("%q became %+v", out, p)
		}
	}
}
