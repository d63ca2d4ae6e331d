// Package document writes a whole run as one document of JSON, made of the documents
// that bench prints: the comparison, and each trial with what was said in it.
package document

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"iter"
	"path/filepath"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/output"
	"bench/results/output/trajectories"
	"bench/results/report"
)

// Format names the form of the document. Additions leave it as it is.
const Format = "bench-run/1"

// Document is a run. After it come two arrays, which are written trial by trial: trials,
// each as bench show --format json prints it, and trajectories, what was said in them, in
// their order; null of a trial in which nothing was.
type Document struct {
	Format string          `json:"format"`
	Run    Run             `json:"run"`
	Config json.RawMessage `json:"config"` // as it was resolved, without secrets; null if imported
	// Comparison is what bench compare --format json prints.
	Comparison json.RawMessage `json:"comparison"`
}

// Run is what is known of a run besides.
type Run struct {
	ID                 string         `json:"run_id"`
	Name               string         `json:"name"`
	Version            string         `json:"bench_version"`
	State              bench.RunState `json:"state"`
	Error              string         `json:"error"`
	StartedAt          string         `json:"started_at"`
	EndedAt            string         `json:"ended_at"` // empty while it goes on
	DatasetSource      string         `json:"dataset_source"`
	DatasetFingerprint string         `json:"dataset_fingerprint"`
	Seed               int64          `json:"seed"`
	Rules              string         `json:"rules"`
	SandboxKind        string         `json:"sandbox_kind"`
	Workers            bench.Workers  `json:"workers"`
	Simulated          bool           `json:"simulated"`
	Imported           string         `json:"imported"`
	Cost               bench.USD      `json:"cost_usd"`
	// Unreported is an estimate; Cost is a lower bound if it is not 0.
	Unreported bench.USD `json:"unreported_cost_usd"`
}

// Output writes DIR/run.json.
type Output struct{}

var _ output.Output = Output{}

// Name implements output.Output.
func (Output) Name() string { return "json" }

// About implements output.Output.
func (Output) About() string {
	return `the whole run as one document, DIR/run.json: the comparison as bench compare
--format json prints it, each trial as bench show does, and what was said as
ATIF`
}

// Write implements output.Output.
func (Output) Write(ctx context.Context, s *results.Store, run, dir string) ([]string, error) {
	doc, err := of(ctx, s, run)
	if err != nil {
		return nil, err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "run.json")
	return []string{path}, output.File(path, func(w io.Writer) error {
		return output.Document(w, doc,
			output.Array{Key: "trials", Items: each(ctx, s, trials, printed)},
			output.Array{Key: "trajectories", Items: each(ctx, s, trials, said)})
	})
}

func of(ctx context.Context, s *results.Store, run string) (*Document, error) {
	r, err := s.Run(ctx, run)
	if err != nil {
		return nil, err
	}
	doc := &Document{Format: Format, Run: runOf(r)}
	if doc.Config, err = config(ctx, s, r); err != nil {
		return nil, err
	}
	c, err := compare.Runs(ctx, s, []string{run}, compare.Options{})
	if err != nil {
		return nil, err
	}
	doc.Comparison, err = raw(func(w io.Writer) error { return report.JSON(w, c) })
	return doc, err
}

// each is what is made of each trial, one after the other.
func each(
	ctx context.Context, s *results.Store, trials []results.Trial,
	of func(context.Context, *results.Store, results.Detail) (any, error),
) iter.Seq2[any, error] {
	return output.Each(trials, func(t results.Trial) (any, error) {
		d, err := s.Detail(ctx, t.RunID, t.Key)
		if err != nil {
			return nil, err
		}
		return of(ctx, s, d)
	})
}

func runOf(r results.Run) Run {
	out := Run{
		ID: r.ID, Name: r.Name, Version: r.Version, State: r.State, Error: r.Error,
		StartedAt: r.StartedAt.UTC().Format("2006-01-02T15:04:05.000Z"), DatasetSource: r.DatasetSource,
		DatasetFingerprint: r.DatasetFingerprint, Seed: r.Seed, Rules: r.Rules,
		SandboxKind: r.SandboxKind, Workers: r.Workers, Simulated: r.Simulated, Imported: r.Imported,
		Cost: r.Cost, Unreported: r.Unreported,
	}
	if !r.EndedAt.IsZero() {
		out.EndedAt = r.EndedAt.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return out
}

// config is that of a run, null if there is none.
func config(ctx context.Context, s *results.Store, r results.Run) (json.RawMessage, error) {
	if r.Config == "" {
		return json.RawMessage("null"), nil
	}
	body, err := s.Body(ctx, r.Config)
	return json.RawMessage(body), err
}

// printed is a trial as bench show prints it.
func printed(_ context.Context, _ *results.Store, d results.Detail) (any, error) {
	text, err := raw(func(w io.Writer) error { return report.TrialsJSON(w, []results.Detail{d}) })
	if err != nil {
		return nil, err
	}
	var all struct{ Trials [1]json.RawMessage }
	err = json.Unmarshal(text, &all)
	return all.Trials[0], err
}

// said is what was said in a trial.
func said(ctx context.Context, s *results.Store, d results.Detail) (any, error) {
	return trajectories.ATIF{Version: "1.7"}.Document(ctx, s, d)
}

// raw is what is written.
func raw(write func(io.Writer) error) (json.RawMessage, error) {
	var b bytes.Buffer
	err := write(&b)
	return b.Bytes(), err
}
