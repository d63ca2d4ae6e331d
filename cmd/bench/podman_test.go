package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/internal/require"
)

const twoEnginesConfig = `
dataset: {path: tasks}
attempts: 2
sandbox:
  kind: docker
  build: {base_image: bench-test/bullseye}
  engines:
    - {name: docker, host: "unix:///var/run/docker.sock", max: 3}
    - {name: podman, host: "%s", max: 3}
scoring: {network: none}
workers: {agents: 6, grading: 6}
models:
  lead: {provider: openai, model: lead, base_url: %s/v1, price: {input: 15, output: 75}}
  small: {provider: openai, model: small, base_url: %[2]s/v1, price: {input: 0.6, output: 2.2}}
configurations:
  able: {kind: single, model: lead}
  unable: {kind: single, model: small}
`

const twoEnginesScript = `
models:
  lead: {price: {input: 15, output: 75}}
  small: {price: {input: 0.6, output: 2.2}}
rules:
  - when: {model: lead, turn: 1}
    calls: [{tool: terminal, arguments: {command: "echo first >b; echo right >a"}}]
  - when: {model: small, turn: 1}
    calls: [{tool: terminal, arguments: {command: "echo first >b"}}]
  - say: Done.
`

// TestDockerAndPodman: one run on two real engines, each of its kind.
func TestDockerAndPodman(t *testing.T) {
	t.Parallel()
	podman := require.Podman(t, "bench-test/bullseye")
	w := newWitness(t, twoEnginesScript)
	dir := t.TempDir()
	files := map[string]string{"bench.yaml": fmt.Sprintf(twoEnginesConfig, podman, w.server.URL)}
	for n := range 6 {
		addTask(files, fmt.Sprint("t-", n), 0.3)
	}
	writeAll(t, dir, files)
	env := []string{"BENCH_CACHE=" + filepath.Join(dir, "cache")}
	out, said, status := program(t, dir, env, "engines", "check", "-c", "bench.yaml")
	if status != int(bench.ExitDone) || !strings.Contains(out, "podman  Podman ") {
		t.Errorf("status %d\n%s%s", status, out, said)
	}
	id := fmt.Sprint("test-podman-", os.Getpid())
	_, said, status = program(t, dir, env, "run", "-c", "bench.yaml", "--run-id", id)
	if status != int(bench.ExitDone) {
		t.Fatalf("status %d\n%s", status, said)
	}
	db := database(t, filepath.Join(dir, "bench.db"))
	var trials, able, unable, ids, calls, cost, onDocker, onPodman, parted int64
	scan(t, db, `SELECT count(*), sum(resolved AND configuration = 'able'),
		sum(resolved AND configuration = 'unable'), sum(engine = 'docker'), sum(engine = 'podman')
		FROM v_trials WHERE phase = 'done'`, &trials, &able, &unable, &onDocker, &onPodman)
	scan(t, db, `SELECT count(DISTINCT call_id), count(*), sum(cost) FROM llm_calls WHERE error IS NULL`,
		&ids, &calls, &cost)
	scan(t, db, `SELECT count(*) FROM (SELECT 1 FROM v_trials GROUP BY instance_id
		HAVING count(DISTINCT engine) > 1)`, &parted)
	if trials != 24 || able != 12 || unable != 0 {
		t.Errorf("%d trials, %d and %d resolved\n%s", trials, able, unable, said)
	}
	if onDocker+onPodman != 24 || onDocker == 0 || onPodman == 0 {
		t.Errorf("%d trials on Docker, %d on Podman", onDocker, onPodman)
	}
	t.Logf("%d trials on Docker, %d on Podman, %d tasks on both", onDocker, onPodman, parted)
	if paid := w.provider.Ledger(); calls != paid.Calls || ids != calls || cost != int64(paid.Cost()) {
		t.Errorf("%d calls, %d ids, %d nano-dollars recorded; %d calls, %d nano-dollars billed", calls, ids,
			cost, paid.Calls, paid.Cost())
	}
	for _, host := range []string{"unix:///var/run/docker.sock", podman} {
		left, err := exec.CommandContext(t.Context(), "docker", "-H", host, "ps", "-aq", "--filter",
			"label=bench.run="+id).Output()
		if err != nil || len(left) > 0 {
			t.Errorf("%s: left: %s %v", host, left, err)
		}
	}
}
