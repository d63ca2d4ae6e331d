package swebench

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Evaluated is what the run report needs to know of one prediction.
type Evaluated struct {
	Prediction Prediction
	Report     []byte   // content of report.json; nil if there is none
	Logs       [][]byte // test_output.txt and run_instance.log, as far as they exist
	// Infra is what InfraReason says of the logs, for those who do not have all
	// logs of a run in memory. If it is nil, Logs are looked at.
	Infra func() (reason string, environment bool)
}

// RunReport is the official report of a run, schema version 2. The lists are
// sorted. An instance whose report.json cannot be read is completed and an
// error at once.
type RunReport struct {
	Total        int `json:"total_instances"`
	Submitted    int `json:"submitted_instances"`
	Completed    int `json:"completed_instances"`
	Resolved     int `json:"resolved_instances"`
	Unresolved   int `json:"unresolved_instances"`
	Infra        int `json:"infra_failure_instances"`
	Ambiguous    int `json:"ambiguous_failure_instances"`
	EmptyPatches int `json:"empty_patch_instances"`
	Errors       int `json:"error_instances"`

	CompletedIDs   []string          `json:"completed_ids"`
	IncompleteIDs  []string          `json:"incomplete_ids"`
	EmptyPatchIDs  []string          `json:"empty_patch_ids"`
	SubmittedIDs   []string          `json:"submitted_ids"`
	ResolvedIDs    []string          `json:"resolved_ids"`
	UnresolvedIDs  []string          `json:"unresolved_ids"`
	InfraIDs       []string          `json:"infra_failure_ids"`
	AmbiguousIDs   []string          `json:"ambiguous_failure_ids"`
	FailureReasons map[string]string `json:"failure_reasons"`
	ErrorIDs       []string          `json:"error_ids"`
	Schema         int               `json:"schema_version"`
	*Leftovers                       // with an engine only
}

// Leftovers are what a run leaves on its engine. Reports of version 4 are
// without them.
type Leftovers struct {
	Instances  int      `json:"unstopped_instances"`
	Containers []string `json:"unstopped_containers"`
	Images     []string `json:"unremoved_images"`
}

// runReportV4 is the report of version 4, which has no classification.
type runReportV4 struct {
	Total         int      `json:"total_instances"`
	Submitted     int      `json:"submitted_instances"`
	Completed     int      `json:"completed_instances"`
	Resolved      int      `json:"resolved_instances"`
	Unresolved    int      `json:"unresolved_instances"`
	EmptyPatches  int      `json:"empty_patch_instances"`
	Errors        int      `json:"error_instances"`
	CompletedIDs  []string `json:"completed_ids"`
	IncompleteIDs []string `json:"incomplete_ids"`
	EmptyPatchIDs []string `json:"empty_patch_ids"`
	SubmittedIDs  []string `json:"submitted_ids"`
	ResolvedIDs   []string `json:"resolved_ids"`
	UnresolvedIDs []string `json:"unresolved_ids"`
	ErrorIDs      []string `json:"error_ids"`
	Schema        int      `json:"schema_version"`
}

// NewRunReport sums up a run over the instances of its dataset. Predictions for
// other instances count as submitted only.
func NewRunReport(dataset []string, evaluated []Evaluated) RunReport {
	r := RunReport{
		Total: len(dataset), Submitted: len(evaluated), Schema: 2,
		CompletedIDs: []string{}, IncompleteIDs: []string{}, EmptyPatchIDs: []string{},
		SubmittedIDs: []string{}, ResolvedIDs: []string{}, UnresolvedIDs: []string{},
		InfraIDs: []string{}, AmbiguousIDs: []string{}, ErrorIDs: []string{},
		FailureReasons: map[string]string{},
	}
	byID := make(map[string]Evaluated, len(evaluated))
	for _, e := range evaluated {
		byID[e.Prediction.InstanceID] = e
		r.SubmittedIDs = append(r.SubmittedIDs, e.Prediction.InstanceID)
	}
	for _, id := range dataset {
		if e, ok := byID[id]; ok {
			r.add(id, e)
		} else {
			r.IncompleteIDs = append(r.IncompleteIDs, id)
		}
	}
	for _, ids := range []struct {
		list  *[]string
		count *int
	}{
		{&r.CompletedIDs, &r.Completed}, {&r.IncompleteIDs, nil},
		{&r.EmptyPatchIDs, &r.EmptyPatches}, {&r.SubmittedIDs, nil},
		{&r.ResolvedIDs, &r.Resolved}, {&r.UnresolvedIDs, &r.Unresolved},
		{&r.InfraIDs, &r.Infra}, {&r.AmbiguousIDs, &r.Ambiguous}, {&r.ErrorIDs, &r.Errors},
	} {
		slices.Sort(*ids.list)
		if ids.count != nil {
			*ids.count = len(*ids.list)
		}
	}
	return r
}

// add counts one prediction of the dataset.
func (r *RunReport) add(id string, e Evaluated) {
	if e.Prediction.Empty() {
		r.EmptyPatchIDs = append(r.EmptyPatchIDs, id)
		return
	}
	if e.Report != nil {
		r.CompletedIDs = append(r.CompletedIDs, id)
	}
	verdict, err := reportedVerdict(id, e.Report)
	switch {
	case err != nil:
		r.ErrorIDs = append(r.ErrorIDs, id)
	case verdict:
		r.ResolvedIDs = append(r.ResolvedIDs, id)
		return
	default:
		r.UnresolvedIDs = append(r.UnresolvedIDs, id)
	}
	infra := e.Infra
	if infra == nil {
		infra = func() (string, bool) { return InfraReason(e.Logs...) }
	}
	reason, environment := infra()
	if reason == "" {
		return
	}
	r.FailureReasons[id] = reason
	if environment {
		r.InfraIDs = append(r.InfraIDs, id)
	} else {
		r.AmbiguousIDs = append(r.AmbiguousIDs, id)
	}
}

var errNoReport = errors.New("no report of this instance")

// reportedVerdict reads "resolved" out of a report.json.
func reportedVerdict(id string, report []byte) (bool, error) {
	var entries map[string]struct {
		Resolved *bool `json:"resolved"`
	}
	if err := json.Unmarshal(report, &entries); err != nil {
		return false, err
	}
	if e := entries[id]; e.Resolved != nil {
		return *e.Resolved, nil
	}
	return false, errNoReport
}

// JSON returns the document of these rules as the harness writes it.
func (r RunReport) JSON(rules Rules) ([]byte, error) {
	if rules != V4 {
		data, err := pythonJSON(r)
		return append(data, '\n'), err
	}
	data, err := pythonJSON(runReportV4{
		Total: r.Total, Submitted: r.Submitted, Completed: r.Completed, Resolved: r.Resolved,
		Unresolved: r.Unresolved, EmptyPatches: r.EmptyPatches, Errors: r.Errors,
		CompletedIDs: r.CompletedIDs, IncompleteIDs: r.IncompleteIDs,
		EmptyPatchIDs: r.EmptyPatchIDs, SubmittedIDs: r.SubmittedIDs,
		ResolvedIDs: r.ResolvedIDs, UnresolvedIDs: r.UnresolvedIDs, ErrorIDs: r.ErrorIDs,
		Schema: r.Schema,
	})
	return append(data, '\n'), err
}

// RunReportName is the file the report of a run is written to.
func RunReportName(model, runID string) string {
	return strings.ReplaceAll(model, "/", "__") + "." + runID + ".json"
}
