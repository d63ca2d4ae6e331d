package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

// Whichever two servers share a conversation, turn by turn, each takes what the other's
// model said: other protocols, ids, thoughts and signatures.
func TestRoutedConversationsUnderStrictServers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := strings.Builder{}
	config := strings.Builder{}
	script.WriteString("models:\n")
	config.WriteString("dataset: {path: tasks}\nsandbox: {kind: local}\nworkers: {agents: 6}\nmodels:\n")
	for i, s := range strictly {
		fmt.Fprintf(&script, "  %s-%d: {strict: %[1]s, price: {input: 1, output: 1}}\n", s.server, i)
		effort := ""
		if s.api != "chat" {
			effort = ", reasoning_effort: high"
		}
		fmt.Fprintf(&config, "  m%d: {provider: scripted, model: %s-%[1]d, script: say.yaml, api: %[3]s, "+
			"price: {input: 1, output: 1}%[4]s}\n", i, s.server, s.api, effort)
	}
	script.WriteString(`rules:
  - when: {turn: 7}
    say: Done.
  - think: I look at both.
    calls: [{tool: terminal, arguments: {command: "echo x >>.x; cat .x"}}, {tool: terminal, arguments: {command: pwd}}]
`)
	config.WriteString("configurations:\n")
	pairs := 0
	for i := range strictly {
		for j := range strictly[:i] {
			pairs++
			fmt.Fprintf(&config, "  p%d-%d: {kind: router, model: m%d, router: {rules: "+
				"[{model: m%d, turn: 2..3}, {model: m%d, turn: 5}, {model: m%d, turn: 7}]}}\n", i, j, i, j, j, j)
		}
	}
	for name, text := range map[string]string{
		"say.yaml": script.String(), "bench.yaml": config.String(),
		"tasks/t/task.yaml": "tree: repo\ntest_command: 'true'\nlog_parser: parse_log_gotest\n" +
			"fail_to_pass: [TestAll]\npass_to_pass: []\n",
		"tasks/t/problem_statement.md": "Look.\n", "tasks/t/repo/README": "none\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, said, status := program(t, dir, nil, "run", "-c", "bench.yaml", "--run-id", "r"); status != int(bench.ExitDone) {
		t.Fatalf("status %d\n%s", status, said)
	}
	db := database(t, filepath.Join(dir, "bench.db"))
	var ended, failed, calls, switches, lost int
	scan(t, db, `SELECT count(*) FROM trials WHERE run_id = 'r' AND outcome = 'unresolved'`, &ended)
	scan(t, db, `SELECT count(*), (SELECT count(*) FROM llm_calls) FROM llm_calls WHERE error IS NOT NULL`, &failed, &calls)
	scan(t, db, `SELECT count(*), sum(reasoning_lost) FROM routes WHERE previous_model IS NOT NULL`, &switches, &lost)
	// Where another model called the tools, one that thinks by a budget is not asked to.
	var asked, left int
	scan(t, db, `SELECT count(parameters ->> '$.reasoning_effort'), count(*) FROM llm_calls WHERE model = 'm3'`, &asked, &left)
	if asked == 0 || asked == left {
		t.Errorf("an effort was asked for in %d of %d calls of Anthropic's model", asked, left)
	}
	if ended != pairs || failed > 0 || calls != 7*pairs || switches != 5*pairs || lost < pairs {
		var errors string
		scan(t, db, `SELECT coalesce(group_concat(line, char(10)), '') FROM (SELECT configuration || ' turn ' || turn || ': ' || c.error AS line
			FROM llm_calls c JOIN trials USING (trial_id) WHERE c.error IS NOT NULL)`, &errors)
		t.Errorf("%d of %d trials ended well; %d of %d calls failed; %d switches lost %d blocks\n%s", ended, pairs,
			failed, calls, switches, lost, errors)
	}
	if _, said, status := program(t, dir, nil, "replay", "r", "--run-id", "again", "--strict"); status != 0 {
		t.Errorf("played again: status %d\n%s", status, said)
	}
}
