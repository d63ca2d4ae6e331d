// Package harness writes a run as the official SWE-bench harness leaves it behind.
package harness

import (
	"context"
	"maps"
	"slices"

	"bench"
	"bench/results"
	"bench/results/output"
	"bench/results/output/preds"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// Output writes DIR/logs/run_evaluation/RUN/CONFIGURATION/INSTANCE/…,
// DIR/CONFIGURATION.RUN.json and DIR/CONFIGURATION/preds.json for each configuration
// and, where several attempts were planned, for each of them, as preds.Output does.
type Output struct{}

var (
	_ output.Output  = Output{}
	_ output.Checker = Output{}
)

// Name implements output.Output.
func (Output) Name() string { return "swebench" }

// About implements output.Output.
func (Output) About() string {
	return `what the official harness leaves of an evaluation: for each instance
DIR/logs/run_evaluation/RUN/CONFIGURATION/INSTANCE/ with patch.diff, eval.sh,
test_output.txt and report.json, for each configuration its run report
DIR/CONFIGURATION.RUN.json and its predictions as preds writes them`
}

// Check implements output.Checker: logs of tests are from here alone.
func (Output) Check(ctx context.Context, s *results.Store, run string) error {
	return output.RanHere(ctx, s, run)
}

// Write implements output.Output.
func (Output) Write(
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
	r, err := s.Run(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		w := writer{s, dir, r, instances(trials, set.Configuration)}
		written, err := w.set(ctx, set)
		paths = append(paths, written...)
		if err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// instances are the tasks of a configuration, each once, in their order.
func instances(trials []results.Trial, configuration string) (ids []string) {
	for _, t := range trials {
		if t.Key.Configuration == configuration && !slices.Contains(ids, t.Key.InstanceID) {
			ids = append(ids, t.Key.InstanceID)
		}
	}
	return ids
}

// writer writes the parts of a run.
type writer struct {
	store     *results.Store
	dir       string
	run       results.Run
	instances []string
}

// set writes the predictions of a set, their evaluations and the run report.
func (w writer) set(ctx context.Context, set preds.Set) (paths []string, err error) {
	path, err := set.Write(w.dir)
	if err != nil {
		return nil, err
	}
	paths = append(paths, path)
	var predictions []swebench.Prediction
	evaluated := 0
	for _, id := range slices.Sorted(maps.Keys(set.Patches)) {
		e, err := w.evaluation(ctx, set.Name, set.Patches[id])
		if err != nil {
			return paths, err
		}
		if err := e.Write(w.dir, w.run.ID); err != nil {
			return paths, err
		}
		predictions = append(predictions, e.Prediction)
		if e.Run {
			evaluated++
		}
	}
	if evaluated > 0 {
		paths = append(paths, evaluate.Folder(w.dir, w.run.ID, set.Name))
	}
	report, err := w.report(set.Name, predictions, evaluated > 0)
	if err != nil {
		return paths, err
	}
	path, err = evaluate.WriteReport(w.dir, set.Name, w.run.ID, report, swebench.Rules(w.run.Rules))
	return append(paths, path), err
}

// report sums up what was written, as the harness does: from the folders of
// instances, so that no more than one log is in memory.
func (w writer) report(
	model string, predictions []swebench.Prediction, evaluated bool,
) (swebench.RunReport, error) {
	stored := evaluate.Stored{}
	if folder := evaluate.Folder(w.dir, w.run.ID, model); evaluated {
		var err error
		if stored, err = evaluate.ReadStored(folder); err != nil {
			return swebench.RunReport{}, err
		}
	}
	var all []swebench.Evaluated
	for _, p := range predictions {
		all = append(all, stored.Evaluated(p))
	}
	return swebench.NewRunReport(w.instances, all), nil
}

// evaluation is a trial as the harness knows it.
func (w writer) evaluation(
	ctx context.Context, model string, p results.Patch,
) (e evaluate.Evaluation, err error) {
	e = evaluate.Evaluation{
		Task:       bench.Task{InstanceID: p.Key.InstanceID},
		Prediction: swebench.Prediction{InstanceID: p.Key.InstanceID, Model: model, Patch: &p.Text},
		Run:        p.Text != "",
	}
	g, err := w.store.Graded(ctx, w.run.ID, p.Key)
	if err != nil || g == nil {
		return e, err
	}
	e.Grade = *g
	if e.Log, err = w.store.Body(ctx, g.Log); err != nil {
		return e, err
	}
	e.Script, err = w.store.Body(ctx, g.Script)
	return e, err
}
