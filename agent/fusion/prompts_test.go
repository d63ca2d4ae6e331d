package fusion

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/single"
	"bench/llm"
	"bench/llm/llmtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares text with testdata/name.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text+"\n" != string(want) {
		t.Errorf("%s differs; run with -update and look at the difference:\n%s", file, text)
	}
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	full := configuration()
	bare := configuration()
	bare.Delegation, bare.Escalation = bench.DelegationOptional, bench.EscalationOff
	bare.MaxParallelTools, bare.Limits.Iterations = 1, 0
	bare.Sidekick.Workspace, bare.Sidekick.MaxParallelTools = bench.WorkspaceSharedLocked, 1
	bare.Sidekick.Limits.Iterations = 0
	one := configuration()
	one.ShowCosts = true
	one.Sidekick.Workspace, one.Sidekick.Memory = bench.WorkspaceSharedFree, bench.MemoryPersistent
	one.Sidekick.Context, one.Sidekick.Brief = bench.ContextFork, bench.BriefShort
	for name, c := range map[string]bench.Configuration{
		"full": full, "bare": bare, "all": everything(), "one": one,
	} {
		golden(t, name+".main.txt", agent.SolverPrompt(c)+"\n\n"+mainSuffix(c))
		golden(t, name+".sidekick.txt", sidekickPrompt(c))
		golden(t, name+".task.txt", taskDescription(c)+"\n\n"+string(taskJSON(t, c)))
	}
}

// everything is a configuration in which all is on that can be.
func everything() bench.Configuration {
	c := configuration()
	c.Strict, c.ShowCosts = true, true
	s := c.Sidekick
	s.Memory, s.Background, s.ReadOnly, s.Context = bench.MemoryResumable, true, true, bench.ContextIssue
	return c
}

// Prompts speak of nothing that the configuration has not.
func TestPromptsPromiseNothingThatIsOff(t *testing.T) {
	t.Parallel()
	all := func(c bench.Configuration) string {
		return agent.SolverPrompt(c) + mainSuffix(c) + sidekickPrompt(c) + taskDescription(c) +
			string(taskJSON(t, c))
	}
	for _, test := range []struct {
		words  string // regular expression
		change func(*bench.Configuration)
	}{
		{`(?i)escalat|hand(ed)? back`, func(c *bench.Configuration) { c.Escalation = bench.EscalationOff }},
		{`ESCALATE_TO_MAIN|outcome escalate`, func(c *bench.Configuration) { c.Escalation = bench.EscalationForced }},
		{`patch|copy of`, func(c *bench.Configuration) { c.Sidekick.Workspace = bench.WorkspaceSharedLocked }},
		{`at the same time, \d+ (of them )?at once`, func(c *bench.Configuration) { c.Sidekick.Workspace = bench.WorkspaceSharedLocked }},
		{`at the same time, \d+ (of them )?at once`, func(c *bench.Configuration) { c.Sidekick.MaxParallel = 1 }},
		{`cheaper than you`, func(c *bench.Configuration) { c.Main.Price = c.Sidekick.Model.Price }},
		{`in your first response`, func(c *bench.Configuration) { c.Delegation = bench.DelegationOptional }},
		{`at most \d+ model calls`, func(c *bench.Configuration) { c.Limits.Iterations, c.Sidekick.Limits.Iterations = 0, 0 }},
		{`up to \d+`, func(c *bench.Configuration) { c.MaxParallelTools, c.Sidekick.MaxParallelTools = 1, 1 }},
		{`(?i)background|task_output|task_stop`, func(c *bench.Configuration) { c.Sidekick.Background = false }},
		{`(?i)resume`, func(c *bench.Configuration) { c.Sidekick.Memory = bench.MemoryFresh }},
		{`cannot be resumed`, func(c *bench.Configuration) { c.Strict = false }},
		{`no network`, func(c *bench.Configuration) { c.Offline = false }},
		{`at most \d+ model calls, the one with its report`, func(c *bench.Configuration) { c.Sidekick.Limits.Iterations = 0 }},
		{`what it cost`, func(c *bench.Configuration) { c.ShowCosts = false }},
		{`change no files|changes no files|thrown away`, func(c *bench.Configuration) { c.Sidekick.ReadOnly = false }},
		{`but the problem statement|sees the problem statement`, func(c *bench.Configuration) { c.Sidekick.Context = bench.ContextBrief }},
	} {
		words := regexp.MustCompile(test.words)
		c := everything()
		if !words.MatchString(all(c)) {
			t.Errorf("%q is never said", test.words)
		}
		test.change(&c)
		if found := words.FindString(all(c)); found != "" {
			t.Errorf("%q is said although it is off", found)
		}
	}
}

