package images

import (
	"strings"
	"testing"

	"bench"
)

func TestCanBePulled(t *testing.T) {
	t.Parallel()
	official := bench.Task{InstanceID: "x", Image: "swebench/sweb.eval.x86_64.x:latest"}
	for name, c := range map[string]struct {
		architecture string
		platform     string
		task         bench.Task
		refused      string
	}{
		"an x86 engine":       {"amd64", "", official, ""},
		"an ARM engine":       {"arm64", "", official, "the engine's architecture is arm64"},
		"emulated":            {"arm64", "linux/amd64", official, ""},
		"as the harness says": {"arm64", "linux/x86_64", official, ""},
		"the wrong platform":  {"amd64", "linux/arm64/v8", official, "sandbox.platform's architecture is arm64"},
		"one's own image":     {"arm64", "", bench.Task{Image: "acme/rocket:1"}, ""},
		"Pro": {"arm64", "", bench.Task{Image: "jefzda/sweap-images:a.b"},
			"jefzda/sweap-images:a.b"},
		"with its registry": {"riscv64", "", bench.Task{Image: "docker.io/mswebench/a_m_b:pr-1"},
			"docker.io/mswebench/a_m_b:pr-1"},
		"built here": {"arm64", "", bench.Task{
			Image: official.Image, Source: bench.Source{BaseImage: "debian:12"},
		}, ""},
	} {
		err := canBePulled(c.architecture, c.platform, c.task)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.refused == "":
		case err == nil || !strings.Contains(err.Error(), c.refused) ||
			!strings.Contains(err.Error(), "sandbox.platform: linux/amd64"):
			t.Errorf("%s: got error %v", name, err)
		case bench.ExitStatusOf(err) != bench.ExitUsage:
			t.Errorf("%s: the exit status is %d", name, bench.ExitStatusOf(err))
		}
	}
}

func TestHasRoom(t *testing.T) {
	t.Parallel()
	small, large := bench.Machine{CPUs: 2, Memory: 1 << 30}, bench.Machine{CPUs: 8}
	judged := func(m bench.Machine) *bench.Judging {
		return &bench.Judging{Verifier: &bench.Verifier{Machine: m}}
	}
	for name, c := range map[string]struct {
		task bench.Task
		fits bool
	}{
		"asks for nothing":    {bench.Task{}, true},
		"as much as there is": {bench.Task{Machine: small, Judging: judged(small)}, true},
		"too many CPUs":       {bench.Task{Machine: large}, false},
		"a verifier's CPUs":   {bench.Task{Machine: small, Judging: judged(large)}, false},
		"too much memory":     {bench.Task{Machine: bench.Machine{Memory: 2 << 30}}, false},
	} {
		if err := hasRoom(2, 1<<30, c.task); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
