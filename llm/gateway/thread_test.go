package gateway_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"bench"
	"bench/agent/agenttest"
)

// dialog is a conversation of a program with a model, in one of the protocols.
type dialog struct {
	form   string
	model  string
	system string
	tools  []string
	items  []string // messages, as they are written
}

func (d *dialog) user(text string) *dialog {
	switch d.form {
	case "gemini":
		d.items = append(d.items, fmt.Sprintf(`{"role":"user","parts":[{"text":%s}]}`, quote(text)))
	default:
		d.items = append(d.items, fmt.Sprintf(`{"role":"user","content":%s}`, quote(text)))
	}
	return d
}

// body is the next request.
func (d *dialog) body() string {
	list := "[" + strings.Join(d.items, ",") + "]"
	var tools []string
	for _, name := range d.tools {
		switch d.form {
		case "chat":
			tools = append(tools, fmt.Sprintf(`{"type":"function","function":{"name":%q}}`, name))
		case "responses":
			tools = append(tools, fmt.Sprintf(`{"type":"function","name":%q}`, name))
		case "messages":
			tools = append(tools, fmt.Sprintf(`{"name":%q}`, name))
		case "gemini":
			tools = append(tools, fmt.Sprintf(`{"functionDeclarations":[{"name":%q}]}`, name))
		}
	}
	offered := strings.Join(tools, ",")
	switch d.form {
	case "chat":
		return fmt.Sprintf(`{"model":%q,"max_tokens":500,"messages":[{"role":"system","content":%s},%s],"tools":[%s]}`,
			d.model, quote(d.system), strings.Join(d.items, ","), offered)
	case "responses":
		return fmt.Sprintf(`{"model":%q,"max_output_tokens":500,"instructions":%s,"input":%s,"tools":[%s]}`,
			d.model, quote(d.system), list, offered)
	case "messages":
		return fmt.Sprintf(`{"model":%q,"max_tokens":500,"system":[{"type":"text","text":%s}],"messages":%s,"tools":[%s]}`,
			d.model, quote(d.system), list, offered)
	}
	return fmt.Sprintf(`{"systemInstruction":{"parts":[{"text":%s}]},"contents":%s,"tools":[%s]}`,
		quote(d.system), list, offered)
}

// toolCall is a call that the model asks for.
type toolCall struct{ id, name string }

// ask makes a call and takes the answer into the conversation, as programs do it:
// written anew, in an order of their own.
func (d *dialog) ask(t testing.TB, l *lab) (calls []toolCall) {
	t.Helper()
	path := map[string]string{
		"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages",
		"gemini": "/v1beta/models/" + d.model + ":generateContent",
	}[d.form]
	a := l.post(t, path, d.body())
	if a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
		return nil
	}
	var v struct {
		Choices []struct {
			Message map[string]any
		}
		Output     []map[string]any
		Content    []map[string]any
		Candidates []struct {
			Content map[string]any
		}
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Error(err)
		return nil
	}
	add := func(item any) {
		b, err := json.Marshal(item)
		if err != nil {
			t.Error(err)
		}
		d.items = append(d.items, string(b))
	}
	at := func(m any, keys ...string) any {
		for _, k := range keys {
			object, _ := m.(map[string]any)
			m = object[k]
		}
		return m
	}
	call := func(id, name any) { calls = append(calls, toolCall{id.(string), name.(string)}) }
	switch d.form {
	case "chat":
		add(v.Choices[0].Message)
		list, _ := v.Choices[0].Message["tool_calls"].([]any)
		for _, c := range list {
			call(at(c, "id"), at(c, "function", "name"))
		}
	case "responses":
		for _, item := range v.Output {
			add(item)
			if item["type"] == "function_call" {
				call(item["call_id"], item["name"])
			}
		}
	case "messages":
		add(map[string]any{"role": "assistant", "content": v.Content})
		for _, b := range v.Content {
			if b["type"] == "tool_use" {
				call(b["id"], b["name"])
			}
		}
	case "gemini":
		add(v.Candidates[0].Content)
		parts, _ := v.Candidates[0].Content["parts"].([]any)
		for _, p := range parts {
			if c := at(p, "functionCall"); c != nil {
				call(at(c, "id"), at(c, "name"))
			}
		}
	}
	return calls
}

