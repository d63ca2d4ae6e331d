package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bench/internal/require"
)

// realFault is what goes wrong in a trial in a real sandbox, and how that ends.
type realFault struct {
	command string // of the agent, which goes on afterwards
	turns   int    // how often it does that; 0: once
	tests   string // before the test
	kill    string // the command at which the container is killed
	times   int    // how often
	local   bool   // local sandboxes can do it, too
	want    string // outcome, held against, resolved, whether it was taken up again
	or      string // an end that is as good: of two limits, either may be reached first
}

const resolvedReal = "resolved||1|0"

func realFaults() map[string]realFault {
	return map[string]realFault{
		"well":     {command: "true", local: true, want: resolvedReal},
		"endless":  {command: "trap '' INT TERM; while :; do sleep 1; done", local: true, want: resolvedReal},
		"daemon":   {command: "setsid sleep 1234 >/dev/null 2>&1 &", local: true, want: resolvedReal},
		"flood":    {command: "cat /dev/zero", local: true, want: resolvedReal},
		"memory":   {command: "python3 -c 'x = bytearray(10**9)'; test $? = 137 || echo no >a", want: resolvedReal},
		"forks":    {command: "f() { f | f & }; f; sleep 1000", want: resolvedReal},
		"disk":     {command: "head -c 64000000 /dev/zero >/tmp/big; sleep 1000", turns: 60, want: "limit_disk|agent|1|0"},
		"killed":   {command: "sleep 3.1", kill: "sleep 3.1", times: 1, want: "resolved||1|1"},
		"hopeless": {command: "sleep 1001", kill: "sleep 1001", times: 2, want: "infra_sandbox|infra||1"},
		"judged":   {tests: "sleep 3.2", kill: "sleep 3.2", times: 1, want: "resolved||1|1"},
		"unjudged": {tests: "sleep 1002", kill: "sleep 1002", times: 2, want: "infra_grading|infra||1"},
		"tests_memory": {tests: "python3 -c 'x = bytearray(10**9)' || exit 1",
			want: "unresolved|agent|0|0"},
		"tests_flood": {tests: "cat /dev/zero", want: "unresolved|agent|0|0",
			or: "grading_timeout|agent|0|0"},
		"tests_endless": {tests: "sleep 1003", want: "grading_timeout|agent|0|0"},
		"no_image":      {command: "true", want: resolvedReal}, // see removeImage
	}
}

// realFaultsRun writes an experiment with a task for each fault, and returns their names.
func realFaultsRun(t *testing.T, dir, kind string, attempts int, only ...string) (names []string) {
	t.Helper()
	config := fmt.Sprintf("dataset: {path: tasks}\nattempts: %d\nmodels: {m: {provider: scripted, "+
		"script: say.yaml, price: {input: 1, output: 1}}}\nconfigurations: {solo: {kind: single, model: m}}\n",
		attempts)
	if kind == "docker" {
		config += "workers: {agents: 4, grading: 4}\nsandbox: {build: {base_image: bench-test/bullseye}, " +
			"memory: 128MiB, pids: 90, cpus: 1, disk: 24MiB, command_timeout: 5s}\n" +
			"scoring: {memory: 128MiB, timeout: 40s}\n"
	} else {
		config += "workers: {agents: 4, grading: 4}\nsandbox: {kind: local, command_timeout: 2s}\n"
	}
	files, script := map[string]string{"bench.yaml": config}, "rules:\n"
	for name, f := range realFaults() {
		if kind == "local" && !f.local || len(only) > 0 && !slices.Contains(only, name) {
			continue
		}
		names = append(names, name)
		for turn := range max(1, f.turns) {
			script += fmt.Sprintf("  - {when: {task: %s, turn: %d}, calls: [{tool: terminal, arguments: "+
				"{command: %q}}]}\n", name, turn+1, fmt.Sprintf("echo right >a; : %d; %s", turn, f.command))
		}
		at := "tasks/" + name + "/"
		files[at+"task.yaml"] = fmt.Sprintf("tree: repo\ntest_command: %q\nlog_parser: parse_log_gotest\n"+
			"fail_to_pass: [TestA]\npass_to_pass: []\n",
			f.tests+"\nn=FAIL; grep -qx right a && n=PASS; echo \"--- $n: TestA (0.00s)\"")
		files[at+"problem_statement.md"] = "a is wrong."
		files[at+"repo/a"] = "wrong\n"
		if name == "no_image" {
			files[at+"repo/own"] = dir
		}
	}
	files["say.yaml"] = script + "  - say: Done.\n"
	writeAll(t, dir, files)
	return names
}

// docker is what the program of that name says.
func dockerSays(args ...string) string {
	out, _ := exec.Command("docker", args...).Output() // what is gone meanwhile is gone
	return string(out)
}

// killer kills containers of a run in the midst of commands.
type killer struct {
	id     string
	killed map[string][]string // containers, by trial
}

func (k *killer) look() {
	all := realFaults()
	for line := range strings.Lines(dockerSays("ps", "--filter", "label=bench.run="+k.id, "--format",
		`{{.ID}} {{.Label "bench.trial"}}`)) {
		id, trial, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, _, _ := strings.Cut(strings.TrimPrefix(trial, "solo/"), "#")
		f := all[name]
		if len(k.killed[trial]) >= f.times || slices.Contains(k.killed[trial], id) ||
			!strings.Contains(dockerSays("top", id), f.kill) {
			continue
		}
		k.killed[trial] = append(k.killed[trial], id)
		dockerSays("kill", id)
	}
}

