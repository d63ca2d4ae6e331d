package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench/results/report"
	"bench/scoring/swebench"
)

// stored are the folders of one run of one model in the official layout:
// <run>/<model>/<instance>/report.json and what lies beside it.
type stored struct {
	dir       string // <run>/<model>
	instances map[string]string
}

// aggregate sums up what evaluations have left behind. Nothing is judged again.
func (f *gradeFlags) aggregate(c *cobra.Command) error {
	rules, err := swebench.ParseRules(f.rules)
	if err != nil {
		return usageError(err)
	}
	run, err := storedRun(f.report)
	if err != nil {
		return usageError(err)
	}
	predictions, err := f.submitted(run)
	if err != nil {
		return usageError(err)
	}
	dataset, err := f.datasetIDs(c, predictions)
	if err != nil {
		return err
	}
	var evaluated []swebench.Evaluated
	for _, p := range predictions {
		evaluated = append(evaluated, run.evaluated(p))
		if f.predictions != "" && run.otherPatch(p) {
			fmt.Fprintf(c.ErrOrStderr(), "%s: the verdict is of another patch than the prediction's\n",
				p.InstanceID)
		}
	}
	r := swebench.NewRunReport(dataset, evaluated)
	if f.format == "json" {
		var text []byte
		if text, err = r.JSON(rules); err == nil {
			_, err = c.OutOrStdout().Write(text)
		}
	} else {
		err = printRunReport(c.OutOrStdout(), r, evaluated)
	}
	if err == nil && r.Errors > 0 {
		err = &statusError{exitIncomplete, fmt.Errorf("no verdict: %s", several(r.Errors, "prediction"))}
	}
	return err
}

// checkReport refuses what means nothing to stored reports.
func (f *gradeFlags) checkReport(c *cobra.Command) error {
	err := refuse(c, "report", "config", "set", "timeout", "image", "instances", "filter", "slice",
		"workers", "run-id", "output", "status-map")
	if err != nil {
		return err
	}
	return oneOf("format", f.format, "table", "json")
}

// evaluationFiles are what the official harness leaves of an evaluation.
var evaluationFiles = []string{
	"report.json", "test_output.txt", "run_instance.log", "patch.diff", "eval.sh",
}

// storedRun finds the folders of instances at or below a directory. All must be
// of one run and one model.
func storedRun(dir string) (stored, error) {
	s := stored{instances: map[string]string{}}
	err := filepath.WalkDir(dir+string(filepath.Separator),
		func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !slices.Contains(evaluationFiles, e.Name()) {
				return err
			}
			folder := filepath.Dir(path)
			switch parent := filepath.Dir(folder); {
			case s.dir == "":
				s.dir = parent
			case s.dir != parent:
				return fmt.Errorf("%s and %s are different runs: give the directory of one of them",
					s.dir, parent)
			}
			s.instances[filepath.Base(folder)] = folder
			return nil
		})
	if err != nil {
		return stored{}, fmt.Errorf("read reports: %w", err)
	}
	if len(s.instances) == 0 {
		return stored{}, fmt.Errorf("read reports %s: there is no folder of an instance below it", dir)
	}
	return s, nil
}

// submitted are the predictions that were evaluated: those of the file if there
// is one, else one for each folder.
func (f *gradeFlags) submitted(run stored) ([]swebench.Prediction, error) {
	if f.predictions != "" {
		return swebench.ReadPredictions(f.predictions)
	}
	var all []swebench.Prediction
	for id := range run.instances {
		patch := "\n" // what has been evaluated was not empty
		all = append(all, swebench.Prediction{InstanceID: id, Patch: &patch})
	}
	slices.SortFunc(all, func(a, b swebench.Prediction) int {
		return strings.Compare(a.InstanceID, b.InstanceID)
	})
	return all, nil
}

// datasetIDs are the instances of the dataset, or those of the predictions.
func (f *gradeFlags) datasetIDs(
	c *cobra.Command, predictions []swebench.Prediction,
) (ids []string, err error) {
	if f.dataset == "" {
		for _, p := range predictions {
			ids = append(ids, p.InstanceID)
		}
		return ids, nil
	}
	_, tasks, err := f.tasksForLogs(c.Context())
	for _, t := range tasks {
		ids = append(ids, t.InstanceID)
	}
	return ids, err
}

// evaluated is what lies stored of a prediction. Its logs are read when they
// are needed, and not kept.
func (s stored) evaluated(p swebench.Prediction) swebench.Evaluated {
	e := swebench.Evaluated{Prediction: p}
	folder, ok := s.instances[p.InstanceID]
	if !ok {
		return e
	}
	text, err := os.ReadFile(filepath.Join(folder, "report.json"))
	switch {
	case err == nil:
		e.Report = text
	case !errors.Is(err, fs.ErrNotExist):
		e.Report = []byte(err.Error()) // one that cannot be read
	}
	e.Infra = func() (string, bool) {
		var logs [][]byte
		for _, name := range []string{"test_output.txt", "run_instance.log"} {
			if log, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				logs = append(logs, log)
			}
		}
		return swebench.InfraReason(logs...)
	}
	return e
}

// otherPatch reports whether the stored patch is not the prediction's. The
// official harness takes a verdict that it finds, whatever it was given for.
func (s stored) otherPatch(p swebench.Prediction) bool {
	folder, ok := s.instances[p.InstanceID]
	if !ok || p.Empty() {
		return false
	}
	patch, err := os.ReadFile(filepath.Join(folder, "patch.diff"))
	return err == nil && string(patch) != *p.Patch
}

// printRunReport is a row for each prediction, and the sum below.
func printRunReport(w io.Writer, r swebench.RunReport, evaluated []swebench.Evaluated) error {
	verdicts := map[string]string{}
	for verdict, ids := range map[string][]string{
		"resolved": r.ResolvedIDs, "unresolved": r.UnresolvedIDs, "empty": r.EmptyPatchIDs,
		"error": r.ErrorIDs,
	} {
		for _, id := range ids {
			verdicts[id] = verdict
		}
	}
	var rows [][]string
	for _, e := range evaluated {
		id := e.Prediction.InstanceID
		verdict, ok := verdicts[id]
		if !ok {
			verdict = "not in the dataset"
		}
		rows = append(rows, []string{id, verdict, r.FailureReasons[id]})
	}
	if err := report.Grid(w, []string{"instance", "verdict", "infra reason"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "resolved %d of %d submitted (%d in the dataset); "+
		"%d unresolved, %d empty, %d without a verdict\n",
		r.Resolved, r.Submitted, r.Total, r.Unresolved, r.EmptyPatches, r.Errors)
	return err
}
