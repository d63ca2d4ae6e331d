package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/internal/require"
	"bench/llm/scripted"
	"bench/results"
	"bench/results/output"
)

const secretScript = `
rules:
  - {when: {turn: 1}, rate: 0.5, fault: {kind: status, status: 500, message: "no luck"}}
  - when: {turn: 1}
    calls: [{tool: terminal, arguments: {command: "env; cat prepared; echo fixed >a; cat /proc/$PPID/environ"}}]
  - say: Done.
`

const secretConfig = `
dataset: {path: tasks}
sandbox: {kind: local, build: {setup: ["env >prepared"]}}
models:
  m:
    provider: openai
    model: m
    base_url: http://${BENCH_TEST_USER}:${BENCH_TEST_PASSWORD}@%s/v1?sig=${BENCH_TEST_QUERY}
    extra_headers: {X-Title: "${BENCH_TEST_TITLE}"}
    api_key_env: BENCH_TEST_KEY
    price: {input: 1, output: 1}
configurations:
  solo: {kind: single, model: m}
  program:
    kind: command
    model: m
    command:
      run: |
        curl -sS "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" \
          -d '{"model": "m", "messages": [{"role": "user", "content": "go on"}]}'
        env; cat /proc/$PPID/environ; echo fixed >a
      gateway: {}
`

const secretTask = `
tree: repo
test_command: 'env; echo "--- PASS: TestA (0.00s)"'
log_parser: parse_log_gotest
fail_to_pass: [TestA]
pass_to_pass: []
`

// A key reaches its endpoint and nothing else: no output, no file, no sandbox.
func TestSecrets(t *testing.T) {
	t.Parallel()
	require.Program(t, "curl")
	script, err := scripted.Parse("script", []byte(secretScript))
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu   sync.Mutex
		sent = map[string]bool{}
	)
	model := scripted.New(script, scripted.Options{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		sent[r.Header.Get("Authorization")] = true
		mu.Unlock()
		model.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	dir := t.TempDir()
	host := strings.TrimPrefix(server.URL, "http://")
	writeAll(t, dir, map[string]string{
		"bench.yaml":                       fmt.Sprintf(secretConfig, host),
		"tasks/one/task.yaml":              secretTask,
		"tasks/one/problem_statement.md":   "a is wrong.\n",
		"tasks/one/repo/a":                 "wrong\n",
		"tasks/one/repo/deep/inside/b.txt": "right\n",
	})
	env := []string{
		"BENCH_TEST_KEY=sk-first-secret", "SOME_OTHER_TOKEN=tok-second-secret", "TMPDIR=" + dir,
		"BENCH_TEST_USER=someone", "BENCH_TEST_PASSWORD=hunter2-password",
		"BENCH_TEST_QUERY=canary-query", "BENCH_TEST_TITLE=canary-header",
	}
	secrets := []string{"sk-first-secret", "tok-second-secret", "hunter2-password", "canary-query",
		"canary-header"}
	for _, args := range [][]string{
		{"validate", "bench.yaml"},
		{"run", "-c", "bench.yaml", "--run-id", "r", "--dry-run"},
		{"run", "-c", "bench.yaml", "--run-id", "r"},
		{"show", "r", "one"},
		{"show", "r", "one", "--configuration", "program", "--timeline"},
		{"report", "r", "-o", "report.html"},
		{"compare", "r", "--format", "json"},
		{"export", "r", "-o", "out"},
		{"grade", "-c", "bench.yaml", "-p", "out/solo/preds.json", "-o", "graded"},
		{"validate", "bench.yaml", "--set", "models.m.api_key=sk-first-secret"},
	} {
		out, said, status := program(t, dir, env, args...)
		if want := args[len(args)-1] == "models.m.api_key=sk-first-secret"; (status != 0) != want {
			t.Errorf("bench %v: status %d\n%s", args, status, said)
		}
		if args[len(args)-1] == "--timeline" && !strings.Contains(out, " in 1 model call and ") {
			t.Errorf("the program called no model:\n%s", out)
		}
		absent(t, fmt.Sprintf("the output of bench %v", args), []byte(out+said), secrets)
	}
	if !sent["Bearer sk-first-secret"] || len(sent) != 1 {
		t.Errorf("the endpoint was sent %v", sent)
	}
	absentFromFiles(t, dir, secrets)
	absentFromBodies(t, filepath.Join(dir, "bench.db"), secrets)
}

func absent(t *testing.T, where string, text []byte, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if i := bytes.Index(text, []byte(s)); i >= 0 {
			t.Errorf("%s is in %s: …%q", s, where, text[max(0, i-80):i+len(s)])
		}
	}
}

// absentFromFiles looks at all files that were written, the database and its
// log among them.
func absentFromFiles(t *testing.T, dir string, secrets []string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "bench.yaml" {
			return err
		}
		b, err := os.ReadFile(path)
		absent(t, path, b, secrets)
		n++
		return err
	})
	if err != nil || n < 8 {
		t.Errorf("%d files, %v", n, err)
	}
}

