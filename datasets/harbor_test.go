package datasets_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/datasets"
)

// TestHarbor: Harbor's task folders are read, and what is not to be had here is said.
func TestHarbor(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, datasets.Options{Path: "testdata/harbor"})
	if len(set.Tasks) != 2 {
		t.Fatalf("%d tasks", len(set.Tasks))
	}
	plain, rocket := set.Tasks[0], set.Tasks[1]
	if plain.InstanceID != "plain" || plain.Repo != "harbor/plain" || plain.Image != "" ||
		plain.ProblemStatement != "Say hello.\n" || plain.Judging.Lacks != "" ||
		!strings.HasSuffix(plain.Source.Context, "plain/environment") || plain.HasSolution() {
		t.Errorf("%+v", plain)
	}
	if rocket.InstanceID != "rocket-period" || rocket.Repo != "acme/rocket-period" ||
		rocket.Image != "acme/rocket:1" || !strings.Contains(rocket.Judging.Lacks, "(steps)") ||
		rocket.Verifier() != nil {
		t.Errorf("%+v", rocket)
	}
	one := mustLoad(t, datasets.Options{Path: "testdata/harbor/plain"})
	if len(one.Tasks) != 1 || one.Fingerprint == set.Fingerprint {
		t.Errorf("%+v", one)
	}
}

// harborFolder writes a task folder.
func harborFolder(t *testing.T, toml string, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(files, "instruction.md", "tests/test.sh") {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), []byte("x"))
	}
	write(t, filepath.Join(dir, "task.toml"), []byte(toml))
	return dir
}

// TestHarborVerifier: what task.toml says of machines and of the verifier.
func TestHarborVerifier(t *testing.T) {
	t.Parallel()
	dir := harborFolder(t, `schema_version = "1.4"
artifacts = [{ source = "/logs/artifacts/answer.diff", destination = "x" }, "/logs/artifacts/"]
[metadata]
base_commit_hash = "deda68979c842e1f566c6e259824e623aff1d6e2"
[agent]
timeout_sec = 90.5
network_mode = "no-network"
[verifier]
timeout_sec = 1_800
env = { B = "2", A = "1" }
user = "root"
[verifier.environment]
memory_mb = 2048
network_mode = "no-network"
[verifier.environment.env]
C = "3"
[[verifier.collect]]
command = "make it"
[solution.env]
S = "x"
[environment]
docker_image = "acme/rocket:1"
workdir = "/app"
cpus = 2
network_mode = "public"
`, "tests/Dockerfile", "pre_artifacts.sh", "solution/solve.sh")
	task := mustLoad(t, datasets.Options{Path: dir}).Tasks[0]
	v := task.Verifier()
	if v == nil {
		t.Fatal(task.Judging.Lacks)
	}
	got := map[string]any{
		"commit": task.BaseCommit[:4], "wall": task.Wall, "machine": task.Machine,
		"workdir": task.Source.Workdir, "timeout": task.Judging.Timeout, "env": v.Env,
		"separate": v.Separate, "upload": v.Upload, "verifier": v.Machine, "patch": v.Patch,
		"context": filepath.Base(v.Source.Context), "build": v.Source.BuildTime,
		"collect": v.Collect, "solution": v.Solution, "gold": task.HasSolution(),
	}
	want := map[string]any{
		"commit": "deda", "wall": 90500 * time.Millisecond,
		"machine": bench.Machine{CPUs: 2, Offline: true}, "workdir": "/app",
		"timeout": 30 * time.Minute, "env": []string{"A=1", "B=2"},
		"separate": true, "upload": false,
		"verifier": bench.Machine{Memory: 2 << 30, Offline: true, Env: []string{"C=3"}},
		"patch":    "/logs/artifacts/answer.diff",
		"context":  "tests", "build": 10 * time.Minute,
		"collect": []bench.Collect{
			{Name: "verifier.collect", Script: "make it", Timeout: time.Minute},
			{Name: "pre_artifacts.sh", Script: "x", Timeout: 5 * time.Minute},
		},
		"solution": []string{"S=x"}, "gold": true,
	}
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			t.Errorf("%s: %+v, want %+v", key, got[key], want[key])
		}
	}
	inside := task.InVerifier()
	if inside.Image != "" || inside.Source.Context != v.Source.Context || inside.Machine.CPUs != 0 {
		t.Errorf("%+v", inside)
	}
}

