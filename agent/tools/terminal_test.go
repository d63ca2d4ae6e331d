package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/sandbox"
)

// call runs one tool call as the loop would.
func call(t testing.TB, tool agent.Tool, arguments map[string]any) agent.Observation {
	t.Helper()
	b, err := json.Marshal(arguments)
	if err != nil {
		t.Fatal(err)
	}
	return callRaw(t, t.Context(), tool, string(b))
}

func callRaw(t testing.TB, ctx context.Context, tool agent.Tool, arguments string) agent.Observation {
	t.Helper()
	w, err := tool.Accept(ctx, agent.Call{ID: "c", Arguments: arguments})
	if err != nil {
		return agent.Failure(agent.ClassArguments, "%v", err)
	}
	hold := new(agent.Locks).Enqueue(w.Locks...)
	defer hold.Release()
	if err := hold.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	return w.Run(ctx, hold)
}

func newTerminal(t testing.TB, o tools.Options) *tools.Terminal {
	t.Helper()
	if o.Box == nil {
		o.Box = newBox(t)
	}
	o.Agent = "main"
	term := tools.NewTerminal(o)
	t.Cleanup(term.Close)
	return term
}

type step struct {
	args map[string]any
	want string // regular expression over the whole text
	code int
}

func cmd(c string) map[string]any   { return map[string]any{"command": c} }
func input(c string) map[string]any { return map[string]any{"command": c, "is_input": true} }
func wait(c string, s float64) map[string]any {
	return map[string]any{"command": c, "timeout": s}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		limit time.Duration
		steps []step
	}{
		{name: "state lasts", steps: []step{
			{cmd("X=1; export Y=2; f() { echo f$1; }; mkdir d; cd d"), `^\[exit code 0, now in .*/d\]$`, 0},
			{cmd(`echo $X "$Y" $#; f 3; pwd`), `^1 2 0\nf3\n.*/d\n\[exit code 0, now in .*/d\]$`, 0},
		}},
		{name: "exit code and order of output", steps: []step{
			{cmd("echo a; echo b >&2; echo c; (exit 7)"), `^a\nb\nc\n\[exit code 7\]$`, 7},
			{cmd("printf 'no line break'"), `^no line break\n\[exit code 0\]$`, 0},
			{cmd("nosuchcommand"), `not found\n\[exit code 127\]$`, 127},
		}},
		{name: "quoting and many lines", steps: []step{
			{cmd("cat <<'E'\nit's $HOME\nE\necho \"two\nlines\""), "^it's \\$HOME\ntwo\nlines\n\\[exit code 0\\]$", 0},
			{cmd("# nothing"), `^\[exit code 0\]$`, 0},
			{cmd(`echo "unfinished`), `(?s)unexpected EOF.*\[exit code [12]\]$`, -2},
			{cmd("echo fine"), `^fine\n`, 0},
		}},
		{name: "exit restarts the shell", steps: []step{
			{cmd("Z=1; exit 3"), `^\[the shell has ended with code 3; a new shell starts`, 3},
			{cmd(`echo "<$Z>"`), `^<>\n\[exit code 0\]$`, 0},
		}},
		{name: "exit takes background jobs along", steps: []step{
			{cmd("setsid sleep 93.25 & exit 3"), `^\[the shell has ended with code 3`, 3},
			{cmd("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '[s]leep 93.25'"), `^0\n`, 1},
		}},
		{name: "exec replaces the shell", steps: []step{
			{cmd("exec echo gone"), `^gone\n\[the shell has ended with code 0`, 0},
			{cmd("echo new"), `^new\n\[exit code 0\]$`, 0},
		}},
		{name: "a failing command under set -e", steps: []step{
			{cmd("set -e; false; echo no"), `^\[the shell has ended with code 1`, 1},
		}},
		{name: "poll", steps: []step{
			{wait("echo one; sleep 0.5; echo two", 0.2), `^one\n\[still running after 200ms; exit code -1`, -1},
			{cmd("echo three"), "^Error: a command is still running", -2},
			{cmd(""), `^two\n\[exit code 0\]$`, 0},
			{cmd(""), "^Error: command is empty and nothing is running", -2},
		}},
		{name: "input", steps: []step{
			{wait("read a; echo got $a; read b; echo got $b", 0.1), `still running`, -1},
			{map[string]any{"command": "first", "is_input": true, "timeout": 0.2}, `^got first\n\[still`, -1},
			{input("ENTER"), `^got\n\[exit code 0\]$`, 0},
			{input("x"), "^Error: nothing is running", -2},
		}},
		{name: "C-c ends a loop and not the shell", steps: []step{
			{wait("V=1; while :; do sleep 0.05; done; echo after", 0.1), `still running`, -1},
			{input("C-c"), `^\[exit code 130\]$`, 130},
			{cmd("echo $V"), `^1\n\[exit code 0\]$`, 0},
		}},
		{name: "C-d ends the input", steps: []step{
			{wait("cat; echo end", 0.1), `still running`, -1},
			{input("C-d"), `^end\n\[exit code 0\]$`, 0},
			{cmd("echo again"), `^\[the shell had no input any more after C-d; .*\]\nagain\n\[exit code 0\]$`, 0},
		}},
		{name: "keys that do nothing", steps: []step{
			{wait("sleep 5", 0.1), `still running`, -1},
			{input("C-z"), "^Error: C-z has no effect", -2},
		}},
		{name: "reset", steps: []step{
			{wait("W=1; sleep 60", 0.1), `still running`, -1},
			{map[string]any{"command": "echo <$W>", "reset": true}, ``, -2},
			{map[string]any{"command": "", "reset": true}, `^\[the shell was reset`, -2},
			{cmd(`echo "<$W>"`), `^<>\n`, 0},
			{map[string]any{"command": "x", "reset": true, "is_input": true}, "does not go with", -2},
		}},
		{name: "limit of one command", limit: 300 * time.Millisecond, steps: []step{
			{cmd("echo begun; sleep 77.5"), `^begun\n\[killed after 0 s, the limit for one command`, 137},
			{cmd("echo new"), `^new\n\[exit code 0\]$`, 0},
			{wait("sleep 77.5", 0.1), `still running`, -1},
			{cmd("sleep 0"), "still running", -2},
		}},
		{name: "redirected for good", steps: []step{
			{cmd("exec >log; echo hidden"), `^\[exit code 0\]$`, 0},
			{cmd("cat log >&2"), `^hidden\n\[exit code 0\]$`, 0},
		}},
		{name: "every descriptor is the command's", steps: []step{
			{cmd("exec 9>lock; flock -n 9 && echo got"), `^got\n\[exit code 0\]$`, 0},
			{cmd("exec 9>&- 8>&- 7>&-; echo closed"), `^closed\n\[exit code 0\]$`, 0},
			{cmd("cat lock"), `^\[exit code 0\]$`, 0},
		}},
		{name: "another shell in the place of this one", steps: []step{
			{cmd("X=1; export Y=2; exec bash"), `^\[exit code 0\]$`, 0},
			{cmd("echo x$X y$Y"), `^x y2\n\[exit code 0\]$`, 0},
			{cmd("exec /bin/sh"), `^\[exit code 0\]$`, 0},
			{cmd("echo still here; false"), `^still here\n\[exit code 1\]$`, 1},
			{cmd("exec sh -c 'exit 4'"), `^\[the shell has ended with code 4; `, 4},
		}},
		{name: "a trace shows the commands alone", steps: []step{
			{cmd("set -x; echo a"), `^\+{1,2} echo a\na\n\[exit code 0\]$`, 0},
			{cmd("echo b"), `^\+{1,2} echo b\nb\n\[exit code 0\]$`, 0},
			{cmd("set +x; echo c"), `^\+{1,2} set \+x\nc\n\[exit code 0\]$`, 0},
			{cmd("echo d"), `^d\n\[exit code 0\]$`, 0},
		}},
		{name: "the directory is gone when the shell ends", steps: []step{
			{cmd("mkdir gone; cd gone; rmdir ../gone; exit 3"),
				`^\[the shell has ended with code 3; a new shell starts .*, in \S*/testbed, `, 3},
			{cmd("pwd"), `/testbed\n\[exit code 0\]$`, 0},
		}},
		{name: "background output comes later", steps: []step{
			{cmd("(sleep 0.2; echo late) &"), `\[exit code 0\]$`, 0},
			{cmd("sleep 0.5; echo now"), `^late\nnow\n`, 0},
		}},
		{name: "arguments", steps: []step{
			{map[string]any{"cmd": "ls"}, `unknown field "cmd" \(known: command, is_input, timeout, reset\); command is missing`, -2},
			{map[string]any{"command": 5}, `command must be a string`, -2},
			{wait("ls", -1), `timeout must be at least 0`, -2},
			{wait("echo a", 7200), `^\[the timeout was lowered to 3600 s, the most there is\]\na\n`, 0},
			{map[string]any{"command": "echo n", "timeout": nil}, "^n\n", 0},
			{cmd(strings.Repeat("x", 30001)), `longer than 30000 characters`, -2},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			term := newTerminal(t, tools.Options{CommandTimeout: test.limit})
			for i, s := range test.steps {
				o := call(t, term, s.args)
				if !regexp.MustCompile(s.want).MatchString(o.Text) {
					t.Fatalf("step %d: text %q does not match %q", i, o.Text, s.want)
				}
				if s.code != -2 && (o.ExitCode == nil || *o.ExitCode != s.code) {
					t.Fatalf("step %d: exit code %v, want %d (%s)", i, o.ExitCode, s.code, o.Text)
				}
			}
			term.Close()
			if alive("sleep 77.5") && test.limit > 0 {
				t.Error("a killed command lives on")
			}
		})
	}
}

