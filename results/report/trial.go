package report

import (
	"io"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// Trial is a whole trial, as `bench show --format json` prints it: its
// timeline, and all that is not a matter of time.
type Trial struct {
	timeline.Timeline
	Repo       string                        `json:"repo"`
	Blame      bench.Blame                   `json:"blame"`
	Limit      bench.Resource                `json:"limit"` // what the main agent ran out of
	Error      string                        `json:"error"`
	Phases     map[bench.Phase]timeline.Secs `json:"phases_s"` // how long each took
	PatchBytes int                           `json:"patch_bytes"`
	PatchFiles int                           `json:"patch_files"`
	Patch      string                        `json:"patch"`
	Host       *results.Host                 `json:"host"` // null: not known
	// GradingHost is that of the tests if it is another one.
	GradingHost *results.Host          `json:"grading_host"`
	RoundTrip   *RoundTrip             `json:"round_trip"` // null: not measured
	Grade       *Grade                 `json:"grade"`      // null if it was not judged
	Tests       []Test                 `json:"tests"`
	Notes       []Note                 `json:"notes"`
	Routes      []bench.RouteChosen    `json:"routes"` // null where the model cannot change
	Faults      []bench.WorkspaceFault `json:"workspace_faults"`
	// Contamination is null if nobody looked for it.
	Contamination *bench.Contamination `json:"contamination"`
	// BodiesDroppedAt is null if what was said in it is there.
	BodiesDroppedAt *time.Time `json:"bodies_dropped_at"`
}

// Grade is how a patch was judged.
type Grade struct {
	Rules        string        `json:"rules"`
	Status       string        `json:"status"`
	PatchApplied bool          `json:"patch_applied"`
	Found        bool          `json:"found"` // the log could be read
	TimedOut     bool          `json:"timed_out"`
	ExitCode     int           `json:"exit_code"`
	Took         timeline.Secs `json:"duration_s"` // of the tests
	InfraReason  string        `json:"infra_reason"`
	Flags        []string      `json:"flags"`
	Error        string        `json:"error"`
}

// Test is one test of a grade.
type Test struct {
	List   string `json:"list"` // FAIL_TO_PASS, PASS_TO_PASS or other
	Name   string `json:"test"`
	Status string `json:"status"`
	OK     *bool  `json:"ok"` // null for tests on neither list
}

// Note is something to know about a trial.
type Note struct {
	At    timeline.Secs `json:"at_s"`
	Agent string        `json:"agent"`
	Code  string        `json:"code"`
	Text  string        `json:"text"`
}

// TrialsJSON writes some trials as one document.
func TrialsJSON(w io.Writer, trials []results.Detail) error {
	all := []any{}
	for _, d := range trials {
		if d.Imported != nil {
			all = append(all, importedTrialOf(d))
		} else {
			all = append(all, trialOf(d))
		}
	}
	return document(w, map[string]any{"trials": all}, "trials")
}

func trialOf(d results.Detail) Trial {
	t := Trial{
		Timeline: timeline.Of(d), Repo: d.Trial.Repo, Blame: d.Trial.Blame, Limit: d.Trial.Limit,
		Error: d.Trial.Error, Phases: map[bench.Phase]timeline.Secs{}, PatchBytes: d.Trial.PatchBytes,
		PatchFiles: d.Trial.PatchFiles, Patch: d.Patch, Tests: []Test{}, Notes: []Note{},
		Faults: []bench.WorkspaceFault{}, Host: d.Host, GradingHost: d.GradingHost,
		RoundTrip: roundTripOf(d),
	}
	t.Contamination = contaminationOf(d)
	if at := d.Trial.BodiesDroppedAt; !at.IsZero() {
		t.BodiesDroppedAt = &at
	}
	for _, p := range phases(d.Trial) {
		t.Phases[p.name] = timeline.Secs(p.took)
	}
	if g := d.Grade; g != nil {
		t.Grade = &Grade{
			Rules: g.Rules, Status: g.Status, PatchApplied: g.PatchApplied, Found: g.Found,
			TimedOut: g.TimedOut, ExitCode: g.ExitCode, Took: timeline.Secs(g.Duration),
			InfraReason: g.InfraReason, Flags: append([]string{}, g.Flags...), Error: g.Error,
		}
	}
	for _, x := range d.Tests {
		t.Tests = append(t.Tests, Test{x.List, x.Test, x.Status, x.OK})
	}
	for _, n := range d.Notes {
		t.Notes = append(t.Notes, Note{timeline.Secs(n.Time.Sub(beginning(d))), n.Agent, n.Code, n.Text})
	}
	for _, r := range d.Routes {
		t.Routes = append(t.Routes, r.RouteChosen)
	}
	for _, f := range d.Faults {
		t.Faults = append(t.Faults, f.WorkspaceFault)
	}
	return t
}

// outcomeOf says how a trial ended, and whom that is held against.
func outcomeOf(t results.Trial) string {
	outcome := string(t.Outcome)
	if outcome == "" {
		outcome = "in phase " + string(t.Phase)
	}
	switch {
	case t.Resolved == nil:
		outcome += ", no verdict"
	case *t.Resolved && t.Outcome != bench.OutcomeResolved:
		outcome += ", and resolved"
	case !*t.Resolved && t.Outcome != bench.OutcomeUnresolved:
		outcome += ", not resolved"
	}
	if t.Blame != "" && (t.Resolved == nil || !*t.Resolved) {
		outcome += ", held against the " + strings.Replace(string(t.Blame), "infra", "infrastructure", 1)
	}
	return outcome
}

// phase is how long a phase took.
type phase struct {
	name bench.Phase
	took time.Duration
}

// phases lists the phases that have ended.
func phases(t results.Trial) (out []phase) {
	steps := []struct {
		name bench.Phase
		at   time.Time
	}{
		{bench.PhasePrepare, t.StartedAt}, {bench.PhaseSolve, t.SolveAt},
		{bench.PhaseExtract, t.ExtractAt}, {bench.PhaseGrade, t.GradeAt}, {bench.PhaseDone, t.EndedAt},
	}
	for i, s := range steps {
		for _, next := range steps[i+1:] {
			if !s.at.IsZero() && !next.at.IsZero() {
				out = append(out, phase{s.name, next.at.Sub(s.at)})
				break
			}
		}
	}
	return out
}

// lasted says how long each phase of a trial took.
func lasted(d results.Detail) string {
	var all []string
	for _, p := range phases(d.Trial) {
		text := string(p.name) + " " + took(p.took)
		if p.name == bench.PhaseSolve {
			text += noWork(timeline.TimesOf(d))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// noWork says which part of the solve phase was none of the agents' time.
func noWork(m timeline.Times) string {
	var parts []string
	for _, part := range []struct {
		what string
		ms   int64
	}{{"paused", m.Paused}, {"in outages", m.Outage}} {
		if part.ms > 0 {
			lasted := time.Duration(part.ms) * time.Millisecond
			parts = append(parts, took(lasted)+" "+part.what)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// modelsOf names the models of a configuration.
func modelsOf(c bench.Configuration) string {
	models := or(c.Main.Model)
	if s := c.Sidekick; s != nil {
		models += ", sidekicks " + s.Model.Model
	}
	if a := c.Advisor; a != nil {
		models += ", advisor " + a.Model.Model
	}
	if r := c.Router; r != nil {
		for _, m := range r.Models {
			models += ", or " + m.Model
		}
		if r.Ask != nil {
			models += ", chosen by " + r.Ask.Model.Model
		}
	}
	return models
}