// Main is never told of several sidekicks where there is one, and to read
// nothing before it delegates where it must.
func TestPromptsDoNotContradictThemselves(t *testing.T) {
	t.Parallel()
	for _, workspace := range []bench.Workspace{
		bench.WorkspaceSnapshot, bench.WorkspaceSharedLocked, bench.WorkspaceSharedFree,
	} {
		c := everything()
		c.Sidekick.Memory, c.Sidekick.Background, c.Sidekick.Workspace = bench.MemoryPersistent, false, workspace
		said := mainSuffix(c) + taskDescription(c) + string(taskJSON(t, c))
		if found := regexp.MustCompile(`(?i)\bsidekicks\b|\ba sidekick`).FindString(said); found != "" {
			t.Errorf("%s, persistent: main is told of %q", workspace, found)
		}
	}
	said := agent.SolverPrompt(everything()) + mainSuffix(everything())
	if strings.Contains(said, "find the code concerned and read it") {
		t.Error("main is told to read before it delegates, and not to")
	}
}

func taskJSON(t *testing.T, c bench.Configuration) []byte {
	b, err := json.Marshal(taskSchema(*c.Sidekick))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Every field of the task tool is taken and read.
func TestEveryTaskFieldIsRead(t *testing.T) {
	t.Parallel()
	read := map[string]bool{}
	for _, file := range []string{"task.go", "team.go", "activation.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				read[s.Sel.Name] = true
			}
			return true
		})
	}
	fields := map[string]string{}
	for f := range reflect.TypeFor[taskArguments]().Fields() {
		if f.IsExported() {
			fields[f.Tag.Get("json")] = f.Name
		}
	}
	for _, f := range taskSchema(*everything().Sidekick) {
		if name := fields[f.Name]; name == "" || !read[name] {
			t.Errorf("%s is taken and ignored", f.Name)
		}
		delete(fields, f.Name)
	}
	if len(fields) > 0 {
		t.Errorf("no model is told of %v", fields)
	}
}

// Single is main without the task tool and its part of the prompt, to the byte.
func TestSingleIsMainWithoutTasks(t *testing.T) {
	t.Parallel()
	first := func(kind func(*llmtest.Fake) agent.Agent, c bench.Configuration) (llm.Request, string) {
		tr := newTrial(t, c)
		fake := llmtest.Sequence(llmtest.Answer("done"))
		if _, err := kind(fake).Run(t.Context(), tr.job); err != nil {
			t.Fatal(err)
		}
		r := fake.Requests()[0]
		return r, r.Messages[1].Text
	}
	newSingle := func(f *llmtest.Fake) agent.Agent {
		return single.New(single.Options{Clients: func(bench.Model) llm.Client { return f }})
	}
	newMain := func(f *llmtest.Fake) agent.Agent {
		return New(Options{Clients: func(bench.Model) llm.Client { return f }})
	}
	c := configuration()
	one, oneUser := first(newSingle, c)
	main, mainUser := first(newMain, c)
	c.Delegation = bench.DelegationOff
	off, offUser := first(newMain, c)

	if oneUser != mainUser || oneUser != offUser || oneUser != "Working directory: /bench-box/testbed\n\nIt is broken." {
		t.Errorf("first messages: %q, %q, %q", oneUser, mainUser, offUser)
	}
	rest, ok := strings.CutPrefix(main.Messages[0].Text, one.Messages[0].Text)
	if !ok || rest != "\n\n"+mainSuffix(configuration()) {
		t.Error("main's prompt is not single's and a suffix")
	}
	tools, ok := strings.CutPrefix(string(main.Tools), strings.TrimSuffix(string(one.Tools), "]"))
	if !ok || !strings.HasPrefix(tools, `,{"type":"function","function":{"name":"task"`) || strings.Count(tools, `"function":{`) != 1 {
		t.Errorf("main's tools are not single's and task: %s", tools)
	}
	if off.Messages[0].Text != one.Messages[0].Text || string(off.Tools) != string(one.Tools) {
		t.Error("fusion without delegation is not single")
	}
	for _, r := range []*llm.Request{&one, &main, &off} {
		r.Messages, r.Tools, r.Speaker = nil, nil, llm.Speaker{}
		r.Announce = nil // is for the journal, and no part of what is said
	}
	if !reflect.DeepEqual(one, main) || !reflect.DeepEqual(one, off) {
		t.Errorf("requests differ: %+v, %+v, %+v", one, main, off)
	}
}