func TestTerminalWithoutBash(t *testing.T) {
	bin := t.TempDir() // a PATH that knows the small commands and no bash
	for _, c := range []string{"sh", "cat", "sleep", "seq"} {
		file, err := exec.LookPath(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(file, filepath.Join(bin, c)); err != nil {
			t.Fatal(err)
		}
	}
	pool, dir := newPool(t), tree(t)
	create(t, pool, dir) // checks out, which needs git
	t.Setenv("PATH", bin)
	term := newTerminal(t, tools.Options{Box: create(t, pool, dir)})
	for i, s := range []step{
		{cmd(`echo "${BASH_VERSION:-none}"; X=1`), "^none\n\\[exit code 0\\]$", 0},
		{cmd(`echo "open`), `(?s)\[exit code 2\]$`, 2},
		{cmd("echo $X"), "^1\n", 0},
		{wait("while :; do sleep 0.05; done", 0.1), "still running", -1},
		{input("C-c"), `^\[exit code 130\]$`, 130},
		{cmd("echo $X"), "^1\n", 0},
	} {
		o := call(t, term, s.args)
		if !regexp.MustCompile(s.want).MatchString(o.Text) || o.ExitCode == nil || *o.ExitCode != s.code {
			t.Fatalf("step %d: %q", i, o.Text)
		}
	}
}

func TestTerminalClipsAndSaves(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	term := newTerminal(t, tools.Options{Box: box})
	o := call(t, term, cmd("seq 1 20000; echo é"))
	if n := len([]rune(o.Text)); n < 30000 || n > 30200 {
		t.Errorf("%d characters", n)
	}
	if !strings.HasPrefix(o.Text, "1\n2\n") || !strings.HasSuffix(o.Text, "20000\né\n[exit code 0]") {
		t.Errorf("head or tail lost: %q … %q", o.Text[:20], o.Text[len(o.Text)-40:])
	}
	m := regexp.MustCompile(`\n\[(\d+) characters left out; all of it is in (\S+)\]\n`).FindStringSubmatch(o.Text)
	if m == nil {
		t.Fatal("no note on what was left out")
	}
	saved, err := os.ReadFile(m[2])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(saved), "\n") != 20001 {
		t.Errorf("saved %d lines", strings.Count(string(saved), "\n"))
	}
	if int64(len(saved)) != o.Bytes {
		t.Errorf("saved %d bytes, recorded %d", len(saved), o.Bytes)
	}
	if want := fmt.Sprint(len([]rune(string(saved))) - 30000); m[1] != want {
		t.Errorf("%s characters left out, want %s", m[1], want)
	}
}

