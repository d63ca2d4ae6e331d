package trajectories

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/results/conversation"
	"bench/results/output"
	"bench/trajectory"
)

// ATIF writes DIR/CONFIGURATION/INSTANCE/attempt-N/trajectory.json for each trial of
// which a model was told something.
type ATIF struct {
	Version string // 1.7 or 1.8
}

var (
	_ output.Output  = ATIF{}
	_ output.Checker = ATIF{}
)

// Name implements output.Output.
func (o ATIF) Name() string {
	if o.Version == "1.7" {
		return "atif"
	}
	return "atif-" + o.Version
}

// About implements output.Output.
func (o ATIF) About() string {
	if o.Version != "1.7" {
		return "atif, which names version " + o.Version
	}
	return `Harbor's Agent Trajectory Interchange Format 1.7, which its viewers read: for
each trial DIR/CONFIGURATION/INSTANCE/attempt-N/trajectory.json, with usage
and cost of each step, tool calls with observations, and the trajectories of
sidekicks`
}

// Check implements output.Checker.
func (ATIF) Check(ctx context.Context, s *results.Store, run string) error {
	return output.WithTalks(ctx, s, run)
}

// Write implements output.Output.
func (o ATIF) Write(
	ctx context.Context, s *results.Store, run, dir string,
) (paths []string, err error) {
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		path := filepath.Join(dir, t.Key.Configuration, t.Key.InstanceID,
			fmt.Sprintf("attempt-%d", t.Key.Attempt), "trajectory.json")
		written, err := o.writeTrial(ctx, s, t, path)
		if err != nil {
			return paths, fmt.Errorf("trial %s: %w", t.Key, err)
		}
		if written {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// writeTrial writes a trial, unless nothing was said in it.
func (o ATIF) writeTrial(
	ctx context.Context, s *results.Store, t results.Trial, path string,
) (written bool, err error) {
	d, err := s.Detail(ctx, t.RunID, t.Key)
	if err != nil {
		return false, err
	}
	doc, err := o.Document(ctx, s, d)
	if doc == nil || err != nil {
		return false, err
	}
	return true, output.File(path, func(w io.Writer) error { return output.JSON(w, doc) })
}

// Document is the trajectory of a trial; nil if nothing was said in it, as ATIF has no
// empty ones.
func (o ATIF) Document(
	ctx context.Context, s conversation.Source, d results.Detail,
) (*trajectory.ATIF, error) {
	agents, err := conversation.Of(ctx, s, d)
	if err != nil {
		return nil, err
	}
	agents = slices.DeleteFunc(agents, func(a conversation.Agent) bool { return len(a.Messages) == 0 })
	if lead(agents) == nil {
		return nil, nil
	}
	doc, err := atifWriter{version: "ATIF-v" + o.Version, source: s, detail: d}.trial(ctx, agents)
	return &doc, err
}

// atifWriter makes the document of one trial.
type atifWriter struct {
	version string
	source  conversation.Source
	detail  results.Detail
}

// trial is the trajectory of who answers for the trial, with those of all others.
func (w atifWriter) trial(
	ctx context.Context, agents []conversation.Agent,
) (doc trajectory.ATIF, err error) {
	if doc, err = w.agent(ctx, agents[0]); err != nil {
		return doc, err
	}
	for _, a := range agents[1:] {
		sub, err := w.agent(ctx, a)
		if err != nil {
			return doc, err
		}
		doc.Subagents = append(doc.Subagents, sub)
	}
	x := extraOf(w.detail)
	x.Patch = w.detail.Patch
	doc.Extra = map[string]any{"bench": x}
	doc.FinalMetrics.CostUSD = known(w.detail.Trial.Cost.Float())
	if x.Simulated {
		doc.Notes = "Simulated: the answers come from a script, not from a model."
	}
	return doc, nil
}

// agent is the trajectory of one agent.
func (w atifWriter) agent(
	ctx context.Context, a conversation.Agent,
) (doc trajectory.ATIF, err error) {
	r := w.detail.Run
	doc = trajectory.ATIF{
		SchemaVersion: w.version, SessionID: r.ID + "/" + w.detail.Trial.Key.String(), TrajectoryID: a.ID,
		Agent: trajectory.ATIFAgent{
			Name: "bench-" + string(a.Role), Version: r.Version, ModelName: a.WireModel,
		},
	}
	tools, err := w.source.Body(ctx, a.Tools)
	if err != nil {
		return doc, err
	}
	_ = json.Unmarshal(tools, &doc.Agent.ToolDefinitions) // other protocols' schemas are left out
	for i, m := range a.Messages {
		doc.Steps = append(doc.Steps, stepOf(i+1, m))
	}
	doc.FinalMetrics = finalMetrics(a)
	return doc, nil
}

// finalMetrics are those of all calls of an agent, failed ones included.
func finalMetrics(a conversation.Agent) *trajectory.FinalMetrics {
	var u bench.Usage
	var cost, failed bench.USD
	for _, m := range a.Messages {
		if m.Call != nil {
			u, cost = u.Add(m.Call.Usage), cost+m.Call.Cost
		}
	}
	for _, c := range a.Unanswered {
		u, failed = u.Add(c.Usage), failed+c.Cost
	}
	out := &trajectory.FinalMetrics{
		PromptTokens: known(u.Input), CompletionTokens: known(u.Output),
		CachedTokens: known(u.CachedInput),
		CostUSD:      known((cost + failed).Float()), Steps: known(len(a.Messages)),
	}
	if n := len(a.Unanswered); n > 0 {
		out.Extra = map[string]any{"failed_calls": n, "failed_calls_cost_usd": failed.Float()}
	}
	return out
}

func stepOf(id int, m conversation.Message) trajectory.Step {
	s := trajectory.Step{StepID: id, Message: trajectory.Text(m.Text), Source: sourceOf(m.Role)}
	if !m.At.IsZero() {
		s.Timestamp = m.At.UTC().Format(time.RFC3339Nano)
	}
	if s.Source != "agent" {
		return s
	}
	s.ReasoningContent = m.Reasoning()
	if c := m.Call; c != nil {
		s.ModelName, s.Metrics = c.WireModel, metricsOf(c)
		if e := c.Parameters.ReasoningEffort; e != "" {
			s.ReasoningEffort = e
		}
	}
	for _, c := range m.Calls {
		s.ToolCalls = append(s.ToolCalls, callOf(c))
		if c.Answer == nil {
			continue
		}
		if s.Observation == nil {
			s.Observation = &trajectory.Observation{}
		}
		s.Observation.Results = append(s.Observation.Results, resultOf(c))
	}
	return s
}

// sourceOf is who speaks in a role. What a tool said that no call asked for is the
// user's, as the model was told it.
func sourceOf(role string) string {
	switch role {
	case "assistant":
		return "agent"
	case "system":
		return "system"
	}
	return "user"
}

func metricsOf(c *bench.LLMCall) *trajectory.Metrics {
	u := c.Usage
	return &trajectory.Metrics{
		PromptTokens: known(u.Input), CompletionTokens: known(u.Output),
		CachedTokens: known(u.CachedInput),
		CostUSD:      known(c.Cost.Float()),
		Extra: &trajectory.ExtraTokens{
			CacheWrite: known(u.CacheWrite), CacheWrite1h: known(u.CacheWrite1h),
			Reasoning: known(u.Reasoning),
		},
	}
}

// callOf is a tool call. Arguments that are no object stand beside an empty one.
func callOf(c conversation.Called) trajectory.StepCall {
	out := trajectory.StepCall{ID: c.ID, Name: c.Name, Arguments: json.RawMessage(c.Arguments)}
	var object map[string]json.RawMessage
	if json.Unmarshal(out.Arguments, &object) != nil || object == nil {
		out.Arguments = json.RawMessage("{}")
		out.Extra = map[string]any{"raw_arguments": c.Arguments}
	}
	return out
}

// resultOf is what a tool answered, and who worked for it.
func resultOf(c conversation.Called) trajectory.Result {
	r := trajectory.Result{SourceCallID: c.ID, Content: known(trajectory.Text(c.Answer.Text))}
	if t := c.Record; t != nil {
		r.Extra = map[string]any{"duration_s": t.Duration.Seconds(), "is_error": t.IsError}
		if t.ExitCode != nil {
			r.Extra["exit_code"] = *t.ExitCode
		}
	}
	if d := c.Delegation; d != nil && d.Child != "" {
		r.Subagents = []trajectory.SubagentRef{{TrajectoryID: d.Child, Extra: map[string]any{
			"delegation_id": d.ID, "activation": d.Activation, "state": d.State,
			"escalation": d.Escalation, "cost_usd": d.Cost.Float(),
		}}}
	}
	return r
}
