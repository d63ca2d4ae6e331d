package docker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/system"

	"bench"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/sandboxtest"
)

// TestPodman: what sandboxes are on Docker they are on a real Podman.
func TestPodman(t *testing.T) {
	host := require.Podman(t, minimal)
	t.Setenv("DOCKER_HOST", host)
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"what an agent may", TestWhatAnAgentMay},
		{"labels and image", TestLabelsAndImage},
		{"out of memory", TestOutOfMemory},
		{"files and core dumps", TestUlimits},
		{"container that ends", TestContainerThatEnds},
		{"container that is removed", TestContainerThatIsRemoved},
		{"reap", TestReap},
		{"helper volume", TestHelperVolume},
		{"helper's lock of the dead", TestHelperLockOfTheDead},
		{"prune of built images", TestPruneOfBuiltImages},
		{"read-only system", noReadOnlySystem},
		{"its name", itsName},
		{"conformance", func(t *testing.T) {
			pool, task := newPool(t, Options{}), onImage(t, minimal)
			sandboxtest.Run(t, func(t *testing.T) sandbox.Sandbox {
				return open(t, pool, task, sandbox.ForAgent)
			})
		}},
	} {
		t.Run(c.name, c.test)
	}
}

// noReadOnlySystem: what it would take and leave out is refused.
func noReadOnlySystem(t *testing.T) {
	_, err := New(t.Context(), Options{ReadOnlySystem: true})
	if err == nil || !strings.Contains(err.Error(), "sandbox.read_only_system") {
		t.Errorf("it is accepted: %v", err)
	}
}

// itsName: it is called by its name, and enforces limits.
func itsName(t *testing.T) {
	p := newPool(t, Options{Limits: Limits{CPUs: 1}})
	version, err := p.Version(t.Context())
	if err != nil || !strings.HasPrefix(version, "Podman ") {
		t.Errorf("%q, %v", version, err)
	}
	found := p.Examine(t.Context(), []bench.Task{onImage(t, minimal)}, 1, 1)
	if found[0].Name != "engine" || !strings.HasPrefix(found[0].Text, "Podman ") {
		t.Errorf("%+v", found)
	}
}

// TestBounded: an engine that leaves limits out is told from one that enforces them.
func TestBounded(t *testing.T) {
	t.Parallel()
	all := system.Info{
		MemoryLimit: true, SwapLimit: true, PidsLimit: true, CPUCfsQuota: true, CgroupVersion: "2",
	}
	half := all
	half.PidsLimit = false
	for name, c := range map[string]struct {
		info      system.Info
		unbounded bool
		want      string
	}{
		"all":                    {all, false, "memory, processes and processors"},
		"all are left out":       {all, true, "cannot limit memory and pids and cpus"},
		"one control group less": {half, false, "cannot limit pids ("},
	} {
		var found bench.Checks
		(&Pool{o: Options{Limits: Limits{CPUs: 1}}}).bounded(&found, c.info, c.unbounded)
		if len(found) != 1 || !strings.Contains(found[0].Text, c.want) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// TestRootless: what Podman says of itself is read.
func TestRootless(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"Rootless":true}`: "true <nil>", `{"Rootless":false}`: "false <nil>",
		`{}`: "false it does not say", `nonsense`: "false it does not say",
	} {
		host := answering(t, "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nConnection: close\r\n\r\n"+body)
		p, err := connect(Options{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		is, err := (&Pool{engine: p}).rootless(t.Context())
		if got := fmt.Sprint(is, " ", err); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", body, got)
		}
	}
}