// removeImage removes the image of a task between its agent and its tests, once.
func removeImage(t *testing.T, path string, done *bool) {
	if _, err := os.Stat(path); err != nil || *done {
		return
	}
	db := database(t, path)
	defer db.Close()
	var image string
	err := db.QueryRowContext(t.Context(), "select i.payload ->> '$.digest' from events p join events i using "+
		"(trial_id) join v_trials t using (trial_id) where p.type = 'patch' and i.type = 'image' and "+
		"t.instance_id = 'no_image'").Scan(&image)
	if *done = err == nil; *done {
		dockerSays("image", "rm", "-f", image)
	}
}

// realFaultsIn runs the experiment, or only a part of it, in this process.
func realFaultsIn(t *testing.T, kind string, attempts int, only ...string) {
	t.Helper()
	dir := t.TempDir()
	names := realFaultsRun(t, dir, kind, attempts, only...)
	path := filepath.Join(dir, "bench.db")
	k := &killer{fmt.Sprintf("test-%d-%s-%s", os.Getpid(), kind, filepath.Base(filepath.Dir(dir))), map[string][]string{}}
	var out, errs bytes.Buffer
	ended := make(chan int)
	go func() {
		ended <- run([]string{"run", "-c", filepath.Join(dir, "bench.yaml"), "--run-id", k.id, "--db", path},
			&out, &errs)
	}()
	status, removed := -1, false
	for status < 0 {
		select {
		case status = <-ended:
		case <-time.After(100 * time.Millisecond):
			if kind == "docker" {
				k.look()
				removeImage(t, path, &removed)
			}
		}
	}
	db := database(t, path)
	rows, err := db.QueryContext(t.Context(), "select instance_id, attempt, outcome || '|' || coalesce(blame, '') || '|' || "+
		"coalesce(resolved, '') || '|' || (select count(*) from events e where e.trial_id = t.trial_id and "+
		"e.payload ->> '$.code' = 'machine_lost') "+
		"from v_trials t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen, asWanted := map[string]int{}, map[string]int{}
	late := []string{resolvedReal, "resolved||1|1", "resolved||1|2"} // by how often it was lost
	for rows.Next() {
		var name, got string
		var attempt int
		if err := rows.Scan(&name, &attempt, &got); err != nil {
			t.Fatal(err)
		}
		seen[name]++
		switch f := realFaults()[name]; {
		case got == f.want || got == f.or:
			asWanted[name]++
		case f.times > 0 && slices.Contains(late[:f.times+1], got): // a busy machine
			t.Logf("%s, attempt %d: killed %d times, too late for some: %s", name, attempt,
				len(k.killed[fmt.Sprintf("solo/%s#%d", name, attempt)]), got)
		default:
			t.Errorf("%s, %s, attempt %d: %s, want %s", kind, name, attempt, got, f.want)
		}
	}
	for _, name := range names {
		if seen[name] != attempts {
			t.Errorf("%s, %s: %d trials of %d have ended", kind, name, seen[name], attempts)
		}
		if attempts > 1 && asWanted[name] == 0 {
			t.Errorf("%s, %s: nothing was killed in time in %d trials", kind, name, attempts)
		}
	}
	if len(only) == 0 && kind == "docker" && len(k.killed) < 4 {
		t.Errorf("killed only %v", k.killed)
	}
	if rows.Err() != nil || kind == "docker" && removed != slices.Contains(names, "no_image") {
		t.Error(rows.Err(), removed)
	}
	recountIn(t, dir, k.id)
	if left := dockerSays("ps", "-aq", "--filter", "label=bench.run="+k.id); left != "" {
		t.Errorf("containers are left: %s", left)
	}
	var said bytes.Buffer
	if kind == "docker" && run([]string{"images", "prune", "-c", filepath.Join(dir, "bench.yaml"), "--all"},
		&said, &said) != 0 {
		t.Error(&said)
	}
	if t.Failed() {
		t.Logf("status %d, killed %v\n%s", status, maps.Collect(maps.All(k.killed)), &errs)
	}
}

// children are the processes that this one has started and that live.
func children(t *testing.T) (all []string) {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		b, _ := os.ReadFile(list) // of a thread that may have ended
		all = append(all, strings.Fields(string(b))...)
	}
	return all
}

// byItself runs a test in a process that has nothing else to do, beside other tests of this
// one, and reports whether it did: where this is that process, it does not.
func byItself(t *testing.T) bool {
	t.Helper()
	if os.Getenv("BENCH_ALONE") != "" {
		return false
	}
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v",
		fmt.Sprint("-full=", *full))
	c.Env = append(os.Environ(), "BENCH_ALONE=1", "BENCH_CACHE="+t.TempDir())
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
	return true
}

// TestRealFaults does to real sandboxes what goes wrong with them: every trial ends as
// docs/faults.md says, and no container, process, goroutine or open file is left. To be
// alone with what the process holds, it has one of its own. With -full each happens ten times.
func TestRealFaults(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	if byItself(t) {
		return
	}
	attempts := 1
	if *full {
		attempts = 10
	}
	for _, kind := range []string{"local", "docker"} {
		t.Run(kind, func(t *testing.T) {
			t.Run("at first", func(t *testing.T) { // what is made once is made then
				realFaultsIn(t, kind, 1, "well")
			})
			goroutines, files, _ := held(t)
			t.Run("faults", func(t *testing.T) { realFaultsIn(t, kind, attempts) })
			goroutines += map[string]int{"local": 1, "docker": 2}[kind] // each run waits for ^C until the process ends
			g, f, _ := held(t)
			for end := time.Now().Add(5 * time.Second); (g > goroutines || f > files) && time.Now().Before(end); {
				g, f, _ = held(t)
			}
			if left := children(t); g > goroutines || f > files || len(left) > 0 {
				t.Errorf("left: %d goroutines, %d files, processes %v", g-goroutines, f-files, left)
			}
		})
	}
}
