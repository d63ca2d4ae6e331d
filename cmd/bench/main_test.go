package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bench/sandbox/helper"
)

var update = flag.Bool("update", false, "rewrite the golden files of the scripts")

// TestMain lets scripts, and sandboxes made by the tests, call this binary as
// bench.
func TestMain(m *testing.M) {
	helper.Main()
	testscript.Main(m, map[string]func(){"bench": main})
}

// TestScripts runs the real binary against scripted models: one file per verb
// and case, in testdata/script.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			// Go tasks of the quickstart share the caller's build cache.
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "HOME"} {
				if v := os.Getenv(name); v != "" {
					env.Setenv(name, v)
				}
			}
			return nil
		},
	})
}
