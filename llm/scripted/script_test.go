package scripted

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every testdata/*.yaml is a bad script; the file beside it has its errors.
func TestBadScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".err")
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(filepath.Base(file), data)
		var list Errors
		if !errors.As(err, &list) {
			t.Errorf("%s: error %T %v", file, err, err)
			continue
		}
		if got := err.Error() + "\n"; got != string(want) {
			t.Errorf("%s:\n%swant\n%s", file, got, want)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	t.Parallel()
	if _, err := Load(filepath.Join(t.TempDir(), "no.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	s, err := Parse("s", []byte(`
models: {a: {price: {input: 15, cached_input: 1.5, output: 75}}, b: {latency: 1s}}
rules: [{say: x}]`))
	if err != nil {
		t.Fatal(err)
	}
	p, ok := s.Price("a")
	if !ok || p.Input != 15e6 || p.CachedInput != 1.5e6 || p.CacheWrite != 0 || p.Output != 75e6 {
		t.Errorf("%+v, %v", p, ok)
	}
	if _, ok := s.Price("b"); ok {
		t.Error("a model without a price has one")
	}
	if got := strings.Join(s.Models(), " "); got != "a b" {
		t.Errorf("models %s", got)
	}
}