// TestHarborLacks: what needs more than a patch is refused by the name of the key.
func TestHarborLacks(t *testing.T) {
	t.Parallel()
	const image = "[environment]\ndocker_image = 'x'\n"
	for toml, want := range map[string]string{
		"":                                 "an image (environment.docker_image or environment/Dockerfile)",
		"version = '1.5'\n" + image:        "what is new in schema_version 1.5 (up to 1.4 is known)",
		"version = '1.10'\n" + image:       "what is new in schema_version 1.10 (up to 1.4 is known)",
		image + "gpus = 1":                 "1 GPUs (environment.gpus)",
		image + "os = 'Windows'":           "windows containers (environment.os)",
		image + "mcp_servers = []":         "what environment.mcp_servers asks for",
		image + "new = 1":                  "the meaning of the key environment.new",
		image + "network_mode='allowlist'": "a network of certain hosts (environment.network_mode)",
		image + "env = { K = '${K}' }":     `a variable of your machine (environment.env.K = "${K}")`,
		image + "[agent]\nuser = 'me'":     "another user than root (agent.user = me)",
		"artifacts = ['/app/out']\n" + image: "the agent's own container, from which it takes /app/out " +
			"(artifacts)",
		"artifacts = ['/a.patch', '/b.patch']\n" + image: "one answer: there are /a.patch, /b.patch " +
			"(artifacts)",
		"artifacts = [{source = '/l', service = 'db'}]\n" + image: "the container db (artifacts.service)",
		image + "[verifier]\nenvironment_mode = 'separate'": "an answer that is a patch (artifacts names " +
			"none, and nothing makes one)",
		image + "[verifier.environment]\ncpus = 1": "an image (verifier.environment.docker_image or " +
			"tests/Dockerfile)",
		image + "[[verifier.collect]]\nservice = 'db'": "the container db (verifier.collect.service)",
	} {
		task := mustLoad(t, datasets.Options{Path: harborFolder(t, toml)}).Tasks[0]
		if !strings.Contains(task.Judging.Lacks, want) || task.Verifier() != nil {
			t.Errorf("%s: lacks %q, want %q", toml, task.Judging.Lacks, want)
		}
	}
	for name, want := range map[string]string{
		"environment/docker-compose.yaml": "several containers (environment/docker-compose.yaml)",
		"environment/data":                "files that Harbor copies into the container (environment",
	} {
		task := mustLoad(t, datasets.Options{Path: harborFolder(t, image, name)}).Tasks[0]
		if !strings.Contains(task.Judging.Lacks, want) {
			t.Errorf("%s: lacks %q, want %q", name, task.Judging.Lacks, want)
		}
	}
}

// TestHarborBad: what is wrong with a task.toml is said with its line.
func TestHarborBad(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a = 1\nb":                      "line 2: no = after b",
		"a = ":                          "line 1: a: no value",
		"a = 1\na = 2":                  "line 2: a is given twice",
		"a = \"x":                       "line 1: a: the text has no end",
		"a = \"x\ny\"":                  "line 1: a: the text has no end",
		"a = \"\\q\"":                   "line 1: a: an escape that does not exist",
		"[a\nb = 1":                     "line 1: the name of a table does not end",
		"a = [1, 2\nb = 3":              "neither a comma nor ] follows",
		"schema_version = 'x'":          "line 1: schema_version: expected a version such as \"1.4\"",
		"[environment]\nmemory_mb=1e30": "line 2: environment.memory_mb: expected a number of megabytes",
		"a = {b 1}":                     "line 1: a: no = after b",
		"a = yes":                       `line 1: a: "yes" is no value`,
		"a = 1 b = 2":                   `line 1: a: "1 b = 2" is no value`,
		"a = \"x\" b":                   "line 1: more follows on the line",
		"\n\n= 1":                       "line 3: no key where one should be",
		"[[a]\nb = 1":                   "line 1: the name of a table does not end",
		"a = '''\n\n'''\nb = \"\\u12":   "line 4: b: the text has no end",
		"a = 1\n[a.b]":                  "line 2: a is no table",
		"a = 1\n[[a]]":                  "line 2: a is given twice",
		"[verifier]\ntimeout_sec = 'x'": "line 2: verifier.timeout_sec: expected a number that is not negative",
		"[environment]\nworkdir = 'x'":  "line 2: environment.workdir: expected an absolute path",
		"environment = 1":               "line 1: environment: expected a table",
		"[agent]\nnetwork_mode = 'on'":  "line 2: agent.network_mode: expected no-network, public or allowlist",
		"[verifier]\nenvironment_mode = 'shared'\nenvironment = {}": "line 2: verifier.environment_mode: " +
			"expected separate, because there is a verifier.environment",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "task.toml"), []byte(text))
		write(t, filepath.Join(dir, "instruction.md"), []byte("x"))
		_, err := datasets.Load(t.Context(), datasets.Options{Path: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "task.toml"), []byte("a = 1"))
	_, err := datasets.Load(t.Context(), datasets.Options{Path: dir})
	if err == nil || !strings.Contains(err.Error(), "instruction.md: the file is missing") {
		t.Error(err)
	}
}