// results answers calls with a text each.
func (d *dialog) results(calls []toolCall, texts ...string) {
	var parts []string
	for i, c := range calls {
		text := quote(texts[i])
		switch d.form {
		case "chat":
			d.items = append(d.items, fmt.Sprintf(`{"role":"tool","tool_call_id":%q,"content":%s}`, c.id, text))
		case "responses":
			d.items = append(d.items, fmt.Sprintf(`{"type":"function_call_output","call_id":%q,"output":%s}`, c.id, text))
		case "messages":
			parts = append(parts, fmt.Sprintf(`{"type":"tool_result","tool_use_id":%q,"content":[{"type":"text","text":%s}]}`,
				c.id, text))
		case "gemini":
			parts = append(parts, fmt.Sprintf(`{"functionResponse":{"id":%q,"name":%q,"response":{"output":%s}}}`,
				c.id, c.name, text))
		}
	}
	list := strings.Join(parts, ",")
	switch d.form {
	case "messages":
		d.items = append(d.items, `{"role":"user","content":[`+list+`]}`)
	case "gemini":
		d.items = append(d.items, `{"role":"user","parts":[`+list+`]}`)
	}
}

const (
	firstBrief  = "Find out where the tests of the parser are."
	secondBrief = "Find out who calls the parser, and with what."
)

// delegating is a model that hands work to two others at once.
var delegating = fmt.Sprintf(`
  - when: {last: Solve it, turn: 1}
    say: Two of you, please.
    calls:
      - {tool: Task, arguments: {description: tests, subagent_type: reader, prompt: %q}}
      - {tool: Task, arguments: {description: callers, prompt: %q}}
    usage: {input: 1000, output: 100}
  - when: {turn: 1, conversation: "Find out"}
    calls: [{tool: grep, arguments: {pattern: parser}}]
    usage: {input: 300, output: 30}
  - when: {turn: 2, conversation: "Find out"}
    say: There they are.
    usage: {input: 400, output: 40}
  - when: {last: "There they are"}
    say: Solved.
    usage: {input: 1200, cached_input: 1100, output: 10}
  - when: {last: A title}
    say: On parsers
    usage: {input: 50, output: 5}
`, firstBrief, secondBrief)

// rules that know main by its tool, and sidekicks by their prompt.
var taskRules = bench.Gateway{
	Rules: []bench.CallRule{
		{Role: bench.RoleMain, Tool: "^Task$"},
		{Role: bench.RoleMain, First: "^A title"},
		{Role: bench.RoleSidekick, System: "^You help"},
	},
	Delegating: []string{"Task"},
}

// program is what a program with sub-agents does: main hands out two pieces of work,
// which two others do at once, and asks for a title on the way.
func program(t testing.TB, l *lab, form string) {
	t.Helper()
	model := map[bool]string{false: "m", true: "gem"}[form == "gemini"]
	main := &dialog{form: form, model: model, system: "You solve tasks.", tools: []string{"Task", "grep"}}
	calls := main.user("Solve it.").ask(t, l)
	if len(calls) != 2 {
		t.Fatalf("calls %v", calls)
	}
	(&dialog{form: form, model: model, system: "You name things."}).user("A title, please.").ask(t, l)
	var wg sync.WaitGroup
	for _, brief := range []string{firstBrief, secondBrief} {
		wg.Go(func() {
			d := &dialog{form: form, model: model, system: "You help.", tools: []string{"grep"}}
			found := d.user("<reminder>Be good.</reminder>\n"+brief).ask(t, l)
			d.results(found, "parser.go:1")
			d.ask(t, l)
		})
	}
	wg.Wait()
	main.results(calls, "There they are", "There they are, too")
	main.ask(t, l)
}

