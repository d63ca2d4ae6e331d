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
    base_url: http://${BENCH_TEST_USER}:${BENCH_TEST_PASSWORD}@%s/v1
    api_key_env: BENCH_TEST_KEY
    price: {input: 1, output: 1}
configurations:
  solo: {kind: single, model: m}
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
	for name, text := range map[string]string{
		"bench.yaml":                       fmt.Sprintf(secretConfig, host),
		"tasks/one/task.yaml":              secretTask,
		"tasks/one/problem_statement.md":   "a is wrong.\n",
		"tasks/one/repo/a":                 "wrong\n",
		"tasks/one/repo/deep/inside/b.txt": "right\n",
	} {
		if err := output.File(filepath.Join(dir, name), func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{
		"BENCH_TEST_KEY=sk-first-secret", "SOME_OTHER_TOKEN=tok-second-secret", "TMPDIR=" + dir,
		"BENCH_TEST_USER=someone", "BENCH_TEST_PASSWORD=hunter2-password",
	}
	secrets := []string{"sk-first-secret", "tok-second-secret", "hunter2-password"}
	for _, args := range [][]string{
		{"validate", "bench.yaml"},
		{"run", "-c", "bench.yaml", "--run-id", "r", "--dry-run"},
		{"run", "-c", "bench.yaml", "--run-id", "r"},
		{"show", "r", "one"},
		{"compare", "r", "--format", "json"},
		{"export", "r", "-o", "out"},
		{"grade", "-c", "bench.yaml", "-p", "out/solo/preds.json", "-o", "graded"},
		{"validate", "bench.yaml", "--set", "models.m.api_key=sk-first-secret"},
	} {
		out, said, status := program(t, dir, env, args...)
		if want := args[len(args)-1] == "models.m.api_key=sk-first-secret"; (status != 0) != want {
			t.Errorf("bench %v: status %d\n%s", args, status, said)
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