// TestTerminalRoundTrip: a command that has ended says how far away its sandbox is, one that
// goes on does not.
func TestTerminalRoundTrip(t *testing.T) {
	t.Parallel()
	term := newTerminal(t, tools.Options{})
	if o := call(t, term, map[string]any{"command": "sleep 0.1"}); o.RoundTrip <= 0 {
		t.Errorf("%v: %s", o.RoundTrip, o.Text)
	}
	if o := call(t, term, map[string]any{"command": "sleep 60", "timeout": 0.1}); o.RoundTrip != 0 {
		t.Errorf("%v: %s", o.RoundTrip, o.Text)
	}
}

func TestTerminalCancelled(t *testing.T) {
	t.Parallel()
	term := newTerminal(t, tools.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	o := callRaw(t, ctx, term, `{"command":"sleep 88.25"}`)
	if !o.IsError || o.ErrorClass != agent.ClassCancelled {
		t.Errorf("observation %+v", o)
	}
	if alive("sleep 88.25") {
		t.Error("the command lives on")
	}
}

// What the sandbox has in its PATH is found, behind what the user's login files
// put before it; variables they set are there, and so is a shell they leave in
// an odd state.
func TestTerminalReadsLoginFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/tool", "b/tool", "b/only-here"} {
		program := []byte("#!/bin/sh\necho found $0\n")
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+"/b:"+os.Getenv("PATH"))
	box := newBox(t)
	home, err := sandbox.Run(t.Context(), box, sandbox.Shell(`printf %s "$HOME"`), nil)
	if err != nil {
		t.Fatal(err)
	}
	put(t, string(home.Output), ".profile", `[ -n "$BASH" ] && . ~/.bashrc`+"\n")
	put(t, string(home.Output), ".bashrc",
		"echo noise\ncd /\nPATH="+dir+"/a:$PATH\nexport PAGER=less FROM_RC=yes\nfalse\n")
	o := call(t, newTerminal(t, tools.Options{Box: box}), cmd("tool; only-here; echo $PAGER $FROM_RC"))
	want := "found " + dir + "/a/tool\nfound " + dir + "/b/only-here\ncat yes\n[exit code 0]"
	if o.Text != want {
		t.Errorf("got %q\nwant %q", o.Text, want)
	}
}

