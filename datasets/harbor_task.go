package datasets

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/internal/plainfile"
)

// What task.toml leaves open is as Harbor has it.
const (
	harborMajor       = 1 // of the last schema that is known here
	harborMinor       = 4
	harborBuildTime   = 10 * time.Minute
	harborVerifyTime  = 10 * time.Minute
	harborCollectTime = time.Minute
	harborScriptTime  = 5 * time.Minute // of pre_artifacts.sh
	harborPatch       = "/logs/artifacts/model.patch"
	harborArtifacts   = "/logs/artifacts"
)

// The files that decide how a Harbor task is judged.
const (
	harborTests       = "tests"
	harborEnvironment = "environment"
	harborScript      = "tests/test.sh"
	harborSolution    = "solution/solve.sh"
	harborCollector   = "pre_artifacts.sh"
)

// harborTask puts a task together from its task.toml. Content is the hash of its folder.
type harborTask struct {
	*harborFields
	dir     string // absolute
	content string
}

func (h harborTask) has(name string) bool {
	info, err := os.Stat(filepath.Join(h.dir, name))
	return err == nil && info.Mode().IsRegular()
}

// environment is a table of task.toml that describes a machine.
type environment struct {
	image   string
	source  bench.Source
	machine bench.Machine
}

// fill reads task.toml into a task.
func (h harborTask) fill(root harborTable, t *bench.Task) error {
	h.schema(root)
	if name := root.sub("task").text("name"); repoRE.MatchString(name) {
		t.Repo = name
	}
	t.BaseCommit = h.baseCommit(root.sub("metadata"))
	if len(root.subs("steps")) > 0 {
		h.lack("steps that follow one another in one container (steps)")
	}
	root.get("multi_step_reward_strategy")
	root.get("source")
	table := root.sub("environment")
	env, err := h.environment(table, harborEnvironment, true)
	if err != nil {
		return err
	}
	t.Image, t.Source, t.Machine = env.image, env.source, env.machine
	if t.Image == "" && t.Source.Context == "" {
		h.lack("an image (environment.docker_image or environment/Dockerfile)")
	}
	agent := root.sub("agent")
	t.Machine.Offline = h.offline(agent, env.machine.Offline)
	t.Wall = agent.duration("timeout_sec", 0)
	h.root(agent)
	agent.rest()
	verifier, err := h.verifier(root, env)
	if err != nil {
		return err
	}
	t.Judging.Verifier = verifier
	t.Judging.Timeout = root.sub("verifier").duration("timeout_sec", harborVerifyTime)
	root.rest()
	return nil
}

// schema refuses what a later version of the format may mean.
func (h harborTask) schema(root harborTable) {
	for _, key := range []string{"schema_version", "version"} { // its older name
		version := root.text(key)
		if version == "" {
			continue
		}
		var major, minor int
		if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n == 0 {
			root.wrong(key, fmt.Sprintf("a version such as \"%d.%d\"", harborMajor, harborMinor))
		}
		if major > harborMajor || major == harborMajor && minor > harborMinor {
			h.lack("what is new in schema_version %s (up to %d.%d is known)", version, harborMajor,
				harborMinor)
		}
	}
}

// baseCommit is the commit that metadata names, if it does; else it is the image's.
func (h harborTask) baseCommit(metadata harborTable) string {
	for _, key := range []string{"base_commit", "base_commit_hash"} {
		if s, ok := metadata.get(key).(string); ok && commitRE.MatchString(s) {
			return s
		}
	}
	return ""
}

// environment reads a table that describes a machine. dir is the folder's directory that
// its Dockerfile lies in.
func (h harborTask) environment(t harborTable, dir string, files bool) (e environment, err error) {
	e.image = t.text("docker_image")
	e.source.Workdir = t.text("workdir")
	if e.source.Workdir != "" && !path.IsAbs(e.source.Workdir) {
		t.wrong("workdir", "an absolute path")
	}
	e.machine = bench.Machine{
		CPUs: t.number("cpus"), Memory: t.megabytes("memory_mb"), Env: t.env("env"),
		Offline: h.offline(t, false),
	}
	buildTime := t.duration("build_timeout_sec", harborBuildTime)
	t.number("storage_mb") // what a provider of machines reserves; an engine's disk is what it is
	if os := strings.ToLower(t.text("os")); os != "" && os != "linux" {
		h.lack("%s containers (%sos)", os, t.name)
	}
	if n := t.number("gpus"); n > 0 {
		h.lack("%v GPUs (%sgpus)", n, t.name)
	}
	t.list("gpu_types")
	for _, key := range []string{
		"tpu", "mcp_servers", "skills_dir", "healthcheck", "memory", "storage",
	} {
		if t.get(key) != nil {
			h.lack("what %s%s asks for", t.name, key)
		}
	}
	t.rest()
	return e, h.built(&e, dir, buildTime, files)
}

// built finds what an environment's image is built from, if it is not pulled.
func (h harborTask) built(e *environment, dir string, limit time.Duration, files bool) error {
	entries, err := os.ReadDir(filepath.Join(h.dir, dir))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, name := range []string{"docker-compose.yaml", "docker-compose.yml"} {
		if h.has(path.Join(dir, name)) {
			h.lack("several containers (%s/%s)", dir, name)
		}
	}
	switch {
	case e.image != "":
	case h.has(path.Join(dir, "Dockerfile")):
		e.source.Context = filepath.Join(h.dir, dir)
		e.source.Content, err = treeHash(e.source.Context)
		e.source.BuildTime = limit
		return err
	}
	if files && len(entries) > 0 && !h.has(path.Join(dir, "Dockerfile")) {
		h.lack("files that Harbor copies into the container (%s without a Dockerfile)", dir)
	}
	return nil
}

