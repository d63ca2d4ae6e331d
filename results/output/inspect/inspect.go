// Package inspect writes the trials of a run as logs of Inspect, which its viewer and
// its data frames read: a log for each configuration.
//
//  1. types.go are the documents; inspect.go is the log, sample.go a trial,
//     events.go what happened in it, messages.go what was said.
//  2. Attempts are epochs, roles are in role_usage, and delegations are spans.
package inspect

import (
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/conversation"
	"bench/results/output"
)

// Output writes DIR/TIME_CONFIGURATION_RUN.json for each configuration.
type Output struct{}

var (
	_ output.Output  = Output{}
	_ output.Checker = Output{}
)

// Name implements output.Output.
func (Output) Name() string { return "inspect" }

// About implements output.Output.
func (Output) About() string {
	return `Inspect's logs as JSON, which inspect view reads: for each configuration
DIR/TIME_CONFIGURATION_RUN.json, with a sample for each trial. Attempts are
epochs, roles are in role_usage, delegations are spans`
}

// Check implements output.Checker.
func (Output) Check(ctx context.Context, s *results.Store, run string) error {
	return output.WithTalks(ctx, s, run)
}

// Write implements output.Output.
func (Output) Write(
	ctx context.Context, s *results.Store, run, dir string,
) (paths []string, err error) {
	r, err := s.Run(ctx, run)
	if err != nil {
		return nil, err
	}
	configurations, err := s.Configurations(ctx, run)
	if err != nil {
		return nil, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, c := range configurations {
		own := slices.DeleteFunc(slices.Clone(trials), func(t results.Trial) bool {
			return t.Key.Configuration != c.Name
		})
		log, err := logOf(ctx, s, r, c, own)
		if err != nil {
			return paths, err
		}
		path := filepath.Join(dir, fileName(r, c))
		err = output.File(path, func(w io.Writer) error {
			return output.Document(w, log, output.Array{Key: "samples", Items: samples(ctx, s, own)})
		})
		if err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// samples are trials with all that was said in them, one after the other.
func samples(ctx context.Context, s *results.Store, trials []results.Trial) iter.Seq2[any, error] {
	one := func(t results.Trial) (x sample, err error) {
		d, err := s.Detail(ctx, t.RunID, t.Key)
		if err != nil {
			return x, err
		}
		agents, err := conversation.Of(ctx, s, d)
		if err != nil {
			return x, err
		}
		return sampleOf(d, agents), nil
	}
	return output.Each(trials, func(t results.Trial) (any, error) {
		x, err := one(t)
		if err != nil {
			return nil, fmt.Errorf("trial %s: %w", t.Key, err)
		}
		return x, nil
	})
}

// logOf is the log of a configuration without its samples, of which it says how they ended.
func logOf(
	ctx context.Context, s *results.Store, r results.Run, c bench.Configuration,
	trials []results.Trial,
) (*evalLog, error) {
	n := tally{evalLog: begun(r, c), epochs: 1}
	for _, t := range trials {
		d, err := s.Detail(ctx, t.RunID, t.Key)
		if err != nil {
			return nil, fmt.Errorf("trial %s: %w", t.Key, err)
		}
		n.add(sampleOf(d, nil)) // what was said does not count
	}
	n.finish(r)
	return n.evalLog, nil
}

// fileName is one that Inspect takes for a log's: time, task and id, which have no
// underscores.
func fileName(r results.Run, c bench.Configuration) string {
	plain := strings.NewReplacer("_", "-")
	return r.StartedAt.UTC().Format("2006-01-02T15-04-05") + "+00-00_" + plain.Replace(c.Name) + "_" +
		plain.Replace(r.ID) + ".json"
}

// scorer is what the verdict is called.
const scorer = "swebench"

// begun is the log of a configuration of which no sample is known.
func begun(r results.Run, c bench.Configuration) *evalLog {
	box := &sandbox{r.SandboxKind}
	log := &evalLog{
		Version: 2, Status: statusOf(r.State),
		Eval: evalSpec{
			EvalID: r.ID + "/" + c.Name, RunID: r.ID, Created: stamp(r.StartedAt), Task: c.Name,
			TaskID: r.ID + "/" + c.Name, Version: r.Rules, Solver: string(c.Kind), Sandbox: box,
			Dataset: evalDataset{Name: r.DatasetSource, IDs: []string{}}, Model: c.Main.Model,
			Config:  map[string]any{"cost_limit": limitOf(c.Limits.Cost.Float())},
			Package: map[string]string{"bench": r.Version}, Scorers: []named{{scorer}},
			Meta: map[string]any{"dataset_fingerprint": r.DatasetFingerprint, "seed": r.Seed,
				"simulated": c.Simulated()},
		},
		Plan:  evalPlan{"plan", []planStep{{string(c.Kind), map[string]any{}}}},
		Stats: evalStats{Models: map[string]usage{}, Roles: map[string]usage{}},
	}
	if c.Sidekick != nil {
		log.Eval.Roles = map[string]roleModel{
			string(bench.RoleMain): {c.Main.Model}, string(bench.RoleSidekick): {c.Sidekick.Model.Model},
		}
	}
	if c.Simulated() {
		log.Eval.Tags = []string{"simulated"}
	}
	if r.Error != "" {
		log.Error = errorOf(r.Error)
	}
	return log
}

// limitOf is a limit, null for none.
func limitOf(f float64) any {
	if f == 0 {
		return nil
	}
	return f
}

// statusOf is how a run stands in Inspect's words.
func statusOf(s bench.RunState) string {
	switch s {
	case bench.RunRunning:
		return "started"
	case bench.RunDone, bench.RunDecided:
		return "success"
	case bench.RunInterrupted, bench.RunBudget, bench.RunDeadline:
		return "cancelled"
	case bench.RunFailed:
	}
	return "error"
}

func errorOf(message string) *evalError { return &evalError{Message: message} }

// tally counts the samples of a log.
type tally struct {
	*evalLog
	ended                    evalResults
	epochs, scored, resolved int
}

// add adds a sample.
func (l *tally) add(x sample) {
	for name, u := range x.Models {
		l.Stats.Models[name] = l.Stats.Models[name].plus(u)
	}
	for name, u := range x.Roles {
		l.Stats.Roles[name] = l.Stats.Roles[name].plus(u)
	}
	l.ended.Total++
	l.epochs = max(l.epochs, x.Epoch)
	if ids := &l.Eval.Dataset.IDs; !slices.Contains(*ids, x.ID) {
		*ids = append(*ids, x.ID)
	}
	if x.Completed != "" && x.Error == nil {
		l.ended.Completed++
	}
	if v, ok := x.Scores[scorer]; ok {
		l.scored++
		if v.Value == correct {
			l.resolved++
		}
	}
}

// finish fills in what is known of all samples.
func (l *tally) finish(r results.Run) {
	l.Stats.Started, l.Stats.Completed = stamp(r.StartedAt), stamp(r.EndedAt)
	l.Eval.Dataset.Samples, l.Eval.Config["epochs"] = len(l.Eval.Dataset.IDs), l.epochs
	score := evalScore{
		Name: scorer, Scorer: scorer, Scored: l.scored, Unscored: l.ended.Total - l.scored,
		Metrics: map[string]metric{},
	}
	if l.scored > 0 {
		score.Metrics["accuracy"] = metric{"accuracy", float64(l.resolved) / float64(l.scored)}
	}
	l.ended.Scores = []evalScore{score}
	l.Results = &l.ended
}

// stamp is a time as Inspect has it; empty if there is none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000+00:00")
}

func (u usage) plus(v usage) usage {
	return usage{
		Input: u.Input + v.Input, Output: u.Output + v.Output, Total: u.Total + v.Total,
		CacheWrite: u.CacheWrite + v.CacheWrite, CacheRead: u.CacheRead + v.CacheRead,
		Reasoning: u.Reasoning + v.Reasoning, Cost: u.Cost + v.Cost,
	}
}

func usageOf(u bench.Usage, cost bench.USD) usage {
	return usage{
		Input: u.Input - u.CachedInput - u.CacheWrite, Output: u.Output, Total: u.Tokens(),
		CacheWrite: u.CacheWrite, CacheRead: u.CachedInput, Reasoning: u.Reasoning, Cost: cost.Float(),
	}
}
