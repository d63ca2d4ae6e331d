package input

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/datasets"
	"bench/scoring/swebench"
	"bench/trajectory"
)

// HasTrajectories reports whether a path is a trajectory or a directory.
func HasTrajectories(path string) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil || filepath.Ext(path) == ".jsonl":
		return false
	case info.IsDir() || strings.HasSuffix(path, ".traj.json"):
		return true
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var which struct {
		Schema string `json:"schema_version"`
		Format string `json:"trajectory_format"`
	}
	return json.Unmarshal(data, &which) == nil && which.Schema+which.Format != ""
}

// Tasks finds a task by its id; ok is false if it is not known.
type Tasks func(id string) (task bench.Task, ok bool)

// Trajectories reads the trials of a trajectory, or of all below a directory (files
// called *.traj.json and trajectory.json). reports are what the official harness says
// of them, as for Predictions; without any, the verdict is that of the files, which
// those of bench have. configuration is what they are called; empty: as the files say,
// or else their model. With tasks, what agents did is examined for contamination.
func Trajectories(path, reports, configuration string, tasks Tasks) (Set, error) {
	files, err := trajectoryFiles(path)
	if err != nil {
		return Set{}, err
	}
	var all []trajectory.Trajectory
	var predictions []swebench.Prediction
	for _, file := range files {
		t, err := trajectory.Read(file)
		if err != nil {
			return Set{}, err
		}
		t.Instance = cmp.Or(t.Instance, instanceOf(file))
		all = append(all, t)
		predictions = append(predictions, swebench.Prediction{InstanceID: t.Instance, Patch: t.Patch})
	}
	var verdicts map[string]judged
	if reports != "" {
		if verdicts, err = readVerdicts(reports, predictions); err != nil {
			return Set{}, err
		}
	}
	var b builder
	for i, t := range all {
		trial := trialOf(t, configuration)
		trial.Contamination = contaminationOf(t, tasks)
		if v, ok := verdicts[t.Instance]; ok || reports != "" {
			trial.Outcome, trial.Resolved, trial.Error = v.outcome(), v.resolved, v.err
		}
		if b.checkTrajectory(files[i], trial) {
			b.add(files[i], trial)
		}
	}
	return b.set(path)
}

// trajectoryFiles are the files below a directory, or the only one.
func trajectoryFiles(path string) (files []string, err error) {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return []string{path}, bench.UsageError(err)
	}
	err = filepath.WalkDir(path, func(file string, e fs.DirEntry, err error) error {
		name := filepath.Base(file)
		if err == nil && !e.IsDir() &&
			(strings.HasSuffix(name, ".traj.json") || name == "trajectory.json") {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = bench.Usagef("import %s: there is no *.traj.json and no trajectory.json below it", path)
	}
	return files, err
}

// harborTrial is what Harbor calls the directory of a trial: the task's name and
// something random.
var harborTrial = regexp.MustCompile(`^(.+)__[A-Za-z0-9]{7}$`)

// instanceOf is the instance that the path of a file names.
func instanceOf(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	if name != "trajectory" {
		return name
	}
	dir := filepath.Dir(file)
	if filepath.Base(dir) != "agent" {
		return filepath.Base(dir)
	}
	name = filepath.Base(filepath.Dir(dir))
	if m := harborTrial.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// trialOf is a trajectory as a trial. What bench wrote beside it counts before what can
// be read off its turns.
func trialOf(t trajectory.Trajectory, configuration string) Trial {
	name := strings.ReplaceAll(t.Model, "/", "__") // as the official harness has it
	out := Trial{Key: bench.TrialKey{InstanceID: t.Instance, Attempt: 1}, Patch: t.Patch}
	out.Outcome, out.Cost, out.Roles = bench.OutcomeUngraded, t.Cost, rolesOf(t)
	if x := t.Bench; x != nil {
		name = x.Configuration
		out.Key.Attempt, out.Kind, out.Simulated = x.Attempt, x.Kind, x.Simulated
		out.Outcome, out.Resolved, out.Roles = cmp.Or(x.Outcome, out.Outcome), x.Resolved, x.Roles
		if x.WallSeconds != nil {
			wall := time.Duration(*x.WallSeconds * float64(time.Second))
			out.Wall = &wall
		}
		if x.Unreported > 0 {
			out.Cost = nil // a lower bound is no cost
		}
	}
	out.Key.Configuration = cmp.Or(configuration, name)
	return out
}

// rolesOf is what the agent used, and its sub-agents together.
func rolesOf(t trajectory.Trajectory) []bench.RoleUsage {
	main := bench.RoleUsage{Role: bench.RoleSingle, Model: t.Model, Calls: t.Calls, Cost: t.Cost}
	setTokens(&main, t.Usage)
	if len(t.Subagents) == 0 {
		return []bench.RoleUsage{main}
	}
	main.Role = bench.RoleMain
	side := bench.RoleUsage{Role: bench.RoleSidekick, Model: t.Subagents[0].Model, Calls: new(int64),
		Cost: new(bench.USD)}
	usage := &bench.Usage{}
	for _, sub := range t.Subagents {
		side.Calls, side.Cost = plus(side.Calls, sub.Calls), plus(side.Cost, sub.Cost)
		if usage != nil && sub.Usage != nil {
			sum := usage.Add(*sub.Usage)
			usage = &sum
		} else {
			usage = nil
		}
		if sub.Model != side.Model {
			side.Model = "" // several
		}
	}
	setTokens(&side, usage)
	if main.Cost != nil && side.Cost != nil { // the whole's includes the parts'
		rest := *main.Cost - *side.Cost
		main.Cost = &rest
	} else {
		main.Cost = nil
	}
	return []bench.RoleUsage{main, side}
}

func setTokens(r *bench.RoleUsage, u *bench.Usage) {
	if u != nil {
		r.Input, r.CachedInput = &u.Input, &u.CachedInput
		r.CacheWrite, r.Output = &u.CacheWrite, &u.Output
	}
}

// plus is a sum that is not known where a part of it is not.
func plus[N ~int64](a, b *N) *N {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}

// checkTrajectory refuses what no trial can be.
func (b *builder) checkTrajectory(file string, t Trial) bool {
	before := len(b.errs.Errors) + b.errs.More
	switch {
	case t.Key.Configuration == "":
		b.fail(file, "", "it names no model: name the configuration with --configuration")
	case !nameRE.MatchString(t.Key.Configuration):
		b.fail(file, "model", wantName+", found %q: name it with --configuration", t.Key.Configuration)
	case !datasets.IsID(t.Key.InstanceID):
		b.fail(file, "instance_id", "expected letters, digits and . _ + @ -, found %q: call the file "+
			"INSTANCE.traj.json", t.Key.InstanceID)
	case t.Key.Attempt < 1:
		b.fail(file, "attempt", "expected a whole number from 1, found %d", t.Key.Attempt)
	case !slices.Contains(bench.Outcomes, t.Outcome):
		b.fail(file, "outcome", "unknown: %q", t.Outcome)
	case t.Kind != "" && !slices.Contains(t.Kind.Choices(), string(t.Kind)):
		b.fail(file, "kind", "unknown: %q", t.Kind)
	case contradicts(t.Outcome, t.Resolved):
		b.fail(file, "outcome", "%s contradicts the verdict in resolved", t.Outcome)
	}
	for _, r := range t.Roles {
		if r.Cost != nil && *r.Cost < 0 {
			b.fail(file, "cost", "that of sub-agents is higher than that of all: %s", fmt.Sprint(*r.Cost))
		}
	}
	return len(b.errs.Errors)+b.errs.More == before
}