// An image whose login files end the shell still gives the agent one.
func TestTerminalDespiteLoginFiles(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]string{
		"exit": "exit 1\n", "exec": "exec true\n", "errors": "set -e\nfalse\n",
	} {
		box := newBox(t)
		home, err := sandbox.Run(t.Context(), box, sandbox.Shell(`printf %s "$HOME"`), nil)
		if err != nil {
			t.Fatal(err)
		}
		put(t, string(home.Output), ".profile", login)
		o := call(t, newTerminal(t, tools.Options{Box: box}), cmd("echo hi"))
		if o.Text != "hi\n[exit code 0]" {
			t.Errorf("%s: %q", name, o.Text)
		}
	}
}

// What a command read and wrote is told only if it went well.
func TestTerminalTouches(t *testing.T) {
	t.Parallel()
	box := newBox(t)
	put(t, box.Workdir(), "sub/f", "one\ntwo\n")
	term := tools.NewTerminal(tools.Options{Box: box, Agent: "main"})
	t.Cleanup(term.Close)
	for _, test := range []struct {
		command string
		want    []bench.Touch
	}{
		{"cat missing", nil},
		{"cd sub && sed -n 2p f", []bench.Touch{{Path: "sub/f", From: 2, To: 2, Bytes: 4, Derived: true}}},
		{"cat f > g", []bench.Touch{{Path: "sub/g", Write: true, Derived: true}}}, // cd lasts
		{"cat /proc/version >/dev/null", nil},
	} {
		o := call(t, term, args{"command": test.command})
		if !slices.Equal(o.Touched, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.command, o.Touched, test.want)
		}
	}
}
