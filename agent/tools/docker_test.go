package tools_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/tools"
	"bench/internal/require"
	"bench/sandbox"
	"bench/sandbox/docker"
)

// newContainer returns a container of one of the images of ci/images.sh, with
// one file, README, in its repository.
func newContainer(t testing.TB, image string) sandbox.Sandbox {
	t.Helper()
	require.Image(t, image)
	pool, err := docker.New(t.Context(), docker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	box, err := pool.Create(t.Context(), sandbox.Spec{
		RunID: "test", Purpose: sandbox.ForAgent,
		Trial: bench.TrialKey{Configuration: "c", InstanceID: "t", Attempt: 1},
		Task: bench.Task{InstanceID: "t", Source: bench.Source{
			Tree: tree(t), BaseImage: image,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close(context.Background()) })
	return box
}

// The tools do in containers what they do elsewhere: in one with bash, and in
// one with a busybox and nothing else.
func TestContainers(t *testing.T) {
	for image, shell := range map[string]string{
		"bench-test/bullseye": "^[0-9.]+", "bench-test/minimal": "^none\n",
	} {
		t.Run(image, func(t *testing.T) {
			box := newContainer(t, image)
			o := tools.Options{Box: box, Agent: "main"}
			term, e := newTerminal(t, o), tools.NewEditor(o)
			dir := box.Workdir()
			edit := func(a args) args {
				if a["path"] == nil {
					a["path"] = dir + "/README"
				}
				return a
			}
			for i, s := range []struct {
				tool agent.Tool
				args args
				want string
			}{
				{term, cmd(`echo "${BASH_VERSION:-none}"; X=1; cd /; pwd`), shell},
				{term, cmd("echo $X; pwd; cd $OLDPWD"), `^1\n/\n\[exit code 0\]$`},
				{term, cmd(`echo "open`), `(?s)\[exit code [12]\]$`},
				{term, wait("while :; do sleep 0.05; done", 0.2), "still running"},
				{term, input("C-c"), `^\[exit code 130\]$`},
				{term, cmd("setsid sleep 300 & exit 4"), "the shell has ended with code 4"},
				{term, cmd("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c '[s]leep 300'; seq 1 9000"), `(?s)^0\n1\n2\n.*all of it is in /tmp/bench-output-main-1.txt`},
				{term, cmd("wc -l < /tmp/bench-output-main-1.txt"), `^9001\n`},

				{e, edit(args{"command": "view"}), "^\\[" + dir + "/README, 3 lines\\]\n     1\tone\n     2\ttwo\n     3\tthree$"},
				{e, edit(args{"command": "view", "path": dir}), "README$"},
				{term, cmd("chmod 750 README; ln -s README link"), `exit code 0`},
				{e, edit(args{"command": "str_replace", "path": dir + "/link", "old_str": "two", "new_str": "it's\n2"}), "changed"},
				{e, edit(args{"command": "insert", "insert_line": 4, "new_str": "four"}), "     5\tfour$"},
				{term, cmd("stat -c %a README; cat link; ls -a | grep -c bench-"), "^750\none\nit's\n2\nthree\nfour\n0\n"},
				{e, edit(args{"command": "undo_edit"}), "took back"},
				{e, edit(args{"command": "create", "file_text": ""}), "exists already"},
				{e, edit(args{"command": "create", "path": dir + "/a/b/c", "file_text": "x"}), "created"},
				{e, edit(args{"command": "view", "path": dir + "/a"}), "two levels.*\nb/\nb/c$"},
				{e, edit(args{"command": "undo_edit", "path": dir + "/a/b/c"}), "removed"},
				{e, edit(args{"command": "view", "path": dir + "/a/b/c"}), "does not exist"},
				{e, edit(args{"command": "view", "path": "/bin/cat"}), "binary file"},
			} {
				obs := call(t, s.tool, s.args)
				if !regexp.MustCompile(s.want).MatchString(obs.Text) {
					t.Errorf("step %d: %.300q does not match %q", i, obs.Text, s.want)
				}
			}
		})
	}
}

// BenchmarkContainer is one command in a container's persistent shell.
func BenchmarkContainer(b *testing.B) {
	term := newTerminal(b, tools.Options{Box: newContainer(b, "bench-test/bullseye")})
	call(b, term, cmd("true")) // starts the shell
	for b.Loop() {
		if o := call(b, term, cmd("echo hi")); !strings.HasPrefix(o.Text, "hi\n") {
			b.Fatal(o.Text)
		}
	}
}
