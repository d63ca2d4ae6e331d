package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/internal/require"
	"bench/sandbox/docker"
	"bench/sandbox/docker/enginetest"
)

const enginesConfig = `
dataset: {path: tasks}
sandbox:
  kind: docker
  build: {base_image: bench-test/bullseye}
  engines:
    - {name: one, host: "tcp://%s", max: 1}
    - {name: two, host: "tcp://%s", max: 1}
workers: {agents: 2, grading: 2}
models:
  m: {provider: scripted, script: say.yaml, price: {input: 1, output: 1}}
configurations:
  solo: {kind: single, model: m}
`

// twoTurns has an agent change two files, in turns that take so many seconds.
func twoTurns(first, second float64) string {
	return fmt.Sprintf(`
rules:
  - when: {turn: 1}
    calls: [{tool: terminal, arguments: {command: "echo first >>b; sleep %g"}}]
  - when: {turn: 2}
    calls: [{tool: terminal, arguments: {command: "grep -c first b; echo right >a; sleep %g"}}]
  - say: Done.
`, first, second)
}

// addTask adds a task that both turns solve, if each is made once, and whose test takes
// so many seconds.
func addTask(files map[string]string, name string, seconds float64) {
	at := "tasks/" + name + "/"
	files[at+"problem_statement.md"] = "a is wrong."
	files[at+"repo/a"] = "wrong\n"
	files[at+"task.yaml"] = fmt.Sprintf(`
tree: repo
test_command: 'sleep %g; n=FAIL; grep -qx right a && [ "$(cat b)" = first ] && n=PASS; echo "--- $n: TestA (0.00s)"'
log_parser: parse_log_gotest
fail_to_pass: [TestA]
pass_to_pass: []
`, seconds)
}

// TestEngineLost: an engine that is cut off in any phase of a trial costs no verdict, no
// call a second time, and leaves no container when it is back. It has a process of its own,
// as all containers of the process are swept.
func TestEngineLost(t *testing.T) {
	require.Image(t, "bench-test/bullseye")
	if byItself(t) {
		return
	}
	for _, phase := range []bench.Phase{
		"", bench.PhasePrepare, bench.PhaseSolve, bench.PhaseExtract, bench.PhaseGrade,
	} {
		t.Run("in "+string(phase), func(t *testing.T) {
			dir := t.TempDir()
			one, two := enginetest.New(t), enginetest.New(t)
			files := map[string]string{
				"bench.yaml": fmt.Sprintf(enginesConfig, one.Addr(), two.Addr()),
				"say.yaml":   twoTurns(0.3, 0.3),
			}
			addTask(files, "t", 0.3)
			writeAll(t, dir, files)
			id := fmt.Sprintf("test-%d-%s", os.Getpid(), filepath.Base(filepath.Dir(dir)))
			var out, errs bytes.Buffer
			ended := make(chan int)
			go func() {
				ended <- run([]string{"run", "-c", filepath.Join(dir, "bench.yaml"), "--run-id", id,
					"--db", filepath.Join(dir, "bench.db")}, &out, &errs)
			}()
			status, cut := -1, phase == ""
			for status < 0 {
				select {
				case status = <-ended:
				case <-time.After(2 * time.Millisecond):
					if !cut && reached(t, filepath.Join(dir, "bench.db"), phase) {
						one.Cut()
						cut = true
					}
				}
			}
			db := database(t, filepath.Join(dir, "bench.db"))
			var outcome string
			var calls, moved int
			scan(t, db, "select outcome from v_trials", &outcome)
			scan(t, db, "select count(*) from llm_calls", &calls)
			scan(t, db, "select count(*) from events where payload ->> '$.code' = 'machine_lost'", &moved)
			if status != 0 || !cut || outcome != "resolved" || calls != 3 {
				t.Errorf("status %d, cut %v, %s, %d calls\n%s", status, cut, outcome, calls, &errs)
			}
			var engine, machine string
			scan(t, db, "select engine from trials t join hosts h on h.run_id = t.run_id and "+
				"h.host = coalesce(grading_host, t.host)", &engine)
			scan(t, db, "select group_concat(distinct cpus || ' ' || memory || ' ' || kernel) from hosts",
				&machine)
			if moved == 1 && engine != "two" || machine != here(t) {
				t.Errorf("moved %d times, at last on %s; machines %q, want %q", moved, engine, machine, here(t))
			}
			if phase == bench.PhaseSolve && moved != 1 {
				t.Errorf("moved %d times\n%s", moved, &errs)
			}
			one.Mend(t)
			pool, err := docker.New(t.Context(), docker.Options{Host: "tcp://" + one.Addr()})
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			if err := pool.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			left, err := exec.CommandContext(t.Context(), "docker", "ps", "-aq", "--filter",
				"label=bench.run="+id).Output()
			if err != nil || strings.TrimSpace(string(left)) != "" {
				t.Errorf("left: %s %v", left, err)
			}
		})
	}
}

// here is what Docker's own client says of the machine of its engine.
func here(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "info", "--format",
		"{{.NCPU}} {{.MemTotal}} {{.KernelVersion}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// reached reports whether a trial has reached a phase.
func reached(t *testing.T, path string, phase bench.Phase) bool {
	if _, err := os.Stat(path); err != nil {
		return false
	}
	db := database(t, path)
	defer db.Close()
	var n int
	err := db.QueryRowContext(t.Context(), "select count(*) from events where type = 'phase_started' "+
		"and payload ->> '$.phase' = ?", string(phase)).Scan(&n)
	return err == nil && n > 0
}
