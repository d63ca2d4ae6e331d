package examples_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bench/internal/require"
)

var update = flag.Bool("update", false, "write the real output into the console blocks")

// TestDocuments runs the console blocks of the documents, one after the other,
// in a directory of their own. What a block shows must be what is printed, but
// for numbers that differ from run to run. A line "…" stands for lines that
// are not shown. With -update the blocks get the real output, as many lines of
// it as they had.
func TestDocuments(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the quickstart several times")
	}
	bin := filepath.Join(t.TempDir(), "bench")
	if out, err := run(t, "..", "go", "build", "-o", bin, "./cmd/bench"); err != nil {
		t.Fatalf("build bench: %v\n%s", err, out)
	}
	for _, path := range []string{"../README.md", "../docs/quickstart.md", "../docs/scoring.md",
		"../docs/timeline.md", "../docs/report.md", "../docs/scripted.md",
		"../docs/gate.md", "../docs/gateway.md", "../docs/routing.md", "../docs/contamination.md",
		"../docs/cache.md", "../docs/replay.md", "../docs/scale.md"} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			checkDocument(t, bin, path)
		})
	}
}

// step is a command of a console block and what the document shows below it.
type step struct {
	command string
	shown   []string
}

var (
	console = regexp.MustCompile("(?s)```console\n(.*?)```")
	prompt  = regexp.MustCompile(`(?m)^\$ `)
)

func checkDocument(t *testing.T, bin, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	examples, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(examples, filepath.Join(work, "examples")); err != nil {
		t.Fatal(err)
	}
	n := 0
	renewed := console.ReplaceAllStringFunc(string(text), func(block string) string {
		body := console.FindStringSubmatch(block)[1]
		var b strings.Builder
		for _, part := range prompt.Split(body, -1)[1:] {
			n++
			lines := strings.Split(strings.TrimSuffix(part, "\n"), "\n")
			s := step{command: lines[0], shown: lines[1:]}
			printed := perform(t, bin, work, s.command)
			if !*update {
				compare(t, s, printed)
			}
			b.WriteString("$ " + s.command + "\n" + renew(s.shown, printed))
		}
		return "```console\n" + b.String() + "```"
	})
	if n == 0 {
		t.Errorf("%s has no console block", path)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(path, []byte(renewed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// perform runs a command line and returns its standard output.
func perform(t *testing.T, bin, work, command string) []string {
	t.Helper()
	if strings.Contains(command, "sqlite3 ") {
		require.Program(t, "sqlite3")
	}
	if strings.Contains(command, "examples/program/") {
		require.Program(t, "curl")
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c",
		strings.Replace(command, "go run ./cmd/bench", bin, 1))
	cmd.Dir = work
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("$ %s\n%v\n%s", command, err, stderr.String())
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return lines
}

const elision = "…"

// renew is the part of the output that the document shows: all of it, or as
// many lines as before, and then the elision.
func renew(shown, printed []string) string {
	if len(shown) > 0 && shown[len(shown)-1] == elision {
		keep := min(len(shown)-1, len(printed))
		printed = append(printed[:keep:keep], elision)
	}
	if len(printed) == 0 {
		return ""
	}
	return strings.Join(printed, "\n") + "\n"
}

// compare finds the shown lines in the output, in order.
func compare(t *testing.T, s step, printed []string) {
	t.Helper()
	at := 0
	for _, line := range s.shown {
		if line == elision || drawn.MatchString(line) {
			continue
		}
		want := plain(line)
		for at < len(printed) && plain(printed[at]) != want {
			at++
		}
		if at == len(printed) {
			t.Errorf("$ %s\ndoes not print, in this place:\n%s\nbut\n%s",
				s.command, line, strings.Join(printed, "\n"))
			return
		}
		at++
	}
}

var (
	took   = regexp.MustCompile(`\b(\d+m)?[\d.]+m?s\b`)
	stamp  = regexp.MustCompile(`\d{8}-\d{6}-[a-z2-7]{4}`) // the default id of a run
	number = regexp.MustCompile(`[+-]?\$?\d[\d.,:-]*(k|ms|s|×|%)?`)
	fixed  = regexp.MustCompile(`resolved|fusion, solo|batch|delegations|escalated,|outcome|empty_patch|limit_`)
	blanks = regexp.MustCompile(`[ ─]+`)
	// A timeline: every one is different.
	drawn = regexp.MustCompile(`[█▓▄░━▼├]|^ *0s |^ Critical path |^   call \d`)
)

// plain is a line without layout, without durations and, unless it is one that
// must not change, without numbers.
func plain(line string) string {
	line = stamp.ReplaceAllString(took.ReplaceAllString(line, "N"), "N")
	if !fixed.MatchString(line) || strings.Contains(line, "per resolved") ||
		strings.Contains(line, "$") || strings.Contains(line, "mean") {
		line = number.ReplaceAllString(line, "N")
	}
	return strings.TrimSpace(blanks.ReplaceAllString(line, " "))
}