// What the agents of a program do shows in its calls: who made them, what was handed to
// whom, what tools were called.
func TestAgentsOfPrograms(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, delegating, options{gateway: taskRules})
			program(t, l, f.name)
			l.close(t)
			checkProgram(t, l)
		})
	}
}

func checkProgram(t *testing.T, l *lab) {
	t.Helper()
	made := map[string]int{}
	for _, e := range l.log.Events() {
		if c, ok := e.Payload.(bench.LLMCall); ok {
			made[fmt.Sprint(e.Agent, " ", c.Purpose)]++
		}
	}
	want := map[string]int{"command agent": 2, "command aside": 1, "s0001 agent": 2, "s0002 agent": 2}
	if fmt.Sprint(made) != fmt.Sprint(want) {
		t.Errorf("calls %v, want %v", made, want)
	}
	spawned := agenttest.Of[bench.DelegationSpawned](l.log)
	if len(spawned) != 2 || spawned[0].SubagentType != "reader" || spawned[0].Description != "tests" ||
		spawned[1].SubagentType != "Task" || spawned[1].Index != 1 || spawned[1].BatchSize != 2 ||
		l.log.Body(spawned[1].Prompt) != secondBrief || spawned[0].BatchID != "c/i#1/command-1" {
		t.Errorf("spawned %+v", spawned)
	}
	children := map[string]string{}
	for _, a := range agenttest.Of[bench.AgentStarted](l.log)[1:] {
		if a.Role != bench.RoleSidekick || a.Parent != "command" || a.DelegationID == "" ||
			l.log.Body(a.SystemPrompt) != "You help." || !strings.Contains(l.log.Body(a.Tools), "grep") {
			t.Errorf("agent %+v", a)
		}
	}
	for _, d := range agenttest.Of[bench.DelegationStarted](l.log) {
		children[d.Child] = d.DelegationID
	}
	ended := agenttest.Of[bench.DelegationEnded](l.log)
	if len(children) != 2 || len(ended) != 2 {
		t.Fatalf("children %v, ended %+v", children, ended)
	}
	for _, d := range ended {
		if d.State != bench.AgentFinished || d.Turns != 2 || d.Usage != (bench.Usage{Input: 700, Output: 70}) ||
			d.Cost != bench.Dollars(0.00105) || children[d.Child] != d.DelegationID ||
			!strings.HasPrefix(l.log.Body(d.Report), "There they are") || d.Escalation != bench.EscalationUnknown {
			t.Errorf("ended %+v", d)
		}
	}
	var tools []string
	for _, c := range agenttest.Of[bench.ToolCall](l.log) {
		tools = append(tools, fmt.Sprintf("%s %d %s", c.Name, c.Index, l.log.Body(c.Result)))
		if c.Start.IsZero() || c.End.Before(c.Start) || c.BatchID == "" {
			t.Errorf("tool call %+v", c)
		}
	}
	slices.Sort(tools)
	if fmt.Sprint(tools) != "[Task 0 There they are Task 1 There they are, too grep 0 parser.go:1 grep 0 parser.go:1]" {
		t.Errorf("tools %v", tools)
	}
	said, err := bench.Conversation(l.log.Events(), "command")
	if err != nil || len(said) != 6 || said[2].Call == nil || said[5].Call == nil ||
		said[5].Call.Usage.CachedInput != 1100 {
		t.Errorf("main's conversation %+v, %v", said, err)
	}
}