// offline reads whether there is no network; unset is what counts if nothing is said.
func (h harborTask) offline(t harborTable, unset bool) bool {
	mode := t.text("network_mode")
	t.list("allowed_hosts")
	allowed, said := t.flag("allow_internet") // the older way to say it
	switch {
	case mode == "no-network":
		return true
	case mode == "public":
		return false
	case mode == "allowlist":
		h.lack("a network of certain hosts (%snetwork_mode)", t.name)
	case mode != "":
		t.wrong("network_mode", "no-network, public or allowlist")
	case said:
		return !allowed
	}
	return unset
}

// root refuses other users than root, who runs all commands here.
func (h harborTask) root(t harborTable) {
	switch user := t.get("user"); user {
	case nil, "root", tomlLiteral("0"):
	default:
		h.lack("another user than root (%suser = %v)", t.name, user)
	}
}

// verifier reads how the task is judged. own is the machine of agents.
func (h harborTask) verifier(root harborTable, own environment) (*bench.Verifier, error) {
	t := root.sub("verifier")
	v := &bench.Verifier{
		Folder: h.dir, Content: h.content, Env: t.env("env"), Machine: own.machine,
		Solved: h.has(harborSolution), Solution: root.sub("solution").env("env"),
	}
	t.get("timeout_sec")
	h.root(t)
	table := t.sub("environment")
	given := t.get("environment") != nil
	mode := t.text("environment_mode")
	switch {
	case mode != "" && mode != "shared" && mode != "separate":
		t.wrong("environment_mode", "shared or separate")
	case mode == "shared" && given:
		t.wrong("environment_mode", "separate, because there is a verifier.environment")
	}
	v.Separate, v.Upload = mode == "separate" || given, true
	if v.Separate {
		e, err := h.environment(table, harborTests, false)
		if err != nil {
			return nil, err
		}
		switch {
		case e.image != "" || e.source.Context != "":
			v.Upload = false // the image brings its tests
		case given:
			h.lack("an image (verifier.environment.docker_image or tests/Dockerfile)")
		default: // a fresh copy of the agent's
			e.image, e.source, e.machine = own.image, own.source, own.machine
		}
		if !given {
			e.machine = own.machine
		}
		v.Image, v.Source, v.Machine = e.image, e.source, e.machine
	}
	if !h.has(harborScript) && v.Upload {
		h.lack("a verifier (%s)", harborScript)
	}
	v.Machine.Offline = h.offline(t, v.Machine.Offline)
	if err := h.collect(t, v); err != nil {
		return nil, err
	}
	h.artifacts(root, v)
	t.rest()
	return v, nil
}

// collect reads the scripts that make the patch.
func (h harborTask) collect(t harborTable, v *bench.Verifier) error {
	for _, hook := range t.subs("collect") {
		c := bench.Collect{
			Name: "verifier.collect", Script: hook.text("command"),
			Timeout: hook.duration("timeout_sec", harborCollectTime),
		}
		if service := cmp.Or(hook.text("service"), "main"); service != "main" {
			h.lack("the container %s (verifier.collect.service)", service)
		}
		h.root(hook)
		hook.rest()
		v.Collect = append(v.Collect, c)
	}
	if !h.has(harborCollector) {
		return nil
	}
	b, err := plainfile.ReadBelow(h.dir, filepath.Join(h.dir, harborCollector), mostText)
	v.Collect = append(v.Collect, bench.Collect{
		Name: harborCollector, Script: string(b), Timeout: harborScriptTime,
	})
	return err
}

var patchFile = regexp.MustCompile(`\.(patch|diff)$`)

// artifacts reads what crosses to the verifier. It must be one patch: anything else
// would have to be taken from the agent's container. A shared verifier sees that
// container in Harbor, and a task that publishes nothing is taken for one whose answer
// is in its repository.
func (h harborTask) artifacts(root harborTable, v *bench.Verifier) {
	var patches []string
	for _, a := range root.list("artifacts") {
		name, _ := a.(string)
		if table, ok := a.(*tomlTable); ok {
			entry := h.table(table, "artifacts.")
			name = entry.text("source")
			entry.get("destination") // on the host, for people
			if service := cmp.Or(entry.text("service"), "main"); service != "main" {
				h.lack("the container %s (artifacts.service)", service)
			}
			entry.rest()
		}
		name = path.Clean(name)
		switch {
		case patchFile.MatchString(name) && path.IsAbs(name):
			patches = append(patches, name)
		case name == harborArtifacts: // which always crosses
		default:
			h.lack("the agent's own container, from which it takes %s (artifacts)", name)
		}
	}
	slices.Sort(patches)
	patches = slices.Compact(patches)
	switch {
	case len(patches) > 1:
		h.lack("one answer: there are %s (artifacts)", strings.Join(patches, ", "))
	case len(patches) == 0 && v.Separate && len(v.Collect) == 0:
		h.lack("an answer that is a patch (artifacts names none, and nothing makes one)")
	}
	v.Patch = harborPatch
	if len(patches) > 0 {
		v.Patch = patches[0]
	}
}
