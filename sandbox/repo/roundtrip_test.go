package repo_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bench/sandbox/repo"
)

// TestRoundTrip: whatever is done to a work tree, the patch does it again.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			dir := t.TempDir()
			scramble(t, r, dir, 30)
			sh(t, dir, "git init -q .; git add -A; git commit -q --allow-empty -m base")
			scramble(t, r, dir, 5) // dirt
			// Git does not see empty directories, and puts no file in their place.
			sh(t, dir, "find . -not -path './.git/*' -type d -empty -delete")
			b := box{dir: dir}
			base, err := repo.TakeBaseline(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			fresh := filepath.Join(t.TempDir(), "fresh")
			sh(t, dir, "cp -a . "+fresh)
			var before repo.Patch
			for range 3 {
				scramble(t, r, dir, 8)
				p, err := repo.Diff(t.Context(), b, base)
				if err != nil {
					t.Fatal(err)
				}
				before = p
			}
			if err := repo.Apply(t.Context(), box{dir: fresh}, before.Text); err != nil {
				t.Fatalf("%v\n%s", err, before.Text)
			}
			same(t, fresh, dir)
		})
	}
}

var names = []string{
	"a", "b", "c/d", "c/e", "c", "f/g/h", "f", "sp ace", "q\"uote", "new\nline", "caf\xe9", "-x", "é.txt",
	"back\\slash", "g.lock", "tab\t", "a b/c d", "'", "$HOME", "*", "trailing ", "[x]", "c/.hidden", "!",
}

// scramble makes n random edits below dir. What stands in the way goes.
func scramble(t testing.TB, r *rand.Rand, dir string, n int) {
	t.Helper()
	for range n {
		path := filepath.Join(dir, names[r.IntN(len(names))])
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && r.IntN(3) > 0 {
			edit(t, r, path)
			continue
		}
		for p := filepath.Dir(path); p != dir; p = filepath.Dir(p) {
			if info, err := os.Lstat(p); err == nil && !info.IsDir() {
				must(t, os.Remove(p))
			}
		}
		must(t, os.RemoveAll(path))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		switch r.IntN(8) {
		case 0: // stays deleted
		case 1:
			must(t, os.Symlink(names[r.IntN(len(names))], path))
		default:
			must(t, os.WriteFile(path, content(r), 0o644))
		}
	}
}

func edit(t testing.TB, r *rand.Rand, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	lines := bytes.SplitAfter(b, []byte("\n"))
	switch i := r.IntN(len(lines)); r.IntN(6) {
	case 0:
		lines[i] = nil
	case 1:
		lines[i] = append(slices.Clone(lines[i]), content(r)...)
	case 2:
		lines[i] = []byte("changed \r\n")
	case 3:
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.Chmod(path, info.Mode()^0o111))
	case 4:
		must(t, os.Rename(path, path+"~"))
		return
	default:
		lines = append(lines, []byte("end"))
	}
	must(t, os.WriteFile(path, bytes.Join(lines, nil), 0o644))
}

func content(r *rand.Rand) []byte {
	var b []byte
	eol := []string{"\n", "\n", "\r\n", "\r"}[r.IntN(4)]
	for range r.IntN(40) {
		b = append(b, fmt.Sprint(r.IntN(50), eol)...)
	}
	switch r.IntN(6) {
	case 0:
		b = append(b, "no newline"...)
	case 1:
		b = append(b, 0, 0xff, byte(r.IntN(256)))
	}
	return b
}
