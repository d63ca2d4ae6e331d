package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden files of the scripts")

// TestMain lets scripts, and sandboxes made by the tests, call this binary as
// bench, and as the small programs in programs_test.go.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"bench":    main,
		"await":    await,
		"code":     code,
		"jsonkeys": jsonKeys,
		"night":    night,
		"query":    query,
		"request":  request,
		"steady":   steady,
		"stubborn": stubborn,
		"timeless": timeless,
	})
}

// TestScripts runs the real binary against scripted models: one file per verb
// and case, in testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "testdata/script")
}

// runScripts runs the scripts of a directory. They find the checkout in ROOT
// and the demo experiment in DEMO.
func runScripts(t *testing.T, dir string) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"canned": canned, "demo": demo, "exits": exits, "registry": registry,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("DEMO", filepath.Join(root, "cmd", "bench", "testdata", "demo"))
			env.Setenv("NO_COLOR", "1")
			env.Setenv("BENCH_CACHE", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("RUN", fmt.Sprintf("test-%d-%s", os.Getpid(), filepath.Base(env.WorkDir)))
			return inherit(env)
		},
	})
}

// inherit passes on what Go and the Docker client need to know.
func inherit(env *testscript.Env) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	env.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	for _, name := range []string{
		"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS", "GOTOOLCHAIN",
		"DOCKER_HOST", "DOCKER_CONTEXT", "BENCH_CORPUS",
	} {
		if v := os.Getenv(name); v != "" {
			env.Setenv(name, v)
		}
	}
	return nil
}
