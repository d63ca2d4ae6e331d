package examples_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	_ "bench/results" // reads databases
)

// job is what a test runs of an object of Kubernetes.
type job struct {
	Spec struct {
		Completions, Parallelism int
		Template                 struct {
			Spec struct {
				Containers []struct {
					Command, Args []string
					Env           []struct{ Name, Value string }
				}
			}
		}
	}
}

// workflow is what a test looks at in one of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		Strategy struct {
			Matrix struct{ Shard []int }
		}
		Needs string
		Steps []struct {
			Name, Uses, Run string
			With            map[string]string
		}
	}
}

func parse(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestKubernetes runs the scripts of the jobs: each index's, one of them a second time, and
// that of the merge.
func TestKubernetes(t *testing.T) {
	t.Parallel()
	var shards, merge job
	parse(t, "kubernetes/shards.yaml", &shards)
	parse(t, "kubernetes/merge.yaml", &merge)
	c := shards.Spec.Template.Spec.Containers[0]
	told := map[string]string{}
	for _, v := range c.Env {
		told[v.Name] = v.Value
	}
	if n := fmt.Sprint(shards.Spec.Completions); told["SHARDS"] != n || shards.Spec.Parallelism < 1 {
		t.Errorf("%s shards for %s completions", told["SHARDS"], n)
	}
	checkCluster(t, "r.db", func(n int) (command, env []string) {
		return append(c.Command, c.Args...), []string{fmt.Sprint("JOB_COMPLETION_INDEX=", n-1)}
	}, append(merge.Spec.Template.Spec.Containers[0].Command,
		merge.Spec.Template.Spec.Containers[0].Args...))
}

// TestKubernetesSubmits: the merge is submitted when the shards have ended, not before.
func TestKubernetesSubmits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program(t, dir, "kubectl", `echo "$1 $2 $(basename "$3")" >>calls
case $1 in get) [ "$(grep -c get calls)" -lt 3 ] || echo FailureTarget Failed ;; esac`)
	program(t, dir, "sleep", "")
	cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(wd(t), "kubernetes", "submit.sh"))
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	want := "delete job bench-shards\napply -f shards.yaml\n" + strings.Repeat("get job bench-shards\n", 3) +
		"apply -f merge.yaml\n"
	if err != nil || string(calls) != want {
		t.Errorf("%v: %s, want %s", err, calls, want)
	}
}

// wd is the directory of the examples.
func wd(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return here
}

// TestActionsMatrix runs the scripts of the workflow, and holds it to what the action takes.
func TestActionsMatrix(t *testing.T) {
	t.Parallel()
	var w workflow
	parse(t, "actions/shards.yml", &w)
	var action struct {
		Inputs map[string]struct{ Required bool }
	}
	parse(t, "../action.yml", &action)
	script, gate := map[string]string{}, map[string]string{}
	for name, j := range w.Jobs {
		for _, s := range j.Steps {
			checkShell(t, s.Run)
			script[name+" "+s.Name] = s.Run
			if s.Uses != "./" {
				continue
			}
			gate = s.With
			for input := range s.With {
				if _, ok := action.Inputs[input]; !ok {
					t.Errorf("action.yml has no input %s", input)
				}
			}
			for input, is := range action.Inputs {
				if _, ok := s.With[input]; is.Required && !ok {
					t.Errorf("action.yml requires the input %s", input)
				}
			}
		}
	}
	list := w.Jobs["shard"].Strategy.Matrix.Shard
	for i, n := range list {
		if n != i+1 {
			t.Errorf("shards %v", list)
		}
	}
	if w.Jobs["merge"].Needs != "shard" {
		t.Error("the merge does not wait")
	}
	bash := func(name string) []string { return []string{"bash", "-e", "-c", script[name]} }
	do := checkCluster(t, gate["db"], func(n int) (command, env []string) {
		return bash("shard run"), []string{fmt.Sprint("SHARD=", n)}
	}, bash("merge merge"))
	// The next run is judged by that one, which must be in the database that the action gets.
	do(bash("shard run"), "RUN=r2", "SHARD=1", "SHARDS=1")
	do(bash("merge merge"), "RUN=r2")
	out := do([]string{"sh", "-c", "bench gate r2 --baseline r --db " + gate["db"]})
	if !strings.Contains(out, "Gate: r2 against r,") {
		t.Errorf("the gate: %s", out)
	}
}

// checkShell holds a script to the syntax of a shell, and to a length that can be read.
func checkShell(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-n")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, script)
	}
	if n := strings.Count(script, "\n"); n > 30 {
		t.Errorf("%d lines", n)
	}
}

const clusterConfig = `
dataset: {path: %s, ids: [quickstart__cache-8, quickstart__recur-5, quickstart__textwrap-9]}
workers: {agents: 3, grading: 1}
sandbox: {kind: local}
models:
  m: {provider: scripted, script: %s, price: {input: 1, output: 1}}
configurations:
  solo-frontier: {kind: single, model: m}
`

// checkCluster has shards do a run of the quickstart's tasks, the second of them twice, and
// merges them into a database. It comes out as in one process. What it returns runs more
// commands there.
func checkCluster(
	t *testing.T, db string, shard func(n int) (command, env []string), merge []string,
) (do func(command []string, env ...string) string) {
	t.Helper()
	dir := t.TempDir()
	here := wd(t)
	if out, err := run(t, "..", "go", "build", "-o", filepath.Join(dir, "bin", "bench"), "./cmd/bench"); err != nil {
		t.Fatalf("build bench: %v\n%s", err, out)
	}
	text := fmt.Sprintf(clusterConfig, filepath.Join(here, tasks),
		filepath.Join(here, "quickstart", "script.yaml"))
	if err := os.WriteFile(filepath.Join(dir, "bench.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	do = func(command []string, env ...string) string {
		t.Helper()
		checkShell(t, command[len(command)-1])
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"),
			"RUN=r", "CONFIG=bench.yaml", "SHARDS=3")
		cmd.Env = append(cmd.Env, env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", command, err, out)
		}
		return string(out)
	}
	for _, n := range []int{1, 2, 2, 3} {
		command, env := shard(n)
		do(command, env...)
	}
	if out := do(merge); !strings.Contains(out, "3 of 3 shards") {
		t.Errorf("merged: %s", out)
	}
	do([]string{"sh", "-c", "bench run --config bench.yaml --run-id r --db one.db"})
	merged, one := verdicts(t, filepath.Join(dir, db)), verdicts(t, filepath.Join(dir, "one.db"))
	if !slices.Equal(merged, one) || len(one) != 3 {
		t.Errorf("merged %q, in one process %q", merged, one)
	}
	return do
}

// verdicts are the trials of a database, with what came of them and what they cost, to a
// tenth of a cent: models pay to read the seconds that tests print.
func verdicts(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT format('%s %s %d %s %.3f', configuration,
		instance_id, attempt, outcome, cost_usd) FROM v_trials ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
