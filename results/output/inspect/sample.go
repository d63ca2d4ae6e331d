package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"bench"
	"bench/results"
	"bench/results/conversation"
)

// The values of scores.
const (
	correct   = "C"
	incorrect = "I"
)

// sampleOf is a trial as a sample.
func sampleOf(d results.Detail, agents []conversation.Agent) sample {
	t := d.Trial
	s := sample{
		ID: t.Key.InstanceID, Epoch: t.Key.Attempt, UUID: t.RunID + "/" + t.Key.String(),
		Messages: []chatMessage{}, Events: []any{}, Pool: pool{[]chatMessage{}, []json.RawMessage{}},
		Output: modelOutput{Model: d.Configuration.Main.Model, Choices: []choice{}},
		Models: map[string]usage{}, Roles: map[string]usage{}, Scores: scoresOf(d),
		Started: stamp(t.StartedAt), Completed: stamp(t.EndedAt), Limit: limitReached(d),
		Meta: map[string]any{
			"repo": t.Repo, "outcome": t.Outcome, "patch": d.Patch, "simulated": d.Configuration.Simulated(),
			"image": d.Image.Name, "image_digest": d.Image.Digest,
		},
	}
	if d.Host != nil {
		s.Meta["host"] = d.Host
	}
	if t.Unreported > 0 {
		s.Meta["unreported_cost_usd"] = t.Unreported
	}
	if !t.StartedAt.IsZero() && !t.EndedAt.IsZero() {
		took := t.EndedAt.Sub(t.StartedAt).Seconds()
		s.Time = &took
	}
	if t.Blame == bench.BlameInfra || t.Blame == bench.BlameUser {
		s.Error = errorOf(cmp.Or(t.Error, string(t.Outcome)))
	}
	s.used(d)
	s.said(agents)
	s.Events = eventsOf(d, agents, &s.Pool)
	return s
}

// used adds up what models and roles used, failed calls included.
func (s *sample) used(d results.Detail) {
	role := map[string]string{}
	for _, a := range d.Agents {
		role[a.ID] = string(a.Role)
	}
	for _, c := range d.Calls {
		u := usageOf(c.Usage, c.Cost)
		s.Models[c.WireModel] = s.Models[c.WireModel].plus(u)
		s.Roles[role[c.Agent]] = s.Roles[role[c.Agent]].plus(u)
	}
}

// said is the conversation of who answers for the trial.
func (s *sample) said(agents []conversation.Agent) {
	if len(agents) == 0 || !agents[0].Role.Leads() {
		return
	}
	for _, m := range agents[0].Messages {
		if s.Input == "" && m.Role == "user" {
			s.Input = m.Text
		}
		if m.Call != nil {
			s.Output = outputOf(m)
		}
		s.Messages = append(s.Messages, messagesOf(m)...)
	}
}

// scoresOf is the verdict, nothing where there is none.
func scoresOf(d results.Detail) map[string]score {
	verdict := d.Trial.Resolved
	if verdict == nil {
		return nil
	}
	s := score{Value: incorrect, Answer: d.Patch, Why: string(d.Trial.Outcome)}
	if *verdict {
		s.Value = correct
	}
	if g := d.Grade; g != nil {
		s.Why = fmt.Sprintf("%s: FAIL_TO_PASS %d of %d, PASS_TO_PASS %d of %d", g.Status, g.F2PSuccess,
			g.F2PSuccess+g.F2PFailure, g.P2PSuccess, g.P2PSuccess+g.P2PFailure)
		var failed []string
		for _, t := range d.Tests {
			if t.OK != nil && !*t.OK {
				failed = append(failed, t.Test)
			}
		}
		if len(failed) > 0 {
			s.Why += "\nfailed: " + strings.Join(failed, "\n")
		}
		s.Meta = map[string]any{"rules": g.Rules, "flags": g.Flags}
	}
	return map[string]score{scorer: s}
}

// limitReached is the limit that the main agent ran into.
func limitReached(d results.Detail) *limit {
	l := d.Configuration.Limits
	switch d.Trial.Limit {
	case bench.ResourceIterations:
		return &limit{"turn", float64(l.Iterations)}
	case bench.ResourceCost:
		return &limit{"cost", l.Cost.Float()}
	case bench.ResourceTokens:
		return &limit{"token", float64(l.Tokens)}
	case bench.ResourceWall:
		return &limit{"time", l.Wall.Seconds()}
	case bench.ResourceContext:
		return &limit{"context", float64(d.Configuration.Main.ContextWindow)}
	case bench.ResourceDisk: // Inspect has no such limit
	}
	return nil
}
