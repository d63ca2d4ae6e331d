package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bench"
)

// strictly are the servers whose manners scripts know, and the protocol in which
// each is asked.
var strictly = []struct{ server, provider, api string }{
	{"gemini", "openai", "chat"},
	{"deepseek", "openai", "chat"},
	{"mistral", "openai", "chat"},
	{"anthropic", "anthropic", "messages"},
	{"anthropic", "openai", "chat"}, // behind a gateway
	{"openai", "openai", "chat"},
	{"openai-responses", "openai", "responses"},
}

// The tasks of the quickstart in which sidekicks work side by side and escalate, by
// themselves and because they must.
const lively = "quickstart__recur-5,quickstart__textwrap-9"

// Fusion of the quickstart ends as it does where nobody is strict: what agents say
// to a model is what every server takes. Models that can think do.
func TestQuickstartUnderStrictServers(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs fusion of the quickstart eight times")
	}
	want := quickstart(t, "", "chat", "")
	if strings.Count(want, "\n") != 1 {
		t.Fatalf("the quickstart ended with\n%s", want)
	}
	for _, s := range strictly {
		effort := ""
		if s.api != "chat" {
			effort = "high"
		}
		if got := quickstart(t, s.server, s.api, effort); got != want {
			t.Errorf("strict %s, api %s: outcomes\n%s\nwant\n%s", s.server, s.api, got, want)
		}
	}
}

// others are the lines of the quickstart's config about what is not fusion.
var others = regexp.MustCompile(`(?m)^(  solo-.*|compare: .*)\n`)

// quickstart runs fusion of the quickstart, as strict as a server, and returns how
// its trials ended.
func quickstart(t *testing.T, server, api, effort string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/quickstart")); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(dir, "bench.yaml"), func(text string) string {
		return others.ReplaceAllString(text, "")
	})
	if server != "" {
		rewrite(t, filepath.Join(dir, "script.yaml"), func(text string) string {
			return "strict: " + server + "\n" + text
		})
	}
	args := []string{"run", "-c", "bench.yaml", "--run-id", "r", "--instances", lively}
	for _, model := range []string{"sim-frontier", "sim-small"} {
		args = append(args, "--set", fmt.Sprintf("models.%s.api=%s", model, api))
		if effort != "" {
			args = append(args, "--set", fmt.Sprintf("models.%s.reasoning_effort=%s", model, effort))
		}
	}
	if _, said, status := program(t, dir, nil, args...); status != int(bench.ExitDone) {
		t.Fatalf("strict %s, api %s: status %d\n%s", server, api, status, said)
	}
	var outcomes string
	scan(t, database(t, filepath.Join(dir, "bench.db")), `SELECT group_concat(line, char(10)) FROM (
		SELECT configuration || ' ' || instance_id || ' ' || outcome AS line FROM v_trials ORDER BY 1)`, &outcomes)
	return outcomes
}

func rewrite(t *testing.T, file string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(change(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
}

// strictScript makes a main agent resume what one of its sidekicks has done.
const strictScript = `
strict: %s
models:
  lead: {price: {input: 15, output: 75}, latency: 30ms}
  small: {price: {input: 0.6, output: 2.2}, latency: 30ms}
rules:
  - when: {model: small, last: 'Read (one|two)\.'}
    say: I look.
    calls: [{tool: terminal, arguments: {command: "cat *.sh; date +%%N"}}, {tool: terminal, arguments: {command: pwd}}]
  - when: {model: lead, turn: 1}
    calls:
      - {tool: task, arguments: {prompt: Read one., subagent_type: sidekick}}
      - {tool: task, arguments: {prompt: Read two., subagent_type: sidekick}}
  - when: {model: lead, turn: 2}
    calls:
      - {tool: task, arguments: {prompt: What about three?, subagent_type: sidekick, resume: t0001}}
      - {tool: terminal, arguments: {command: "date +%%N > .stamp; cat .stamp"}}
  - when: {model: lead, turn: 3}
    calls: [{tool: terminal, arguments: {command: "sed -i 's/$1 - $2/$1 + $2/' *.sh; cat *.sh"}}]
  - say: "Findings: none."
`

const strictConfig = `
dataset: {path: %%s}
workers: {agents: 3, grading: 1}
sandbox: {kind: local}
models:
  lead: {provider: %[1]s, api: %[2]s, model: lead, base_url: %%s%[3]s, reasoning_effort: high, price: {input: 15, output: 75}}
  small: {provider: %[1]s, api: %[2]s, model: small, base_url: %%[2]s%[3]s, reasoning_effort: high, price: {input: 0.6, output: 2.2}}
configurations:
  fusion: {kind: fusion, main: lead, sidekick: {model: small, memory: resumable}}
`

// What a fusion says is taken by strict servers, also when a sidekick is resumed
// and when the process was killed in between.
func TestStrictServersTakeResumedConversations(t *testing.T) {
	t.Parallel()
	for i, s := range strictly {
		at := []int{4, 11}[i%2]
		t.Run(fmt.Sprintf("%s %s %d", s.server, s.api, at), func(t *testing.T) {
			t.Parallel()
			w := newWitness(t, fmt.Sprintf(strictScript, s.server))
			path := "/v1"
			if s.provider == "anthropic" {
				path = ""
			}
			dir := w.lay(t, fmt.Sprintf(strictConfig, s.provider, s.api, path))
			env := []string{"TMPDIR=" + dir}
			w.kill(t, dir, env, at)
			_, said, status := program(t, dir, env, "resume", "r")
			if status != int(bench.ExitDone) {
				t.Fatalf("status %d:\n%s", status, said)
			}
			// Each client learns from one refusal that Mistral's streams report their usage unasked.
			learns := s.server == "mistral"
			if l := w.provider.Ledger(); l.Faults["refused"] > 0 && !learns || l.Unmatched > 0 {
				t.Errorf("refused %d, unmatched %d\n%s", l.Faults["refused"], l.Unmatched, said)
			}
			var trials, resolved int
			scan(t, database(t, filepath.Join(dir, "bench.db")),
				`SELECT count(*), sum(resolved) FROM v_trials WHERE phase = 'done'`, &trials, &resolved)
			if trials != 2 || resolved != 1 { // greet-2 wants another change
				t.Errorf("%d trials ended, %d resolved\n%s", trials, resolved, said)
			}
			if !w.heard("Read one.", "What about three?") {
				t.Error("no sidekick was resumed")
			}
		})
	}
}

// heard reports whether one conversation had all these words.
func (w *witness) heard(words ...string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, asked := range w.asked {
		all := true
		for _, word := range words {
			all = all && bytes.Contains(asked, []byte(word))
		}
		// The main agent has them, too, as what it called with.
		if all && !bytes.Contains(asked, []byte(`subagent_type`)) {
			return true
		}
	}
	return false
}
