package config_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/config"
)

var update = flag.Bool("update", false, "rewrite golden files")

// options are those of every test: nothing of this machine's environment.
func options(env map[string]string, set ...string) config.Options {
	return config.Options{
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Set: set,
		Prices: func(model string) (bench.Price, bool) {
			p, ok := map[string]bench.Price{
				"acme/big": {ID: "table:acme/big", Rates: bench.Rates{
					Input: bench.PerMillion(15), CachedInput: bench.PerMillion(1.5),
					CacheWrite: bench.PerMillion(18.75), Output: bench.PerMillion(75),
				}, Tiers: []bench.Tier{{Above: 200_000, Rates: bench.Rates{
					Input: bench.PerMillion(30), CachedInput: bench.PerMillion(3),
					CacheWrite: bench.PerMillion(37.5), Output: bench.PerMillion(112.5),
				}}}},
				"acme/small": {ID: "table:acme/small", Rates: bench.Rates{
					Input: bench.PerMillion(0.6), CachedInput: bench.PerMillion(0.11),
					CacheWrite: bench.PerMillion(0.6), Output: bench.PerMillion(2.2),
				}},
			}[model]
			return p, ok
		},
		Priced:  []string{"acme/big", "acme/small", "claude-opus-5"},
		Sources: []string{"swe-bench-verified", "swe-bench-lite"},
	}
}

func env() map[string]string {
	return map[string]string{"KEY": "sk-secret-value", "NAME": "n", "EMPTY": "",
		"USER_NAME": "user", "PASSWORD": "pass", "URL_KEY": "secret"}
}

// flags are the "# set: …" lines at the head of a file.
func flags(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var set []string
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "# set: "); ok {
			set = append(set, text)
		}
	}
	return set
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s\nwant:\n%s", path, got, want)
	}
}

func files(t *testing.T, pattern string, atLeast int) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < atLeast {
		t.Fatalf("%s: %d files, want at least %d", pattern, len(found), atLeast)
	}
	return found
}

// TestBad holds every message to its letter.
func TestBad(t *testing.T) {
	for _, path := range files(t, "testdata/bad/*.yaml", 16) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(path, options(env(), flags(t, path)...))
			var all config.Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("Load = %v, want Errors", err)
			}
			var one *config.Error
			if !errors.As(err, &one) {
				t.Error("a single Error is not reachable with errors.As")
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".want", err.Error()+"\n")
		})
	}
}
