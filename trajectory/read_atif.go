package trajectory

import (
	"encoding/json"
	"fmt"
	"regexp"

	"bench"
)

// workdir finds where bench and others tell an agent that its files lie.
var workdir = regexp.MustCompile("(?i)working directory(?: is)?:?\\s+`?(/[^\\s`]+)")

// workdirOf is where a text says that files lie.
func workdirOf(text string) string {
	if m := workdir.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func parseATIF(data []byte) (Trajectory, error) {
	var doc ATIF
	if err := json.Unmarshal(data, &doc); err != nil {
		return Trajectory{}, explain(err)
	}
	return doc.read("")
}

// read takes a document for a trajectory. where is its place in the file.
func (doc ATIF) read(where string) (Trajectory, error) {
	if len(doc.Steps) == 0 {
		return Trajectory{}, fmt.Errorf("%ssteps: missing or empty", where)
	}
	t := Trajectory{
		Format: doc.SchemaVersion, ID: doc.TrajectoryID, Model: doc.Agent.ModelName,
		Bench: benchExtra(doc.Extra["bench"]),
	}
	if t.Bench != nil {
		t.Instance, t.Status = t.Bench.InstanceID, string(t.Bench.Outcome)
		t.Patch = &t.Bench.Patch
	}
	for i, s := range doc.Steps {
		at := fmt.Sprintf("%ssteps[%d].", where, i)
		switch {
		case s.StepID != i+1:
			return t, fmt.Errorf("%sstep_id: expected %d, found %d", at, i+1, s.StepID)
		case s.Source == "agent":
			turn, err := s.turn(at)
			if err != nil {
				return t, err
			}
			t.Turns = append(t.Turns, turn)
		case s.Source != "system" && s.Source != "user":
			return t, fmt.Errorf("%ssource: expected system, user or agent, found %q", at, s.Source)
		case t.Workdir == "":
			t.Workdir = workdirOf(string(s.Message))
		}
	}
	t.sum()
	doc.FinalMetrics.over(&t)
	for i, sub := range doc.Subagents {
		x, err := sub.read(fmt.Sprintf("%ssubagent_trajectories[%d].", where, i))
		if err != nil {
			return t, err
		}
		t.Subagents = append(t.Subagents, x)
	}
	return t, nil
}

// turn reads a step of an agent.
func (s Step) turn(at string) (Turn, error) {
	turn := Turn{Model: s.ModelName, Text: string(s.Message), Reasoning: s.ReasoningContent}
	for i, c := range s.ToolCalls {
		if c.Name == "" {
			return turn, fmt.Errorf("%stool_calls[%d].function_name: missing", at, i)
		}
		arguments := string(c.Arguments)
		if raw, ok := c.Extra["raw_arguments"].(string); ok {
			arguments = raw
		}
		turn.Calls = append(turn.Calls, Call{
			ID: c.ID, Name: c.Name, Arguments: arguments, Answer: s.Observation.to(c.ID, i),
		})
	}
	m := s.Metrics
	if m == nil {
		return turn, nil
	}
	if m.CostUSD != nil {
		turn.Cost = dollars(*m.CostUSD)
	}
	if m.PromptTokens != nil && m.CompletionTokens != nil {
		u := bench.Usage{
			Input: *m.PromptTokens, Output: *m.CompletionTokens, CachedInput: orZero(m.CachedTokens),
		}
		if x := m.Extra; x != nil {
			u.CacheWrite, u.CacheWrite1h, u.Reasoning = orZero(x.CacheWrite), orZero(x.CacheWrite1h),
				orZero(x.Reasoning)
		}
		turn.Usage = &u
	}
	return turn, nil
}

// over puts what a document says of the whole over what its steps come to. A cost of
// the whole includes sub-agents and calls that have no step.
func (m *FinalMetrics) over(t *Trajectory) {
	if m == nil {
		return
	}
	if m.CostUSD != nil {
		t.Cost = dollars(*m.CostUSD)
	}
	if m.PromptTokens != nil && m.CompletionTokens != nil {
		u := bench.Usage{Input: *m.PromptTokens, Output: *m.CompletionTokens}
		if t.Usage != nil {
			u.CacheWrite, u.CacheWrite1h, u.Reasoning = t.Usage.CacheWrite, t.Usage.CacheWrite1h,
				t.Usage.Reasoning
		}
		u.CachedInput = orZero(m.CachedTokens)
		t.Usage = &u
	}
}

// sum adds up turns: usage and cost are known if those of all turns are.
func (t *Trajectory) sum() {
	calls := int64(len(t.Turns))
	t.Calls = &calls
	var usage bench.Usage
	var cost bench.USD
	used, costs := len(t.Turns) > 0, len(t.Turns) > 0
	for _, turn := range t.Turns {
		if used = used && turn.Usage != nil; used {
			usage = usage.Add(*turn.Usage)
		}
		if costs = costs && turn.Cost != nil; costs {
			cost += *turn.Cost
		}
	}
	if used {
		t.Usage = &usage
	}
	if costs {
		t.Cost = &cost
	}
}

func dollars(f float64) *bench.USD {
	usd := bench.Dollars(f)
	return &usd
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// to is the answer to a call of the step: by its id, or by its place where results have
// none.
func (o *Observation) to(id string, i int) *Answer {
	if o == nil {
		return nil
	}
	for j, r := range o.Results {
		if r.Content != nil && (r.SourceCallID == id || r.SourceCallID == "" && j == i) {
			return &Answer{Text: string(*r.Content)}
		}
	}
	return nil
}
