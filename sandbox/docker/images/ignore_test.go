package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestIgnored: a build context has what Docker's own client would send.
func TestIgnored(t *testing.T) {
	t.Parallel()
	all := []string{"Dockerfile", "a.txt", "b/", "b/c.txt", "b/d/", "b/d/e.txt", "b/keep.txt", "node/",
		"node/x.js"}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(names, n) })
	}
	for name, test := range map[string]struct {
		ignore, own string // .dockerignore and Dockerfile.dockerignore
		want        []string
	}{
		"nothing":              {"", "", all},
		"a comment":            {"# a.txt\n\n", "", all},
		"a file":               {"a.txt\n", "", without("a.txt")},
		"a directory":          {"node\n", "", without("node/", "node/x.js")},
		"any depth":            {"**/*.txt", "", without("a.txt", "b/c.txt", "b/keep.txt", "b/d/e.txt")},
		"one level":            {"*/*.txt", "", without("b/c.txt", "b/keep.txt")},
		"but for":              {"b\n!b/keep.txt\n", "", without("b/", "b/c.txt", "b/d/", "b/d/e.txt")},
		"the Dockerfile":       {"*\n!a.txt", "", []string{"Dockerfile", "a.txt"}},
		"the Dockerfile's own": {"a.txt", "node", without("node/", "node/x.js")},
		"an own empty one":     {"a.txt", "# nothing", all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := map[string]string{".dockerignore": test.ignore, "Dockerfile.dockerignore": test.own}
			for _, f := range all {
				if !strings.HasSuffix(f, "/") {
					files[f] = "x"
				}
			}
			for f, text := range files {
				if text == "" {
					continue
				}
				f = filepath.Join(dir, f)
				if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(f, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := namesPacked(t, dir); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".dockerignore"), []byte("a[\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := packed(io.Discard, dir); err == nil {
		t.Error("a pattern that is none is taken")
	}
}

// namesPacked are what a build context has, but for what says what is ignored.
func namesPacked(t *testing.T, dir string) (names []string) {
	t.Helper()
	var b bytes.Buffer
	if err := packed(&b, dir); err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, ".dockerignore") {
			names = append(names, h.Name)
		}
	}
}
