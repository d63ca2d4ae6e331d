package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bench/config"
)

// FuzzParse: whatever the file and the flag, there is a configuration or a
// list of mistakes, never a panic; and what was accepted is accepted again
// after storing.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, "limits.cost_usd=5")
			f.Add(b, "dataset.ids[0]=[x")
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, set string) {
		o := options(env(), set)
		c, err := config.Parse("testdata/good/fuzz.yaml", text, o)
		if err != nil {
			var all config.Errors
			if !errors.As(err, &all) || len(all) == 0 || err.Error() == "" {
				t.Fatalf("error %v of type %T", err, err)
			}
			return
		}
		c.BenchConfigurations()
		o.Set = nil
		again, err := config.Parse("testdata/good/fuzz.yaml", c.Resolved(), o)
		if err != nil {
			t.Fatalf("accepted, and refused after storing: %v\n%s", err, c.Resolved())
		}
		if string(again.Resolved()) != string(c.Resolved()) {
			t.Fatalf("stored twice:\n%s\n%s", c.Resolved(), again.Resolved())
		}
	})
}
