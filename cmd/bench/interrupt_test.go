package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bench"
)

// cutOffScript has everything under way at once: commands wait for the file go,
// and make a file in busy when they begin to.
const cutOffScript = `
captures:
  patch1: {regex: '(?s)\[task t0001\].*?patch: (\S+)', scope: last}
  patch2: {regex: '(?s)\[task t0002\].*?patch: (\S+)', scope: last}
  patch3: {regex: '(?s)\[task t0003\].*?patch: (\S+)', scope: last}
rules:
  - when: {role: main, configuration: copies|shared, turn: 1}
    calls:
      - {tool: task, arguments: {prompt: Write one., subagent_type: sidekick}}
      - {tool: task, arguments: {prompt: Write two., subagent_type: sidekick}}
      - {tool: task, arguments: {prompt: Write three., subagent_type: sidekick}}
    usage: {input: 100, output: 10}
  - when: {role: main, configuration: copies, turn: 2}
    calls: [{tool: terminal, arguments: {command: "git apply ${patch1} ${patch2} ${patch3}"}}]
    usage: {input: 200, output: 10}
  - when: {role: main, configuration: behind, turn: 1}
    calls: [{tool: task, arguments: {prompt: Write one two three., subagent_type: sidekick, run_in_background: true}}]
    usage: {input: 100, output: 10}
  - when: {role: main, configuration: behind, turn: 2}
    calls: [{tool: task_output, arguments: {task_id: t0001, timeout: 60}}]
    usage: {input: 200, output: 10}
  - when: {role: main, configuration: behind, turn: 3}
    calls: [{tool: terminal, arguments: {command: "git apply ${patch1}"}}]
    usage: {input: 300, output: 10}
  - when: {role: sidekick, turn: 1}
    calls: [{tool: terminal, arguments: {command: "ls"}}]
    usage: {input: 30, output: 3}
  - when: {role: sidekick, turn: 2, conversation: Write one two three}
    calls: [{tool: terminal, arguments: {command: "WAIT; touch one two three; echo 1 >one; echo 2 >two; echo 3 >three"}}]
    usage: {input: 40, output: 3}
  - when: {role: sidekick, turn: 2, conversation: Write one}
    calls: [{tool: terminal, arguments: {command: "WAIT; echo 1 >one"}}]
    usage: {input: 40, output: 3}
  - when: {role: sidekick, turn: 2, conversation: Write two}
    calls: [{tool: terminal, arguments: {command: "WAIT; echo 2 >two"}}]
    usage: {input: 40, output: 3}
  - when: {role: sidekick, turn: 2, conversation: Write three}
    calls: [{tool: terminal, arguments: {command: "WAIT; echo 3 >three"}}]
    usage: {input: 40, output: 3}
  - when: {role: single, configuration: solo, turn: 1}
    calls: [{tool: terminal, arguments: {command: "echo 1 >>one; echo 2 >two"}}]
    usage: {input: 100, output: 10}
  - when: {role: single, configuration: solo, turn: 2}
    calls:
      - {tool: terminal, arguments: {command: "cat one two"}}
      - {tool: terminal, arguments: {command: "WAIT; echo 3 >three"}}
    usage: {input: 200, output: 10}
  - when: {role: single, configuration: advised, turn: 1}
    calls: [{tool: consult, arguments: {question: What now?}}]
    usage: {input: 100, output: 10}
  - when: {role: advisor}
    say: Write them.
    latency: 3s
    usage: {input: 60, output: 6}
  - when: {role: single, configuration: advised, turn: 2, last: Write them}
    calls: [{tool: terminal, arguments: {command: "echo 1 >one; echo 2 >two; echo 3 >three"}}]
    usage: {input: 200, output: 10}
  - say: Done.
    usage: {input: 300, output: 5}
`

const cutOffConfig = `
dataset: {path: tasks}
sandbox: {kind: local}
workers: {agents: 6, grading: 1}
models:
  big: {provider: scripted, script: say.yaml, price: {input: 10, output: 50}}
  small: {provider: scripted, script: say.yaml, price: {input: 1, output: 2}}
configurations:
  solo: {kind: single, model: big}
  copies: {kind: fusion, main: big, sidekick: {model: small, max_parallel: 3, iterations: 3}}
  shared: {kind: fusion, main: big, sidekick: {model: small, max_parallel: 3, workspace: shared_free}}
  behind: {kind: fusion, main: big, sidekick: {model: small, background: true}}
  advised: {kind: advisor, model: small, advisor: {model: big, consults: 1}}
  program:
    kind: command
    model: big
    command: {run: "WAIT; echo 1 >one; echo 2 >two; echo 3 >three"}
`

