package evaluate

import (
	"context"
	"fmt"

	"bench"
	"bench/scoring/regrade"
	"bench/scoring/swebench"
)

// LogVerdict is the judgement of a stored log in a word.
func LogVerdict(r regrade.Result) Verdict {
	switch {
	case r.Err != nil:
		return NoVerdict
	case !r.Grade.Found:
		return NotFound
	case *r.Grade.Resolved:
		return Resolved
	}
	return Unresolved
}

// LogLine is the line of a stored log. statusMap adds each test's status.
func LogLine(r regrade.Result, rules swebench.Rules, statusMap bool) Line {
	l := lineOf(r.InstanceID, r.Grade)
	l.path, l.grade.Rules, l.statusMap = r.Path, string(rules), statusMap
	if r.Err != nil {
		l.err = r.Err.Error()
	}
	return l
}

// LogsReport judges logs and sums them up as those of one run on a dataset. It
// calls failed with each log that has no verdict. Two logs of one instance are
// a mistake: they are of two runs.
func LogsReport(
	ctx context.Context, source regrade.Source, o regrade.Options, dataset []bench.Task,
	failed func(regrade.Result),
) (swebench.RunReport, error) {
	var evaluated []swebench.Evaluated
	seen := map[string]string{}
	small := func(r regrade.Result) regrade.Result {
		r.Grade = bench.Grade{Resolved: r.Grade.Resolved}
		return r
	}
	err := regrade.Run(ctx, source, o, small, func(r regrade.Result) error {
		if r.Err != nil {
			failed(r)
		}
		if r.InstanceID == "" {
			return nil
		}
		if first, ok := seen[r.InstanceID]; ok {
			return bench.Usagef("%s and %s are of one instance: a run report needs the logs "+
				"of one run", first, r.Path)
		}
		seen[r.InstanceID] = r.Path
		evaluated = append(evaluated, evaluatedLog(r))
		return nil
	})
	if err != nil {
		return swebench.RunReport{}, err
	}
	return swebench.NewRunReport(ids(dataset), evaluated), nil
}

// evaluatedLog is what a run report needs of a log, which there was a patch for.
func evaluatedLog(r regrade.Result) swebench.Evaluated {
	e := swebench.Evaluated{
		Prediction: swebench.Prediction{InstanceID: r.InstanceID, Patch: somePatch()},
		Infra:      func() (string, bool) { return r.Reason, r.Environment },
	}
	if r.Err == nil {
		e.Report = fmt.Appendf(nil, `{%q: {"resolved": %t}}`, r.InstanceID, *r.Grade.Resolved)
	}
	return e
}
