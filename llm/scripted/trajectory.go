package scripted

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"bench"
	"bench/trajectory"
)

// instanceMark stands for the instance's id in the path of trajectories.
const instanceMark = "{instance_id}"

// LoadTrajectory makes a script of what an agent did elsewhere: a trajectory of ATIF or
// mini-swe-agent, or, where {instance_id} stands in the path, one for each task. The turns
// are answered in their order with their recorded usage.
func LoadTrajectory(path string) (*Script, error) {
	if !strings.Contains(path, instanceMark) {
		t, err := trajectory.Read(path)
		if err != nil {
			return nil, err
		}
		return ofTrajectories(path, []trajectory.Trajectory{t})
	}
	files, err := filepath.Glob(strings.ReplaceAll(path, instanceMark, "*"))
	if err != nil {
		return nil, bench.Usagef("%s: %w", path, err)
	}
	var all []trajectory.Trajectory
	for _, file := range files {
		id := instanceOf(path, file)
		if id == "" {
			continue
		}
		t, err := trajectory.Read(file)
		if err != nil {
			return nil, err
		}
		t.Instance = id
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, bench.Usagef("%s: no file is called so, for any instance", path)
	}
	return ofTrajectories(path, all)
}

// instanceOf is what stands for {instance_id} in the path of a file; empty if different
// names do.
func instanceOf(path, file string) string {
	parts := strings.Split(path, instanceMark)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	m := regexp.MustCompile("^" + strings.Join(parts, "([^/]+)") + "$").FindStringSubmatch(file)
	if m == nil || strings.ReplaceAll(path, instanceMark, m[1]) != file {
		return ""
	}
	return m[1]
}

// scriptOf is a script as JSON, which is YAML, too.
type scriptOf struct {
	Captures map[string]any `json:"captures"`
	Rules    []ruleOf       `json:"rules"`
}

type ruleOf struct {
	When  map[string]any `json:"when"`
	Say   *string        `json:"say,omitempty"`
	Think string         `json:"think,omitempty"`
	Calls []callOf       `json:"calls,omitempty"`
	Usage map[string]any `json:"usage"`
}

type callOf struct {
	Tool string `json:"tool"`
	Raw  string `json:"raw"`
}

// ofTrajectories is a script whose rules are the turns of trajectories.
func ofTrajectories(name string, all []trajectory.Trajectory) (*Script, error) {
	s := scriptOf{Captures: map[string]any{
		workdirMark: map[string]any{"regex": `Working directory: (\S+)`},
	}}
	for _, t := range all {
		s.add(t, `^(main|single|advisor|command)$`, "")
		for i, sub := range t.Subagents {
			s.add(within(sub, t), `^sidekick$`, agentOf(sub, i))
		}
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return Parse(name, data)
}

// within is a sub-agent's trajectory, of the same task as that of who asked it.
func within(sub, of trajectory.Trajectory) trajectory.Trajectory {
	sub.Instance = of.Instance
	if sub.Workdir == "" {
		sub.Workdir = of.Workdir
	}
	return sub
}

// delegationID is what bench calls sidekicks: t0001, t0002, ….
var delegationID = regexp.MustCompile(`^t\d{4,}$`)

// agentOf is the sidekick that does what a sub-agent did: the one of its name, or else
// of its number.
func agentOf(sub trajectory.Trajectory, i int) string {
	if delegationID.MatchString(sub.ID) {
		return sub.ID
	}
	return fmt.Sprintf("t%04d", i+1)
}

// add adds the turns of an agent, and what it says when there are none left.
func (s *scriptOf) add(t trajectory.Trajectory, role, agent string) {
	when := func(turn int) map[string]any {
		w := map[string]any{"role": role}
		if t.Instance != "" {
			w["task"] = "^" + regexp.QuoteMeta(t.Instance) + "$"
		}
		if agent != "" {
			w["agent"] = "^" + agent + "$"
		}
		if turn > 0 {
			w["turn"] = turn
		}
		return w
	}
	for i, turn := range t.Turns {
		r := ruleOf{When: when(i + 1), Say: &turn.Text, Think: turn.Reasoning, Usage: usageOf(turn)}
		for _, c := range turn.Calls {
			r.Calls = append(r.Calls, ours(c, t.Workdir))
		}
		s.Rules = append(s.Rules, r)
	}
	end := finish(fmt.Sprintf("The trajectory ends here, after %d turns.", len(t.Turns)), agent != "")
	s.Rules = append(s.Rules, ruleOf{
		When: when(0), Calls: []callOf{end}, Usage: map[string]any{"input": 0, "output": 0},
	})
}

// usageOf is the usage that was recorded with a turn. What was not is not reported.
func usageOf(turn trajectory.Turn) map[string]any {
	u := turn.Usage
	if u == nil {
		return map[string]any{"report": "absent"}
	}
	return map[string]any{
		"input": u.Input, "cached_input": u.CachedInput, "cache_write": u.CacheWrite,
		"output": u.Output, "reasoning": u.Reasoning,
	}
}

// shells are what others call the tool that runs a command.
var shells = []string{
	"bash", "Bash", "bash_command", "execute_bash", "exec_command", "run_command", "shell",
	"run_shell_command",
}

// submits is how an agent of mini-swe-agent says that it is done.
const submits = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"

// workdirMark names the capture for where the agent's files lie now.
const workdirMark = "bench_workdir"

// ours is a call as bench's tools take it: other shells' commands go to the terminal,
// and paths below the work directory of then are below the one of now.
func ours(c trajectory.Call, workdir string) callOf {
	out := callOf{c.Name, c.Arguments}
	if slices.Contains(shells, c.Name) {
		var a struct{ Command, Cmd, Keystrokes string }
		if json.Unmarshal([]byte(c.Arguments), &a) == nil {
			command := strings.TrimRight(a.Command+a.Cmd+a.Keystrokes, "\n")
			if strings.Contains(command, submits) {
				return finish("Submitted.", false)
			}
			if command != "" {
				out = callOf{"terminal", arguments("command", command)}
			}
		}
	}
	if workdir != "" && workdir != "/" {
		out.Raw = below(out.Raw, workdir)
	}
	return out
}

// below puts the mark for the work directory in the place of a path.
func below(text, workdir string) string {
	path := regexp.MustCompile(regexp.QuoteMeta(workdir) + `([^\w.-]|$)`)
	return path.ReplaceAllString(text, "$${"+workdirMark+"}$1")
}

// finish is the call that ends an agent's work.
func finish(message string, sidekick bool) callOf {
	if sidekick {
		return callOf{"finish", arguments("message", message, "outcome", "report")}
	}
	return callOf{"finish", arguments("message", message)}
}

// arguments are an object of texts as JSON, of names and values in turn.
func arguments(fields ...string) string {
	o := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		o[fields[i]] = fields[i+1]
	}
	b, err := json.Marshal(o)
	if err != nil { // texts always encode
		panic(err)
	}
	return string(b)
}
