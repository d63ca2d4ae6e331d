package evaluate

import (
	"os"
	"path/filepath"
	"strings"

	"bench"
	"bench/scoring/swebench"
)

// RunReport is the official report of evaluations of a dataset.
func RunReport(dataset []bench.Task, work []*Evaluation) swebench.RunReport {
	evaluated := make([]swebench.Evaluated, len(work))
	for i, e := range work {
		evaluated[i] = swebench.Evaluated{
			Prediction: e.Prediction, Report: e.report(), Logs: [][]byte{e.Log},
		}
		if e.Run && e.Prediction.Empty() { // tests were run: count it as a patch
			evaluated[i].Prediction.Patch = somePatch()
		}
	}
	return swebench.NewRunReport(ids(dataset), evaluated)
}

func ids(tasks []bench.Task) []string {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.InstanceID
	}
	return ids
}

// somePatch stands for a patch that is not empty and that nobody looks at.
func somePatch() *string {
	patch := "\n"
	return &patch
}

// report is the official report.json, nil where there is none.
func (e *Evaluation) report() []byte {
	if e.Err != nil || e.Grade.Resolved == nil || (e.Run && !e.Grade.PatchApplied) || !e.Run {
		return nil
	}
	b, err := swebench.ReportJSON(e.Task.InstanceID, true, e.Grade)
	if err != nil {
		return nil
	}
	return b
}

// Files of an evaluation in the official layout, in the folder of the instance.
const (
	patchFile  = "patch.diff"
	scriptFile = "eval.sh"
	logFile    = "test_output.txt"
	reportFile = "report.json"
	ownLogFile = "run_instance.log" // of the harness
)

// Write lays out below dir what the official harness leaves of a run:
// logs/run_evaluation/<run>/<model>/<instance>/… and the run report, whose name says which
// part of the run it is of, if it is of one.
func Write(
	dir, runID, part string, work []*Evaluation, r swebench.RunReport, rules swebench.Rules,
) error {
	for _, e := range work {
		if err := e.Write(dir, runID); err != nil {
			return err
		}
	}
	_, err := WriteReport(dir, work[0].Prediction.Model, runID+part, r, rules)
	return err
}

// WriteReport writes the run report of a model and returns its path.
func WriteReport(
	dir, model, runID string, r swebench.RunReport, rules swebench.Rules,
) (string, error) {
	path := filepath.Join(dir, swebench.RunReportName(model, runID))
	text, err := r.JSON(rules)
	if err != nil {
		return path, err
	}
	return path, os.WriteFile(path, text, 0o644)
}

// Folder is where the official layout has the evaluations of a model, below a
// directory.
func Folder(dir, runID, model string) string {
	return filepath.Join(dir, "logs", "run_evaluation", runID, strings.ReplaceAll(model, "/", "__"))
}

// Write fills the folder of an instance. What was not run has none.
func (e *Evaluation) Write(dir, runID string) error {
	if !e.Run {
		return nil
	}
	folder := filepath.Join(Folder(dir, runID, e.Prediction.Model), e.Task.InstanceID)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		patchFile: []byte(*e.Prediction.Patch), scriptFile: e.Script,
		logFile: e.Log, reportFile: e.report(),
	} {
		if content == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
