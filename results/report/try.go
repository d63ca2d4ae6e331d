package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"bench"
	"bench/internal/width"
	"bench/results"
	"bench/results/timeline"
)

// Try is what came of a configuration that was tried on a working tree.
type Try struct {
	Run           string         `json:"run"`
	Configuration string         `json:"configuration"`
	Simulated     bool           `json:"simulated"`
	Answer        string         `json:"answer"`
	Ended         string         `json:"ended"` // state of the main agent, or the trial's outcome
	Limit         bench.Resource `json:"limit"` // what it ran out of
	Error         string         `json:"error"`
	CostUSD       bench.USD      `json:"cost_usd"`
	Unreported    bench.USD      `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
	Took          timeline.Secs  `json:"solve_s"`
	Files         []FileChange   `json:"files"`
	PatchFile     string         `json:"patch_file"` // empty if nothing was changed
	Applied       bool           `json:"applied"`
	Roles         []TryRole      `json:"roles"`
}

// FileChange is how many lines of a file a patch adds and removes.
type FileChange struct {
	Path    string `json:"path"`
	Added   int    `json:"added"`
	Removed int    `json:"removed"`
}

// TryRole sums up the agents of one role with one model.
type TryRole struct {
	Role       bench.Role    `json:"role"`
	Model      string        `json:"model"` // name at the provider
	Agents     int           `json:"agents"`
	Calls      int           `json:"calls"`
	Usage      bench.Usage   `json:"tokens"`
	CostUSD    bench.USD     `json:"cost_usd"`
	Unreported bench.USD     `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
	ModelTime  timeline.Secs `json:"model_s"`
}

// TryOf sums a trial up. Answer is the final text of its main agent.
func TryOf(d results.Detail, answer string) Try {
	t := Try{
		Run: d.Run.ID, Configuration: d.Configuration.Name, Simulated: d.Configuration.Simulated(),
		Answer: answer, Ended: string(d.Trial.Outcome), Limit: d.Trial.Limit, Error: d.Trial.Error,
		CostUSD: d.Trial.Cost, Unreported: d.Trial.Unreported, Files: changes(d.Patch),
		Roles: []TryRole{},
	}
	if !d.Trial.SolveAt.IsZero() && !d.Trial.ExtractAt.IsZero() {
		t.Took = timeline.Secs(d.Trial.ExtractAt.Sub(d.Trial.SolveAt))
	}
	if i := slices.IndexFunc(d.Agents, func(a results.Agent) bool { return a.Parent == "" }); i >= 0 {
		t.Ended = string(d.Agents[i].State)
	}
	for _, a := range d.Agents {
		r := t.role(a)
		r.Agents++
		for _, c := range d.Calls {
			if c.Agent == a.ID {
				r.Calls++
				r.Usage, r.CostUSD = r.Usage.Add(c.Usage), r.CostUSD+c.Cost
				r.Unreported += c.EstimatedUnknown
				r.ModelTime += timeline.Secs(c.Duration)
			}
		}
	}
	return t
}

// role is the sum that an agent belongs to.
func (t *Try) role(a results.Agent) *TryRole {
	i := slices.IndexFunc(t.Roles, func(r TryRole) bool {
		return r.Role == a.Role && r.Model == a.WireModel
	})
	if i < 0 {
		i = len(t.Roles)
		t.Roles = append(t.Roles, TryRole{Role: a.Role, Model: a.WireModel})
	}
	return &t.Roles[i]
}

// changes counts the lines of a unified diff by file.
func changes(patch string) []FileChange {
	files := []FileChange{}
	inHunk := false
	for line := range strings.Lines(patch) {
		switch {
		case strings.HasPrefix(line, "diff --git "):
			files, inHunk = append(files, FileChange{Path: named(line)}), false
		case len(files) > 0 && !inHunk && strings.HasPrefix(line, "+++ b/"):
			files[len(files)-1].Path = strings.TrimRight(line[len("+++ b/"):], "\t\n")
		case strings.HasPrefix(line, "@@"):
			inHunk = true
		case len(files) > 0 && inHunk && line[0] == '+':
			files[len(files)-1].Added++
		case len(files) > 0 && inHunk && line[0] == '-':
			files[len(files)-1].Removed++
		}
	}
	return files
}

// named is the file that a line "diff --git a/x b/x" is about: both names are
// the same unless it was renamed, and quoted where they are not plain.
func named(line string) string {
	names := strings.TrimSuffix(strings.TrimPrefix(line, "diff --git "), "\n")
	half := names[len(names)/2+1:]
	if unquoted, err := strconv.Unquote(half); err == nil {
		half = unquoted
	}
	return strings.TrimPrefix(half, "b/")
}

// Write writes the answer, what was changed, and what it cost by role.
func (t Try) Write(w io.Writer) error {
	answer := strings.TrimSpace(t.Answer)
	if answer == "" {
		answer = "(no answer)"
	}
	fmt.Fprintf(w, "%s\n%s\n\n", titled("Answer of "+t.Configuration, t.Simulated), printable(answer))
	switch {
	case t.Limit != "":
		fmt.Fprintf(w, "The work was cut off: its limit on %s is reached.\n\n", t.Limit)
	case t.Error != "":
		fmt.Fprintf(w, "The work ended as %s: %s\n\n", t.Ended, width.Line(t.Error))
	case t.Ended != string(bench.AgentFinished):
		fmt.Fprintf(w, "The work ended as %s.\n\n", t.Ended)
	}
	if err := t.writeFiles(w); err != nil {
		return err
	}
	g := grid{
		title: titled("Cost", t.Simulated), align: "llr",
		header: []string{
			"role", "model", "agents", "calls", "input", "cached", "output", "cost", "model time",
		},
	}
	for _, r := range t.Roles {
		g.add(string(r.Role), r.Model, fmt.Sprint(r.Agents), fmt.Sprint(r.Calls), tokens(r.Usage.Input),
			share(r.Usage.CachedInput, r.Usage.Input), tokens(r.Usage.Output), bench.Spending(r.CostUSD,
				r.Unreported),
			took(time.Duration(r.ModelTime)))
	}
	g.add("all", "", "", "", "", "", "", bench.Spending(t.CostUSD, t.Unreported), "")
	return g.write(w, text)
}

func (t Try) writeFiles(w io.Writer) error {
	if len(t.Files) == 0 {
		_, err := fmt.Fprint(w, "No file was changed.\n\n")
		return err
	}
	g := grid{title: "Changed files", header: []string{"file", "added", "removed"}, align: "lr"}
	for _, f := range t.Files {
		g.add(f.Path, fmt.Sprint(f.Added), fmt.Sprint(f.Removed))
	}
	if err := g.write(w, text); err != nil {
		return err
	}
	line := "Patch: " + t.PatchFile
	if t.Applied {
		line += ", applied"
	}
	_, err := fmt.Fprintf(w, "%s\n\n", line)
	return err
}

// JSON writes the same as one document.
func (t Try) JSON(w io.Writer) error { return document(w, t, "try") }

// printable is a text of several lines without what a terminal would obey.
func printable(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = width.Line(l)
	}
	return strings.Join(lines, "\n")
}
