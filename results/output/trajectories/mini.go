package trajectories

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"bench"
	"bench/results"
	"bench/results/conversation"
	"bench/results/output"
	"bench/results/output/preds"
	"bench/trajectory"
)

// Mini writes the files of mini-swe-agent: DIR/CONFIGURATION/INSTANCE/INSTANCE.traj.json
// beside DIR/CONFIGURATION/preds.json.
type Mini struct{}

var (
	_ output.Output  = Mini{}
	_ output.Checker = Mini{}
)

// Name implements output.Output.
func (Mini) Name() string { return "traj" }

// About implements output.Output.
func (Mini) About() string {
	return `mini-swe-agent's files: for each configuration
DIR/CONFIGURATION/INSTANCE/INSTANCE.traj.json (` + trajectory.MiniFormat + `), the main
agent's conversation with its usage and cost, beside preds.json as --format
preds writes it`
}

// Check implements output.Checker.
func (Mini) Check(ctx context.Context, s *results.Store, run string) error {
	return output.WithTalks(ctx, s, run)
}

// Write implements output.Output.
func (Mini) Write(
	ctx context.Context, s *results.Store, run, dir string,
) (paths []string, err error) {
	sets, err := preds.Sets(ctx, s, run)
	if err != nil {
		return nil, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		path, err := set.Write(dir)
		if err != nil {
			return paths, err
		}
		paths = append(paths, path)
		for _, t := range trials {
			if !stands(set, t.Key) {
				continue
			}
			id := t.Key.InstanceID
			path := filepath.Join(dir, set.Dir, id, id+".traj.json")
			if err := writeMini(ctx, s, t, path); err != nil {
				return paths, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// stands reports whether a trial is the one that a set of predictions has for its
// instance, or, where it has none, the one that was planned.
func stands(set preds.Set, key bench.TrialKey) bool {
	if key.Configuration != set.Configuration {
		return false
	}
	if p, ok := set.Patches[key.InstanceID]; ok {
		return p.Key == key
	}
	return key.Attempt == set.Attempt
}

func writeMini(
	ctx context.Context, s *results.Store, t results.Trial, path string,
) error {
	d, err := s.Detail(ctx, t.RunID, t.Key)
	if err != nil {
		return err
	}
	agents, err := conversation.Of(ctx, s, d)
	if err != nil {
		return err
	}
	doc, err := miniOf(d, agents)
	if err != nil {
		return fmt.Errorf("trial %s: %w", t.Key, err)
	}
	return output.File(path, func(w io.Writer) error { return output.JSON(w, doc) })
}

// miniOf is a trial as a file of mini-swe-agent. Cost and calls are those of all roles;
// what sidekicks said has no place in it.
func miniOf(d results.Detail, agents []conversation.Agent) (trajectory.Mini, error) {
	doc := trajectory.Mini{
		Format: trajectory.MiniFormat, InstanceID: d.Trial.Key.InstanceID, Info: miniInfo(d),
		Messages: []json.RawMessage{},
	}
	if main := lead(agents); main != nil {
		for _, m := range main.Messages {
			raw, err := miniMessages(m)
			if err != nil {
				return doc, err
			}
			doc.Messages = append(doc.Messages, raw...)
		}
	}
	exit, err := plain(map[string]any{
		"role": "exit", "content": doc.Info.Submission, "extra": map[string]any{
			"exit_status": doc.Info.ExitStatus, "submission": doc.Info.Submission,
		},
	})
	doc.Messages = append(doc.Messages, exit)
	return doc, err
}

func miniInfo(d results.Detail) (info trajectory.MiniInfo) {
	c := d.Configuration
	info.ModelStats.InstanceCost = known(d.Trial.Cost.Float())
	info.ModelStats.APICalls = known(int64(len(d.Calls)))
	info.Config.Agent = map[string]any{
		"step_limit": c.Limits.Iterations, "cost_limit": c.Limits.Cost.Float(),
		"wall_time_limit_seconds": c.Limits.Wall.Seconds(),
	}
	info.Config.AgentType = "bench." + string(c.Kind)
	info.Config.Model = trajectory.MiniModel{Name: c.Main.Model, Kwargs: map[string]any{}}
	info.Config.ModelType = "bench." + c.Main.Provider
	info.Config.Environment = map[string]any{"image": d.Image.Name}
	info.Config.EnvironmentType = "bench." + d.Run.SandboxKind
	info.MiniVersion = "bench " + d.Run.Version
	info.ExitStatus, info.Submission = exitStatus(d.Trial), d.Patch
	info.Bench = extraOf(d)
	return info
}

// exitStatus is how a trial ended in the words of mini-swe-agent; where it has none, in
// bench's own.
func exitStatus(t results.Trial) string {
	switch t.Limit {
	case bench.ResourceIterations, bench.ResourceCost, bench.ResourceTokens, bench.ResourceDisk:
		return "LimitsExceeded"
	case bench.ResourceWall:
		return "TimeExceeded"
	case bench.ResourceContext:
		return "ContextWindowExceededError"
	}
	if t.HasPatch {
		return "Submitted"
	}
	return string(t.Outcome)
}

// miniMessages are a message and what tools answered to it.
func miniMessages(m conversation.Message) ([]json.RawMessage, error) {
	extra := trajectory.MiniExtra{Timestamp: unix(m.At)}
	if c := m.Call; c != nil {
		extra.Cost, extra.Response = known(c.Cost.Float()), response(c)
	}
	for _, c := range m.Calls {
		var arguments struct{ Command *string }
		if json.Unmarshal([]byte(c.Arguments), &arguments) == nil && arguments.Command != nil &&
			c.Record != nil && c.Record.ExitCode != nil { // a shell's
			extra.Actions = append(extra.Actions, trajectory.MiniAction{
				Command: *arguments.Command, ToolCallID: c.ID,
			})
		}
	}
	first, err := withExtra(m.JSON, extra)
	if err != nil {
		return nil, err
	}
	out := []json.RawMessage{first}
	for _, c := range m.Calls {
		if c.Answer == nil {
			continue
		}
		raw, err := withExtra(c.Answer.JSON, observed(c))
		if err != nil {
			return nil, err
		}
		out = append(out, raw)
	}
	return out, nil
}

// observed is the extra of what a tool answered.
func observed(c conversation.Called) map[string]any {
	extra := map[string]any{"raw_output": c.Answer.Text, "returncode": nil, "exception_info": ""}
	if r := c.Record; r != nil {
		extra["timestamp"] = unix(r.End)
		if r.ExitCode != nil {
			extra["returncode"] = *r.ExitCode
		}
		if r.IsError {
			extra["exception_info"] = r.ErrorClass
		}
	}
	if d := c.Delegation; d != nil {
		extra["delegation"] = map[string]any{
			"id": d.ID, "activation": d.Activation, "agent": d.Child, "state": d.State,
			"escalation": d.Escalation, "turns": d.Turns, "usage": d.Usage, "cost": d.Cost,
		}
	}
	return extra
}

// response is what is kept of a provider's answer beside its message.
func response(c *bench.LLMCall) *trajectory.MiniResponse {
	u := c.Usage
	r := &trajectory.MiniResponse{ID: c.RequestID, Object: "chat.completion", Model: c.WireModel,
		Usage: &trajectory.ChatUsage{Prompt: u.Input, Completion: u.Output, Total: u.Tokens()}}
	r.Usage.PromptDetails = &trajectory.PromptDetails{
		Cached: known(u.CachedInput), Write: known(u.CacheWrite),
	}
	r.Usage.CompletionDetails = &trajectory.CompletionDetails{Reasoning: known(u.Reasoning)}
	return r
}

// withExtra is a message in its wire form with the field extra.
func withExtra(message []byte, extra any) (json.RawMessage, error) {
	fields := map[string]any{}
	var known map[string]json.RawMessage
	if err := json.Unmarshal(message, &known); err != nil {
		return nil, err
	}
	for name, value := range known {
		fields[name] = value
	}
	fields["extra"] = extra
	return plain(fields)
}

// plain is a value as JSON, in which < and & stand as they are.
func plain(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	err := output.JSON(&b, v)
	return b.Bytes(), err
}
