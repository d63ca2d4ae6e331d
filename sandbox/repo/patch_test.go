package repo

import (
	"strings"
	"testing"
)

// FuzzReadPatch: what is read is what was printed; anything else is an error.
func FuzzReadPatch(f *testing.F) {
	f.Add([]byte("0 0 0\n"))
	f.Add([]byte("4 5 4\na\x00b\x00patchin\nw"))
	f.Add([]byte("1 -1 0\n"))
	f.Add([]byte("9999999999999999999 0 0\n"))
	f.Add([]byte("3 0 0\na\x00"))
	f.Fuzz(func(t *testing.T, out []byte) {
		p, err := readPatch(out)
		if err != nil {
			return
		}
		names := ""
		if len(p.Files) > 0 {
			names = strings.Join(p.Files, "\x00")
		}
		_, rest, _ := strings.Cut(string(out), "\n")
		text, left := p.Text, strings.Join(p.Left, "\n")
		for _, end := range []string{"", "\x00"} {
			if rest == names+end+text+left || rest == names+end+text+left+"\n" {
				return
			}
		}
		t.Errorf("%q became %q, %q and %q", out, p.Files, text, left)
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
