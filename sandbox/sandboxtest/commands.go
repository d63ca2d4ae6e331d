package sandboxtest

import (
	"strings"
	"testing"
	"time"

	"bench/sandbox"
)

// commands are promises about what a command sees and how it ends.
var commands = map[string]func(*testing.T, *kit){
	"exit status 0": func(t *testing.T, k *kit) {
		equal(t, "code", run(t, k.shared, sandbox.Shell("true")).Code, 0)
	},
	"exit status of the command": func(t *testing.T, k *kit) {
		equal(t, "code", run(t, k.shared, sandbox.Shell("exit 37")).Code, 37)
		equal(t, "code", run(t, k.shared, sandbox.Shell("exit 255")).Code, 255)
	},
	"a signal counts from 128": func(t *testing.T, k *kit) {
		equal(t, "code of TERM", run(t, k.shared, sandbox.Shell("kill -TERM $$")).Code, 143)
		r := run(t, k.shared, sandbox.Shell("kill -KILL $$"))
		equal(t, "code of KILL", r.Code, 137)
		equal(t, "timed out", r.TimedOut, false)
	},
	"a missing command is 127": func(t *testing.T, k *kit) {
		for _, name := range []string{"no-such-command", "/no/such/command", "./no-such"} {
			r := run(t, k.shared, sandbox.Cmd{Args: []string{name}})
			equal(t, "code of "+name, r.Code, 127)
			if !strings.Contains(string(r.Output), name) {
				t.Errorf("output %q does not name %s", r.Output, name)
			}
		}
	},
	"a command that is no program is 126": func(t *testing.T, k *kit) {
		file := k.dir(t) + "/plain"
		sh(t, k.shared, "echo text >"+file)
		equal(t, "code", run(t, k.shared, sandbox.Cmd{Args: []string{file}}).Code, 126)
		equal(t, "code", run(t, k.shared, sandbox.Cmd{Args: []string{"/tmp"}}).Code, 126)
	},
	"a missing directory is 126": func(t *testing.T, k *kit) {
		r := run(t, k.shared, sandbox.Cmd{Args: []string{"/bin/sh", "-c", ":"}, Dir: "/no/such"})
		equal(t, "code", r.Code, 126)
		if !strings.Contains(string(r.Output), "/no/such") {
			t.Errorf("output %q does not name the directory", r.Output)
		}
	},
	"arguments arrive as they are": func(t *testing.T, k *kit) {
		args := []string{"a b", "", "c'd\"e", "$HOME *", "line\nline", "\xff\xfe", "ünï"}
		cmd := sandbox.Shell(`for a in "$@"; do printf '<%s>' "$a"; done`)
		cmd.Args = append(append(cmd.Args, "sh"), args...)
		want := "<" + strings.Join(args, "><") + ">"
		equal(t, "output", string(run(t, k.shared, cmd).Output), want)
	},
	"a long argument arrives whole": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell(`printf %s "$1" | wc -c`)
		cmd.Args = append(cmd.Args, "sh", strings.Repeat("x", 100_000))
		out := strings.TrimSpace(string(run(t, k.shared, cmd).Output))
		equal(t, "length", out, "100000")
	},
	"the default directory is the workdir": func(t *testing.T, k *kit) {
		equal(t, "pwd", sh(t, k.shared, "pwd"), k.shared.Workdir()+"\n")
		equal(t, "file", sh(t, k.shared, "cat README"), "a tree\n")
	},
	"the directory can be chosen": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		cmd := sandbox.Shell("pwd")
		cmd.Dir = dir
		equal(t, "pwd", string(run(t, k.shared, cmd).Output), dir+"\n")
		cmd.Dir = "src"
		equal(t, "pwd", string(run(t, k.shared, cmd).Output), k.shared.Workdir()+"/src\n")
	},
	"a workdir made anew is found": func(t *testing.T, k *kit) {
		box := k.own(t)
		w := box.Workdir()
		sh(t, box, "cp -r "+w+" /tmp/anew-$$ && cd / && mv "+w+" "+w+"-old && mv /tmp/anew-$$ "+w+
			" && rm -rf "+w+"-old")
		equal(t, "pwd", sh(t, box, "cat README && pwd"), "a tree\n"+w+"\n")
	},
	"variables are added": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell(`echo "$KIT_A|$KIT_B|${PATH:+path}"`)
		cmd.Env = []string{"KIT_A=one", "KIT_B=two = 2", "KIT_A=three"}
		equal(t, "output", string(run(t, k.shared, cmd).Output), "three|two = 2|path\n")
		equal(t, "next command", sh(t, k.shared, `echo "$KIT_A"`), "\n")
	},
	"PATH can be replaced": func(t *testing.T, k *kit) {
		dir := k.dir(t)
		sh(t, k.shared, "printf '#!/bin/sh\\necho mine\\n' >"+dir+"/ls; chmod +x "+dir+"/ls")
		cmd := sandbox.Cmd{Args: []string{"ls"}, Env: []string{"PATH=" + dir + ":/bin"}}
		equal(t, "output", string(run(t, k.shared, cmd).Output), "mine\n")
	},
	"there is a home": func(t *testing.T, k *kit) {
		sh(t, k.shared, `test -d "$HOME" && echo x >"$HOME/kit" && rm "$HOME/kit"`)
	},
	"secrets of the host stay outside": func(t *testing.T, k *kit) {
		t.Setenv("KIT_API_KEY", "sk-secret")
		box := k.own(t)
		if env := sh(t, box, "env"); strings.Contains(env, "sk-secret") {
			t.Errorf("the environment holds the secret:\n%s", env)
		}
	},
	"input is empty without Stdin": func(t *testing.T, k *kit) {
		equal(t, "output", sh(t, k.shared, "cat; echo end"), "end\n")
	},
	"a command leads its process group": func(t *testing.T, k *kit) {
		out := sh(t, k.shared, `cut -d' ' -f1,5 /proc/$$/stat 2>/dev/null || cat /proc/$$/stat`)
		f := strings.Fields(out)
		if len(f) > 4 {
			f = []string{f[0], f[4]}
		}
		equal(t, "group", f[1], f[0])
	},
	"the time it took is told": func(t *testing.T, k *kit) {
		r := run(t, k.shared, sandbox.Shell("sleep 0.2"))
		if r.Duration < 200*time.Millisecond || r.Duration > patience {
			t.Errorf("duration %v of a sleep of 200ms", r.Duration)
		}
	},
}
