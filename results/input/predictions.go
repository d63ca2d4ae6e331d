package input

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"bench"
	"bench/datasets"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// Predictions reads the trials of one configuration from its predictions and what
// the official harness, or bench grade, has reported of them: a directory with
// report.json files, the report of the run (.json), or verdicts (.jsonl).
// configuration is what the model is called; empty: as the predictions say.
func Predictions(path, reports, configuration string) (Set, error) {
	predictions, err := swebench.ReadPredictions(path)
	if err != nil {
		return Set{}, bench.UsageError(err)
	}
	verdicts, err := readVerdicts(reports, predictions)
	if err != nil {
		return Set{}, err
	}
	var b builder
	ids := map[string]bool{}
	for i, p := range predictions {
		where := fmt.Sprintf("%s: prediction %d", path, i+1)
		ids[p.InstanceID] = true
		name, attempt := nameOf(p.Model, configuration)
		switch {
		case name == "":
			b.fail(where, "model_name_or_path", "missing: name the configuration with --configuration")
		case !nameRE.MatchString(name):
			b.fail(where, "model_name_or_path", wantName+", found %q: name it with --configuration",
				p.Model)
		case !datasets.IsID(p.InstanceID):
			b.fail(where, "instance_id", "expected letters, digits and . _ + @ -, found %q", p.InstanceID)
		}
		patch := ""
		if !p.Empty() {
			patch = *p.Patch
		}
		v := verdicts[p.InstanceID]
		b.add(where, Trial{
			Key:   bench.TrialKey{Configuration: name, InstanceID: p.InstanceID, Attempt: attempt},
			Patch: &patch,
			TrialImported: bench.TrialImported{
				Outcome: v.outcome(), Resolved: v.resolved, Error: v.err,
			},
		})
	}
	for id := range verdicts {
		if !ids[id] {
			b.fail(reports, id, "has a verdict, but no prediction in %s", path)
		}
	}
	return b.set(path, reports)
}

// attemptName is what `bench export` calls the model of one of several attempts.
var attemptName = regexp.MustCompile(`^(.+)\.attempt-([1-9][0-9]{0,3})$`)

// nameOf is the configuration of a model's predictions, and which attempt they are.
func nameOf(model, given string) (name string, attempt int) {
	name, attempt = strings.ReplaceAll(model, "/", "__"), 1 // as the official harness has it
	if m := attemptName.FindStringSubmatch(name); m != nil {
		name = m[1]
		attempt, _ = strconv.Atoi(m[2])
	}
	if given != "" {
		name = given
	}
	return name, attempt
}

// judged is what is known of how a prediction was judged.
type judged struct {
	resolved *bool
	empty    bool
	infra    bool
	err      string
}

func (v judged) outcome() bench.Outcome {
	switch {
	case v.infra:
		return bench.OutcomeInfraGrading
	case v.empty:
		return bench.OutcomeEmptyPatch
	}
	return outcomeOf(v.resolved)
}

// readVerdicts reads the verdicts by instance.
func readVerdicts(path string, predictions []swebench.Prediction) (map[string]judged, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, bench.UsageError(fmt.Errorf("import reports: %w", err))
	case info.IsDir():
		return storedVerdicts(path, predictions)
	case filepath.Ext(path) == ".jsonl":
		return linesOfVerdicts(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var report swebench.RunReport
	if err := json.Unmarshal(data, &report); err != nil {
		return nil, bench.Usagef("import reports %s: %w", path, err)
	}
	if report.ResolvedIDs == nil {
		return nil, bench.Usagef("import reports %s: there is no resolved_ids in it: "+
			"want the official report of a run, a directory of report.json files, or a .jsonl file "+
			"of verdicts", path)
	}
	return verdictsOf(report), nil
}

// storedVerdicts reads those of the predictions from a directory.
func storedVerdicts(dir string, predictions []swebench.Prediction) (map[string]judged, error) {
	stored, err := evaluate.ReadStored(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	var evaluated []swebench.Evaluated
	for _, p := range predictions {
		if stored.OtherPatch(p) {
			return nil, bench.Usagef("import reports %s: the verdict of %s is of another patch than the "+
				"prediction's", dir, p.InstanceID)
		}
		ids = append(ids, p.InstanceID)
		evaluated = append(evaluated, stored.Evaluated(p))
	}
	report := swebench.NewRunReport(ids, evaluated)
	all := verdictsOf(report)
	for _, e := range evaluated {
		if e.Report == nil && !e.Prediction.Empty() {
			delete(all, e.Prediction.InstanceID) // never judged, or not to the end
		}
	}
	return all, nil
}

// verdictsOf are those of a run's report. What went wrong in its infrastructure, and
// what the harness calls an error, is no verdict.
func verdictsOf(r swebench.RunReport) map[string]judged {
	yes, no := true, false
	all := map[string]judged{}
	set := func(ids []string, v judged) {
		for _, id := range ids {
			all[id] = v
		}
	}
	set(r.ResolvedIDs, judged{resolved: &yes})
	set(r.UnresolvedIDs, judged{resolved: &no})
	set(r.EmptyPatchIDs, judged{resolved: &no, empty: true})
	set(r.ErrorIDs, judged{infra: true, err: "the harness reports an error"})
	for _, id := range r.InfraIDs {
		all[id] = judged{infra: true, err: "broken environment: " + r.FailureReasons[id]}
	}
	return all
}

// linesOfVerdicts reads what bench grade --format jsonl prints.
func linesOfVerdicts(path string) (map[string]judged, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]judged{}
	var errs datasets.Errors
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		o, ok := parse(fmt.Sprintf("%s:%d", path, n), line, &errs)
		if !ok {
			continue
		}
		id, v := o.text("instance_id"), judged{}
		o.take("error", "a text", &v.err)
		if !o.take("resolved", "true, false or null", &v.resolved) {
			o.fail("resolved", "missing")
		}
		if v.err != "" {
			v.resolved, v.infra = nil, true
		}
		if _, twice := all[id]; twice {
			o.fail("instance_id", "%s has a verdict in an earlier line", id)
		}
		all[id] = v
	}
	return all, errs.OrNil()
}
