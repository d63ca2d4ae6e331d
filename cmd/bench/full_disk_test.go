//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A run whose database lies on a disk that is full stops and says what to do, before it
// pays for what it cannot record. What was committed is there, and when there is room
// again the run carries on.
func TestFullDiskOfTheDatabase(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, dir: t.TempDir()}
	disk := p.disk(0, "size=16m")
	db := filepath.Join(disk, "bench.db")
	tasks, err := filepath.Abs("testdata/demo/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	run := func(id string) (string, string, int) {
		return program(t, p.dir, nil, "run", "-c", tasks, "--db", db, "--run-id", id)
	}
	if _, said, status := run("before"); status != 0 {
		t.Fatalf("status %d: %s", status, said)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(disk, "ballast")
	room := int(fs.Bavail)*int(fs.Bsize) - 160<<10
	if err := os.WriteFile(ballast, make([]byte, room), 0o600); err != nil {
		t.Fatal(err)
	}
	_, said, status := run("full")
	if status != 1 || !strings.Contains(said, "no space left on the disk") ||
		!strings.Contains(said, "free some, and bench resume carries on") {
		t.Errorf("status %d: %s", status, said)
	}
	if out, said, status := program(t, p.dir, nil, "db", "check", "--db", db); status != 0 ||
		!strings.Contains(out, "is as it was written: 2 runs") {
		t.Errorf("status %d: %s%s", status, out, said)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, said, status := program(t, p.dir, nil, "resume", "full", "--db", db); status != 0 {
		t.Errorf("status %d: %s", status, said)
	}
	var before, after, ended int64
	open := database(t, db)
	scan(t, open, "SELECT sum(resolved) FROM trials WHERE run_id = 'before'", &before)
	scan(t, open, "SELECT sum(resolved), count(outcome) FROM trials WHERE run_id = 'full'", &after, &ended)
	if before == 0 || after != before || ended != 6 {
		t.Errorf("%d of %d are resolved, %d of 6 have ended", after, before, ended)
	}
}

// What fails because the disk of the sandboxes is full is held against no agent, and no
// model is paid for going on there.
func TestFullDiskOfSandboxes(t *testing.T) {
	t.Parallel()
	p := &patient{t: t, dir: t.TempDir()}
	disk := p.disk(0, "size=32m")
	const fill = "head -c 64000000 /dev/zero >big; "
	files := map[string]string{
		"bench.yaml": `
dataset: {path: tasks}
sandbox: {kind: local}
workers: {agents: 1, grading: 1}
models:
  m: {provider: scripted, script: say.yaml, price: {input: 1, output: 1}}
  f: {provider: scripted, script: fill.yaml, price: {input: 1, output: 1}}
configurations:
  fills: {kind: single, model: f}
  solo: {kind: single, model: m}
`,
		"say.yaml":  twoTurns(0, 0),
		"fill.yaml": strings.ReplaceAll(twoTurns(0, 0), `command: "`, `command: "`+fill),
	}
	addTask(files, "well", 0)
	addTask(files, "tests", 0)
	const test = "test_command: '"
	files["tasks/tests/task.yaml"] = strings.Replace(files["tasks/tests/task.yaml"], test, test+fill, 1)
	writeAll(t, p.dir, files)
	for task, want := range map[string]map[string]string{
		"well":  {"fills": "infra_sandbox, 1 call", "solo": "resolved, 3 calls"},
		"tests": {"fills": "infra_sandbox, 1 call", "solo": "infra_grading, 3 calls"},
	} {
		_, said, status := program(t, p.dir, []string{"TMPDIR=" + disk}, "run", "-c", "bench.yaml",
			"--run-id", task, "--instances", task)
		if status != 3 || !strings.Contains(said, "is full: free some") {
			t.Errorf("%s: status %d: %s", task, status, said)
		}
		db := database(t, filepath.Join(p.dir, "bench.db"))
		for configuration, want := range want {
			var got string
			scan(t, db, "SELECT format('%s, %d call%s', outcome, n, iif(n = 1, '', 's')) FROM (SELECT "+
				"outcome, (SELECT count(*) FROM llm_calls c WHERE c.trial_id = t.trial_id) AS n FROM trials t "+
				"WHERE run_id = '"+task+"' AND configuration = '"+configuration+"')", &got)
			if got != want {
				t.Errorf("%s by %s: %s, want %s", task, configuration, got, want)
			}
		}
	}
}
