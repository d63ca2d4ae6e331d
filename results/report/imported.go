package report

import (
	"bufio"
	"fmt"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
	"bench/results/timeline"
)

// importedHead writes what is known of a trial that was made elsewhere.
func importedHead(line func(label, format string, args ...any), d results.Detail) {
	cost, wall, patch := "not known", "not known", "not known"
	if d.Imported.Cost != nil {
		cost = d.Imported.Cost.String()
	}
	if d.Imported.Wall != nil {
		wall = took(*d.Imported.Wall)
	}
	if d.Trial.HasPatch {
		patch = plural.Count(d.Trial.PatchFiles, "file") + ", " + plural.Count(d.Trial.PatchBytes, "byte")
	}
	line("cost", "%s", cost)
	line("time", "%s", wall)
	line("patch", "%s", patch)
	line("source", "imported from %s, without events", d.Run.Imported)
}

// showImported writes the usage and the patch of a trial that was made elsewhere.
func showImported(out *bufio.Writer, columns int, d results.Detail) error {
	fmt.Fprintln(out)
	g := grid{
		title: importedTitle(titled("Usage", simulated(d)), true), align: "llr",
		header: []string{"role", "model", "calls", "input", "cached", "written", "output", "cost"},
	}
	for _, u := range d.Imported.Roles {
		cost := unknown
		if u.Cost != nil {
			cost = u.Cost.String()
		}
		g.add(string(u.Role), or(u.Model), knownTokens(u.Calls), knownTokens(u.Input),
			knownTokens(u.CachedInput), knownTokens(u.CacheWrite), knownTokens(u.Output), cost)
	}
	if len(g.rows) > 0 {
		if err := g.write(width.Screen{Writer: out, Columns: columns}, text); err != nil {
			return err
		}
	}
	contaminated(out, d)
	if d.Trial.HasPatch {
		patch(out, d)
	}
	return out.Flush()
}

// knownTokens writes a number that may not be known.
func knownTokens(n *int64) string {
	if n == nil {
		return unknown
	}
	return tokens(*n)
}

// ImportedTrial is a trial that was made elsewhere, as `bench show --format json`
// prints it. What is null is not known.
type ImportedTrial struct {
	Run           string            `json:"run"`
	Configuration string            `json:"configuration"`
	Instance      string            `json:"instance_id"`
	Attempt       int               `json:"attempt"`
	Imported      string            `json:"imported"` // file it is from
	MainModel     *string           `json:"main_model"`
	SidekickModel *string           `json:"sidekick_model"`
	Outcome       bench.Outcome     `json:"outcome"`
	Resolved      *bool             `json:"resolved"`
	Blame         bench.Blame       `json:"blame"`
	Error         string            `json:"error"`
	Cost          *bench.USD        `json:"cost_usd"`
	Wall          *timeline.Secs    `json:"wall_s"`
	Roles         []bench.RoleUsage `json:"roles"`
	Patch         *string           `json:"patch"`
	// Contamination is null if nobody looked for it.
	Contamination *bench.Contamination `json:"contamination"`
}

func importedTrialOf(d results.Detail) ImportedTrial {
	t := ImportedTrial{
		Run: d.Trial.RunID, Configuration: d.Trial.Key.Configuration,
		Instance: d.Trial.Key.InstanceID, Attempt: d.Trial.Key.Attempt, Imported: d.Run.Imported,
		Outcome: d.Trial.Outcome, Resolved: d.Trial.Resolved, Blame: d.Trial.Blame,
		Error: d.Trial.Error, Cost: d.Imported.Cost, Wall: (*timeline.Secs)(d.Imported.Wall),
		Roles: append([]bench.RoleUsage{}, d.Imported.Roles...),
	}
	t.Contamination = contaminationOf(d)
	if m := d.Configuration.Main.Model; m != "" {
		t.MainModel = &m
	}
	if s := d.Configuration.Sidekick; s != nil && s.Model.Model != "" {
		t.SidekickModel = &s.Model.Model
	}
	if d.Trial.HasPatch {
		t.Patch = &d.Patch
	}
	return t
}
