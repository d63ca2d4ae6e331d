package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bench/internal/width"
)

// Names that take more columns than they have characters, or fewer: Chinese, emoji of
// one and of several characters, accents that follow their letter.
const (
	wideTask  = "wide__names-1"
	wideModel = "大型模型/e\u0301quipe-🚀"
	wideTest  = "Test合計/負の数"
)

const wideConfig = `
dataset: {path: tasks}
sandbox: {kind: local}
models:
  big: {provider: scripted, model: MODEL, script: say.yaml, price: {input: 10, output: 50}}
  small: {provider: scripted, model: 小型, script: say.yaml, price: {input: 1, output: 2}}
configurations:
  solo: {kind: single, model: big}
  fusion: {kind: fusion, main: big, sidekick: {model: small}}
`

const wideScript = `
rules:
  - when: {role: main, turn: 1}
    calls:
      - {tool: task, arguments: {description: "调查\t符号错误并且修复它在所有的地方一次又一次", prompt: "调查", subagent_type: sidekick}}
      - {tool: task, arguments: {description: "e\u0301\u0301\u0301 two", prompt: "two", subagent_type: sidekick}}
  - when: {role: sidekick, turn: 1}
    calls: [{tool: finish, arguments: {message: "缺少信息", outcome: escalate, reason_code: missing_info}}]
  - when: {turn: 1}
    calls: [{tool: terminal, arguments: {command: "echo 1 >合计文件"}}]
  - say: 完成。
`

// layWide writes a run of such names into dir.
func layWide(t *testing.T, dir string) {
	t.Helper()
	names := strings.NewReplacer("MODEL", wideModel)
	for name, text := range map[string]string{
		"bench.yaml": names.Replace(wideConfig),
		"say.yaml":   wideScript,
		"tasks/" + wideTask + "/task.yaml": `tree: repo
test_command: 'echo "--- FAIL: ` + wideTest + ` (0.00s)"'
log_parser: parse_log_gotest
fail_to_pass: ["` + wideTest + `"]
pass_to_pass: []
`,
		"tasks/" + wideTask + "/problem_statement.md": "负数的符号是错误的。\n",
		"tasks/" + wideTask + "/repo/README":          "none\n",
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

// Whatever the names are, no line of a timeline is wider than the terminal, and
// what stands under something in a table stands there.
func TestWideNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	layWide(t, dir)
	if _, said, status := program(t, dir, nil, "run", "-c", "bench.yaml", "--run-id", "夜間"); status != 0 {
		t.Fatalf("status %d\n%s", status, said)
	}
	for _, columns := range []string{"80", "100"} {
		env := []string{"COLUMNS=" + columns}
		most := map[string]int{"80": 80, "100": 100}[columns]
		timeline, said, status := program(t, dir, env, "show", "夜間", wideTask, "--configuration", "fusion", "--timeline")
		if status != 0 || !strings.Contains(timeline, "escalated, voluntary") {
			t.Fatalf("status %d\n%s%s", status, timeline, said)
		}
		for line := range strings.Lines(timeline) {
			if n := width.Of(strings.TrimRight(line, "\n")); n > most {
				t.Errorf("%d columns in %s: %s", n, columns, line)
			}
		}
		for _, arguments := range [][]string{
			{"compare", "夜間"}, {"compare", "夜間", "--format", "markdown"}, {"runs"}, {"status", "夜間"},
			{"show", "夜間", wideTask, "--configuration", "fusion"},
		} {
			out, said, status := program(t, dir, env, arguments...)
			if status != 0 {
				t.Fatalf("%s: status %d\n%s", arguments, status, said)
			}
			if n := aligned(t, out); n == 0 && arguments[0] != "status" {
				t.Errorf("%s prints no table:\n%s", arguments, out)
			}
		}
	}
}

var (
	underHeader = regexp.MustCompile(`^─+$`)
	markdownRow = regexp.MustCompile(`^\|.*\|$`)
)

// aligned fails where rows of a table are wider than the line below its header, or
// where rows of Markdown differ in width, and counts the tables. A row that is not
// as wide as its table ends before its last columns.
func aligned(t *testing.T, out string) (tables int) {
	t.Helper()
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		switch {
		case underHeader.MatchString(line):
			tables++
			widest := width.Of(lines[i-1])
			for _, row := range lines[i+1:] {
				if row == "" {
					break
				}
				widest = max(widest, width.Of(row))
			}
			if rule := width.Of(line); widest != rule-1 { // a row ends with a blank
				t.Errorf("a row of %d columns under a line of %d:\n%s", widest, rule, out)
			}
		case i > 0 && markdownRow.MatchString(line) && markdownRow.MatchString(lines[i-1]):
			tables++
			if a, b := width.Of(line), width.Of(lines[i-1]); a != b {
				t.Errorf("rows of %d and %d columns:\n%s\n%s", b, a, lines[i-1], line)
			}
		}
	}
	return tables
}