// Where no rule holds nobody knows whose a call is, and each conversation stands alone.
// Marks of the cache that move, thoughts that are left out and histories that are cut
// short make no other conversation; the same question asked twice at once does.
func TestConversations(t *testing.T) {
	t.Parallel()
	l := newLab(t, `
  - {when: {turn: 1}, think: hm, say: one, calls: [{tool: look, arguments: {a: 1}}], usage: {input: 10}}
  - {say: two, calls: [{tool: look}], usage: {input: 20}}
`, options{})
	agentOf := func() string {
		events := l.log.Events()
		for _, e := range slices.Backward(events) {
			if _, ok := e.Payload.(bench.LLMCall); ok {
				return e.Agent
			}
		}
		return ""
	}
	step := func(want, body string) {
		t.Helper()
		if a := l.post(t, "/v1/messages", `{"model":"m","max_tokens":9,"messages":[`+body+`]}`); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if got := agentOf(); got != want {
			t.Errorf("the call is %s's, want %s", got, want)
		}
	}
	id := func() string {
		calls := l.calls()
		last := calls[len(calls)-1]
		body := l.log.Body(last.Messages[len(last.Messages)-1].Body)
		_, rest, _ := strings.Cut(body, `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		return id
	}
	const marked = `{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}`
	step("u0001", marked)
	first := fmt.Sprintf(`{"role":"assistant","content":[{"type":"text","text":"one"},`+
		`{"type":"tool_use","id":%q,"name":"look","input":{ "a" : 1 }}]}`, id())
	result := fmt.Sprintf(`{"role":"user","content":[{"type":"tool_result","tool_use_id":%q,"is_error":true,"content":"x"}]}`, id())
	step("u0001", `{"role":"user","content":"a"},`+first+`,`+result)
	second := fmt.Sprintf(`{"role":"assistant","content":[{"type":"text","text":"two"},`+
		`{"type":"tool_use","id":%q,"name":"look","input":{}}]}`, id())
	step("u0002", `{"role":"user","content":"b"}`)
	step("u0001", `{"role":"user","content":"a"},{"role":"assistant","content":"(left out)"},`+
		`{"role":"user","content":"(left out)"},`+second+`,{"role":"user","content":"more"}`)
	step("u0003", `{"role":"user","content":"a"}`)
	l.close(t)
	var ended, asides int
	for _, e := range l.log.Events() {
		switch p := e.Payload.(type) {
		case bench.AgentEnded:
			ended++
		case bench.LLMCall:
			if p.Purpose != bench.PurposeAgent {
				asides++
			}
		case bench.ToolCall:
			if !p.IsError {
				t.Errorf("tool call %+v", p)
			}
		case bench.AgentStarted:
			if p.Role != bench.RoleUnknown && e.Agent != "command" {
				t.Errorf("agent %+v", p)
			}
		}
	}
	if ended != 4 || asides != 0 || l.session != nil {
		t.Errorf("%d agents ended, %d asides", ended, asides)
	}
}

// Responses can name the answer that they continue, in place of the conversation.
func TestPreviousResponse(t *testing.T) {
	t.Parallel()
	l := newLab(t, "\n  - {say: hello, usage: {input: 10}}\n", options{})
	first := l.post(t, "/v1/responses", `{"model":"m","input":"one"}`)
	var v struct{ ID string }
	if err := json.Unmarshal([]byte(first.body), &v); err != nil {
		t.Fatal(err)
	}
	l.post(t, "/v1/responses", fmt.Sprintf(`{"model":"m","input":"two","previous_response_id":%q}`, v.ID))
	l.close(t)
	said, err := bench.Conversation(l.log.Events(), "u0001")
	if err != nil || len(said) != 4 || l.log.Body(said[2].Body) != `{"role":"user","content":"two"}` {
		t.Errorf("said %+v, %v", said, err)
	}
}

// With drop_bodies nothing that was said is stored.
func TestDropBodies(t *testing.T) {
	t.Parallel()
	rules := taskRules
	rules.DropBodies = true
	l := newLab(t, delegating, options{gateway: rules})
	program(t, l, "messages")
	l.close(t)
	for _, e := range l.log.Events() {
		for _, b := range e.Bodies {
			t.Errorf("%T has %s", e.Payload, b)
		}
	}
	if calls := l.calls(); len(calls) != 7 || calls[0].Usage.Input == 0 || calls[0].Messages != nil {
		t.Errorf("calls %+v", calls)
	}
}