// busyCalls are the commands that wait for go: one of solo, behind and program
// each, three of copies and of shared.
const busyCalls = 9

// layCutOff writes config, script and task into dir.
func layCutOff(t *testing.T, dir string) {
	t.Helper()
	wait := fmt.Sprintf("mktemp %[1]s/busy/XXXXXXXX >/dev/null; until test -e %[1]s/go; do sleep 0.02; done", dir)
	for name, text := range map[string]string{
		"say.yaml":   strings.ReplaceAll(cutOffScript, "WAIT", wait),
		"bench.yaml": strings.ReplaceAll(cutOffConfig, "WAIT", wait),
		"tasks/t/task.yaml": `tree: repo
test_command: 'test "$(cat one two three)" = "$(printf "1\n2\n3\n")" && echo "--- PASS: TestAll (0.00s)"'
log_parser: parse_log_gotest
fail_to_pass: [TestAll]
pass_to_pass: []
`,
		"tasks/t/problem_statement.md": "There should be three files.\n",
		"tasks/t/repo/README":          "none\n",
		"busy/.keep":                   "",
		"tmp/.keep":                    "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// allAtWork returns once every command that waits is at work, and the advisor,
// too.
func allAtWork(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		busy, err := os.ReadDir(filepath.Join(dir, "busy"))
		if err != nil {
			t.Fatal(err)
		}
		var asked int
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bench.db")+"?mode=ro")
		if err == nil {
			row := db.QueryRowContext(t.Context(), `SELECT count(*) FROM agents WHERE role = 'advisor'`)
			if row.Scan(&asked) != nil { // it is not there yet
				asked = 0
			}
			db.Close()
		}
		if len(busy) > busyCalls && asked == 1 { // and .keep
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d commands and %d advisors are at work", len(busy)-1, asked)
		}
	}
}

// cutOff runs the config in dir and ends its process when all is under way.
func cutOff(t *testing.T, dir string, env []string, signal syscall.Signal) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "bench", "run", "-c", "bench.yaml", "--run-id", "r")
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	allAtWork(t, dir)
	if err := c.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // its status is looked at below
	if signal != syscall.SIGKILL && c.ProcessState.ExitCode() != int(bench.ExitInterrupted) {
		t.Errorf("status %d after %s", c.ProcessState.ExitCode(), signal)
	}
}

// runFacts are the outcomes of a run, and who made how many calls at what cost.
func runFacts(t *testing.T, dir string) string {
	t.Helper()
	rows, err := database(t, filepath.Join(dir, "bench.db")).QueryContext(t.Context(), `
		SELECT t.configuration || ' ' || t.outcome || ' ' || a.agent_id || ' ' || a.state || ': ' ||
			(SELECT count(*) || ' calls, ' || coalesce(sum(input), 0) || ' in, $' || coalesce(sum(cost), 0)
				FROM llm_calls c WHERE c.trial_id = a.trial_id AND c.agent_id = a.agent_id AND error IS NULL) ||
			(SELECT coalesce(', delegation ' || max(d.outcome || ' ' || d.turns || ' ' || d.escalation), '')
				FROM delegations d WHERE d.trial_id = a.trial_id AND d.child_agent_id = a.agent_id)
		FROM agents a JOIN trials t USING (trial_id) ORDER BY t.configuration, a.agent_id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// Whatever ends the process while sidekicks, commands, an advisor and a program
// are at work, the resumed run ends as one that nobody had disturbed, and no
// model is told of it.
func TestCutOffRunEndsAsUndisturbed(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	lay := func(name string) (string, []string) {
		dir := filepath.Join(base, name)
		layCutOff(t, dir)
		return dir, []string{"TMPDIR=" + filepath.Join(dir, "tmp")}
	}
	proceed := func(dir string) {
		if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dir, env := lay("none")
	proceed(dir)
	if _, said, status := program(t, dir, env, "run", "-c", "bench.yaml", "--run-id", "r"); status != 0 {
		t.Fatalf("status %d\n%s", status, said)
	}
	want := runFacts(t, dir)
	if strings.Count(want, " resolved ") != 14 { // one of each agent
		t.Fatalf("the undisturbed run:\n%s", want)
	}
	for name, signal := range map[string]syscall.Signal{
		"int_": syscall.SIGINT, "term": syscall.SIGTERM, "kill": syscall.SIGKILL,
	} {
		t.Run(name, func(t *testing.T) {
			dir, env := lay(name)
			cutOff(t, dir, env, signal)
			proceed(dir)
			if _, said, status := program(t, dir, env, "resume", "r"); status != 0 {
				t.Errorf("status %d\n%s", status, said)
			}
			if got := runFacts(t, dir); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			recountIn(t, dir, "r")
		})
	}
}