// absentFromBodies looks into the bodies of the database, which are compressed.
func absentFromBodies(t *testing.T, path string, secrets []string) {
	t.Helper()
	store, err := results.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	rows, err := database(t, path).QueryContext(t.Context(), "SELECT hash FROM bodies")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []byte
	for rows.Next() {
		var hash bench.BodyHash
		if err := rows.Scan(&hash); err != nil {
			t.Fatal(err)
		}
		body, err := store.Body(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		absent(t, "body "+string(hash), body, secrets)
		all = append(all, body...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	// The listings of env in the sandboxes must be there, or nothing is proved.
	if n := bytes.Count(all, []byte("TMPDIR=")); n < 2 {
		t.Errorf("%d environments of sandboxes were recorded", n)
	}
}

// writeAll writes files below a directory.
func writeAll(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := output.File(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// canaryKey is a key whose signs JSON, URLs and shells write in different ways.
const canaryKey = `sk-canary-"quo\ted"/<0123456789>&abcdef`

const canaryScript = `
rules:
  - {when: {turn: 1}, times: 1, fault: {kind: status, status: 500, message: %[1]q}}
  - {when: {last: Side job}, say: %[1]q}
  - when: {turn: 1}
    think: %[1]q
    calls:
      - {tool: task, arguments: {description: %[1]q, prompt: %[4]q, subagent_type: sidekick}}
      - {tool: terminal, arguments: {command: %[2]q}}
  - say: %[3]q
`

// A key that a model prints, or a provider sends back, is found nowhere: in no body, no
// event, no patch, no export and no output. The verdict is the same.
func TestKeyThatAModelPrints(t *testing.T) {
	t.Parallel()
	text := fmt.Sprintf(canaryScript, "My key is "+canaryKey+".",
		"printf '%s\\n' '"+canaryKey+"' >a; cat a; env >b; cat a >&2; cat missing-'"+canaryKey+"'",
		"It is "+canaryKey+", not canary-query or canary-header, half of it is "+canaryKey[:len(canaryKey)/2+2],
		"Side job with "+canaryKey)
	script, err := scripted.Parse("script", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(scripted.New(script, scripted.Options{}).Handler())
	defer server.Close()
	dir := t.TempDir()
	config := fmt.Sprintf(secretConfig, strings.TrimPrefix(server.URL, "http://")) +
		"  team: {kind: fusion, main: m, sidekick: {model: m}}\n"
	files := map[string]string{
		"bench.yaml":                     config,
		"tasks/one/task.yaml":            secretTask,
		"tasks/one/problem_statement.md": "a is wrong.\n",
		"tasks/one/repo/a":               "wrong\n",
	}
	writeAll(t, dir, files)
	env := []string{
		"BENCH_TEST_KEY=" + canaryKey, "TMPDIR=" + dir,
		"BENCH_TEST_USER=someone", "BENCH_TEST_PASSWORD=hunter2-password",
		"BENCH_TEST_QUERY=canary-query", "BENCH_TEST_TITLE=canary-header",
	}
	half := canaryKey[:len(canaryKey)/2]
	quoted := fmt.Sprintf("%q", half)
	secrets := []string{half, canaryKey[len(canaryKey)/2:], quoted[1 : len(quoted)-1],
		"canary-query", "canary-header"}
	commands := [][]string{
		{"run", "-c", "bench.yaml", "--run-id", "r"},
		{"show", "r", "one"},
		{"show", "r", "one", "--format", "json"},
		{"compare", "r", "--format", "json"},
		{"report", "r", "-o", "r.html"},
		{"try", "-c", "bench.yaml", "--configuration", "team", "--repo", "tasks/one/repo", "Mend a."},
	}
	for _, form := range outputNames() {
		commands = append(commands, []string{"export", "r", "-o", "out-" + form, "--format", form})
	}
	for _, args := range commands {
		out, said, status := program(t, dir, env, args...)
		if status != 0 {
			t.Errorf("bench %v: status %d\n%s", args, status, said)
		}
		absent(t, fmt.Sprintf("the output of bench %v", args), []byte(out+said), secrets)
	}
	absentFromFiles(t, dir, secrets)
	absentFromBodies(t, filepath.Join(dir, "bench.db"), secrets)
	var notices, without, diff int
	err = database(t, filepath.Join(dir, "bench.db")).QueryRowContext(t.Context(), `
		SELECT (SELECT count(*) FROM notices WHERE code = 'key_redacted'),
			(SELECT count(*) FROM events WHERE payload LIKE '%[API key]%'),
			(SELECT count(*) FROM trials WHERE outcome = 'resolved' AND patch_bytes > 40)`,
	).Scan(&notices, &without, &diff)
	if err != nil || notices != 4 || without < 3 || diff != 3 {
		t.Errorf("%d notices, %d events, %d trials resolved, %v", notices, without, diff, err)
	}
}
