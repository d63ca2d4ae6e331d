package fusion

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
)

func edit(dir, name, from, to string) llm.ToolCall {
	return use("file_editor", map[string]any{
		"command": "str_replace", "path": dir + "/" + name, "old_str": from, "new_str": to,
	})
}

// In files that all share, sidekicks work at the same time, and what they do to
// each other is recorded.
func TestSharedFree(t *testing.T) {
	t.Parallel()
	c := configuration()
	c.Sidekick.Workspace = bench.WorkspaceSharedFree
	tr := newTrial(t, c)
	wd := tr.box.Workdir()
	first, second := make(chan struct{}), make(chan struct{}) // have changed what they change
	s := &script{said: map[string][]llm.Response{
		"main":  {say("", brief("1"), brief("2")), say("", brief("3")), done("ok")},
		"t0001": {say("", edit(wd, "a.txt", "one", "ONE"), shell("echo 1 >> both"), shell("echo 1 > mine")), report("did")},
		"t0002": {say("", edit(wd, "a.txt", "three", "THREE"), shell("echo 2 >> both")), report("did")},
		"t0003": {say("", edit(wd, "a.txt", "two", "TWO")), report("did")},
	}}
	s.hook = func(_ context.Context, req llm.Request) error {
		switch who := fmt.Sprint(req.Speaker.Agent, " ", req.Speaker.Turn); who {
		case "t0001 2":
			close(first)
			<-second
		case "t0002 1": // at the same time one edit could undo the other
			<-first
		case "t0002 2":
			close(second)
		}
		return nil
	}
	tr.run(t, t.Context(), s)
	if got := tr.file(t, "a.txt"); got != lines("ONE", "TWO", "THREE") {
		t.Errorf("a.txt is %q", got)
	}
	certain, possible := []string{}, []string{}
	for _, f := range agenttest.Of[bench.WorkspaceFault](tr.log) {
		pair := []string{f.DelegationID, f.With}
		if slices.Sort(pair); f.Kind != bench.FaultConflict || fmt.Sprint(pair) != "[t0001 t0002]" {
			t.Errorf("fault %+v", f)
		}
		if f.Certain {
			certain = append(certain, f.Paths...)
		} else {
			possible = append(possible, f.Paths...)
		}
	}
	if slices.Sort(possible); fmt.Sprint(certain) != "[a.txt]" || !slices.Contains(possible, "both") {
		t.Errorf("certain %v, possible %v", certain, possible)
	}
	contains(t, tr.observations("main", "task")[2], "changed files: a.txt\nthe changes are in your working directory")
}

// Who is to change no files and does is recorded. In a copy the changes are
// thrown away.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, w := range []bench.Workspace{
		bench.WorkspaceSnapshot, bench.WorkspaceSharedLocked, bench.WorkspaceSharedFree,
	} {
		t.Run(string(w), func(t *testing.T) {
			t.Parallel()
			c := configuration()
			c.Sidekick.Workspace, c.Sidekick.ReadOnly = w, true
			tr := newTrial(t, c)
			tr.run(t, t.Context(), &script{said: map[string][]llm.Response{
				"main":  {say("", brief("look")), done("ok")},
				"t0001": {say("", shell("sed -i s/one/ONE/ a.txt")), report("looked")},
			}})
			faults := agenttest.Of[bench.WorkspaceFault](tr.log)
			if len(faults) != 1 || faults[0].Kind != bench.FaultReadOnly || !faults[0].Certain ||
				fmt.Sprint(faults[0].Paths) != "[a.txt]" || faults[0].Activation != 1 {
				t.Errorf("faults %+v", faults)
			}
			want, told := lines("ONE", "two", "three"), "the changes are in your working directory"
			if w == bench.WorkspaceSnapshot {
				want, told = lines("one", "two", "three"), "its changes were thrown away"
			}
			if got := tr.file(t, "a.txt"); got != want {
				t.Errorf("a.txt is %q", got)
			}
			contains(t, tr.observations("main", "task")[0], "changed files: a.txt", told)
		})
	}
}
