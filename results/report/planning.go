package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/internal/plural"
	"bench/results/compare"
	"bench/results/planning"
	"bench/results/verdict"
	"bench/stats"
)

// Plan writes what a comparison will be able to show and what it takes: what that
// rests on, the tasks needed, the trade between tasks and attempts, and workers.
func Plan(w io.Writer, p planning.Plan) error {
	q := p.Question
	_, err := fmt.Fprintf(w, "%s\n %s × %s × %s, %d at once; the baseline is %s\n\n",
		titled("Plan of "+q.Name, p.Simulated), plural.Count(q.Tasks, "task"),
		plural.Count(q.Attempts, "attempt"), plural.Count(len(q.Configurations), "configuration"),
		q.Workers.Agents, q.Baseline)
	if err != nil {
		return err
	}
	grids := []grid{planInputs(p)}
	if len(p.Shown) > 0 {
		grids = append(grids, planShown(p))
	}
	for _, g := range append(grids, planOptions(p), planWorkers(p)) {
		if err := g.write(w, text); err != nil {
			return err
		}
	}
	return remarks(w, planRemarks(p), text)
}

// planInputs has a row for each number the plan rests on.
func planInputs(p planning.Plan) grid {
	g := grid{
		title: "What it rests on", header: []string{"", "value", "where from"}, align: "lrl",
	}
	row := func(name string, i planning.Input, u compare.Unit, flag string) {
		value := number(i.Value, u)
		if ci := within(i.Interval, i.Value, u); ci != "" {
			value += " " + ci
		}
		g.add("  "+name, value, origin(i, flag, p.Runs))
	}
	g.section("resolved rate")
	for _, c := range p.Inputs.Configurations {
		flag := ""
		if c.Name == p.Question.Baseline {
			flag = "--rate"
		}
		row(c.Name, c.Rate, compare.Percent, flag)
	}
	if len(p.Inputs.Candidates) > 0 {
		g.section("pairs that differ from the baseline")
	}
	for _, c := range p.Inputs.Candidates {
		row(c.Name, c.Discordance, compare.Percent, "--discordance")
	}
	if len(p.Inputs.Candidates) > 0 {
		g.section("correlation within tasks")
	}
	for _, c := range p.Inputs.Candidates {
		row(c.Name, c.ICC, compare.Count, "--icc")
	}
	g.section("cost of a trial")
	for _, c := range p.Inputs.Configurations {
		row(c.Name, c.Cost, compare.Dollars, "--cost")
	}
	g.section("minutes of a trial")
	for _, c := range p.Inputs.Configurations {
		row(c.Name, c.Minutes, compare.Count, "--minutes")
	}
	return g
}

// origin says where an input comes from, and which flag would state it.
func origin(i planning.Input, flag string, runs []string) string {
	n := fmt.Sprintf("%d at %s of %s", i.N, plural.Count(i.Tasks, "task"), strings.Join(runs, ", "))
	switch i.Origin {
	case planning.Measured:
		return "measured, n=" + n
	case planning.Stated:
		return "stated with " + flag
	case planning.Assumed:
		switch {
		case i.Tasks >= verdict.EnoughTasks:
			return "assumed: none differ yet, n=" + n
		case i.Tasks > 0:
			return fmt.Sprintf("assumed: %s are too few to tell (%s)", plural.Count(i.Tasks, "task"), flag)
		}
		return "assumed, as nobody knows (" + flag + ")"
	case planning.Unknown:
	}
	if flag == "" {
		return "not known (--from)"
	}
	return "not known (--from or " + flag + ")"
}

// planShown has a row for each candidate.
func planShown(p planning.Plan) grid {
	q := p.Question
	g := grid{
		title: fmt.Sprintf("Tasks that show at most %g points less, with %s each (one-sided %.3g %%)",
			q.MarginPP, plural.Count(q.Attempts, "attempt"), 100*q.Level()),
		header: []string{"candidate"}, align: "lr",
	}
	for _, power := range planning.Powers {
		g.header = append(g.header, fmt.Sprintf("%.0f%% power", 100*power))
	}
	g.header = append(g.header, fmt.Sprintf("power with %d", q.Tasks),
		fmt.Sprintf("shown with %d, points", q.Tasks))
	for _, s := range p.Shown {
		cells := []string{s.Name}
		for _, n := range s.Needed {
			cell := fmt.Sprint(n.Tasks)
			if n.AtWorst > n.Tasks {
				cell += fmt.Sprintf(" (up to %d)", n.AtWorst)
			}
			cells = append(cells, cell)
		}
		power := percent(s.Power)
		if s.IfIndependent.OK() {
			power += fmt.Sprintf(" to %s", percent(float64(s.IfIndependent)))
		}
		margin := fmt.Sprintf("none up to %d", planning.MostMarginPP)
		if s.SmallestMarginPP.OK() {
			margin = fmt.Sprintf("%.1f", float64(s.SmallestMarginPP))
		}
		g.add(append(cells, power, margin)...)
	}
	return g
}

func percent(share float64) string { return number(stats.Number(share), compare.Percent) }

// planOptions has a row for each selection that could be run, with the least power
// of its candidates.
func planOptions(p planning.Plan) grid {
	g := grid{
		title:  "More tasks, or more attempts",
		header: []string{"tasks", "attempts", "trials", "power", "cost", "time"}, align: "rr",
	}
	if len(p.Shown) > 1 {
		g.header[3] = "least power"
	}
	for _, o := range p.Options {
		power := none
		if len(o.Power) > 0 {
			power = percent(slices.Min(o.Power))
		}
		g.add(fmt.Sprint(o.Tasks), fmt.Sprint(o.Attempts), fmt.Sprint(o.Trials), power,
			money(o.Cost), hours(o.Hours))
	}
	return g
}

// money is an estimate in dollars.
func money(e planning.Estimate) string {
	out := number(e.Value, compare.Dollars)
	if ci := within(e.Interval, e.Value, compare.Dollars); ci != "" {
		out += " " + ci
	}
	return out
}

// hours is an estimate of time.
func hours(e planning.Estimate) string {
	if !e.Value.OK() {
		return none
	}
	of := func(n stats.Number) string { return took(time.Duration(float64(n) * float64(time.Hour))) }
	out := of(e.Value)
	if e.Interval.OK() {
		out += fmt.Sprintf(" [%s, %s]", of(e.Interval.Lo), of(e.Interval.Hi))
	}
	return out
}

// planWorkers has a row for each number of workers: the time of the present
// selection, and how calls followed one another in runs with that many.
func planWorkers(p planning.Plan) grid {
	g := grid{
		title: "Workers", align: "rrl",
		header: []string{"at once", "time", "between an agent's calls, where runs show it"},
	}
	for _, s := range p.Staffings {
		g.add(fmt.Sprint(s.Workers), hours(s.Hours), paces(p.Paces, s.Workers))
	}
	for _, pace := range p.Paces {
		planned := func(s planning.Staffing) bool { return s.Workers == pace.Workers }
		if !slices.ContainsFunc(p.Staffings, planned) {
			g.add(fmt.Sprint(pace.Workers), none, paces(p.Paces, pace.Workers))
		}
	}
	return g
}

// paces says how calls followed one another in runs with a number of workers.
func paces(all []planning.Pace, workers int) string {
	var out []string
	for _, p := range all {
		if p.Workers == workers && p.Gaps > 0 {
			out = append(out, fmt.Sprintf("%s: median %s, 95%% within %s, %d of %d over %s; waited %s",
				p.Run, seconds(p.Median), seconds(p.P95), p.Late, p.Gaps, took(compare.CacheTTL),
				number(p.Waited, compare.Percent)))
		}
	}
	if len(out) == 0 {
		return "not known"
	}
	return strings.Join(out, "; ")
}

func seconds(n stats.Number) string { return number(n, compare.Seconds) }

// planRemarks are what to be careful about.
func planRemarks(p planning.Plan) (lines []string) {
	bound := "The selection as it is costs at most " + p.Bound.String() +
		", by the limits of its trials"
	if len(p.Programs) > 0 {
		bound += ", besides what " + strings.Join(p.Programs, ", ") + " will spend"
	}
	lines = append(lines, bound+".")
	say := func(format string, names []string) {
		if len(names) > 0 {
			lines = append(lines, fmt.Sprintf(format, strings.Join(names, ", ")))
		}
	}
	of := func(is func(planning.ConfigurationInputs) bool) (names []string) {
		for _, c := range p.Inputs.Configurations {
			if is(c) {
				names = append(names, c.Name)
			}
		}
		return names
	}
	say("Note: the cost is without that of %s, which is not known.",
		of(func(c planning.ConfigurationInputs) bool { return !c.Cost.Value.OK() }))
	say("Note: what %s will cost or last is stated, not measured, and varies by nothing here.",
		of(func(c planning.ConfigurationInputs) bool {
			return c.Cost.Origin == planning.Stated || c.Minutes.Origin == planning.Stated
		}))
	say("Note: %s had other models in the prior runs than in this config.",
		of(func(c planning.ConfigurationInputs) bool { return c.Changed }))
	if slices.ContainsFunc(p.Inputs.Candidates, func(c planning.CandidateInputs) bool {
		return c.ICC.Origin == planning.Assumed
	}) {
		lines = append(lines, "Note: nobody knows how alike attempts at a task are. At a correlation "+
			"of 1, the safe one, more of them add nothing (--icc).")
	}
	return append(lines, "Times take a trial to last as long with any number of workers. Over "+
		took(compare.CacheTTL)+" a prompt cache may have expired; waited is the share of time lost to "+
		"rate limits.")
}

// planDocument is a plan for programs. Money is in dollars, time in hours, and
// shares are of 1.
type planDocument struct {
	Name           string              `json:"name"`
	Baseline       string              `json:"baseline"`
	Simulated      bool                `json:"simulated"`
	Runs           []string            `json:"runs"`
	Tasks          int                 `json:"tasks"`
	Attempts       int                 `json:"attempts"`
	Workers        bench.Workers       `json:"workers"`
	MarginPP       float64             `json:"margin_pp"`
	Alpha          float64             `json:"alpha"`
	Inputs         planning.Inputs     `json:"inputs"`
	Shown          []planning.Shown    `json:"shown"`
	Options        []planning.Option   `json:"options"`
	Staffings      []planning.Staffing `json:"staffings"`
	Paces          []planning.Pace     `json:"paces"`
	Bound          bench.USD           `json:"bound_usd"`
	WithoutBound   []string            `json:"without_bound"`
	CacheTTLSecond float64             `json:"cache_ttl_s"`
}

// PlanJSON writes a plan as one JSON document.
func PlanJSON(w io.Writer, p planning.Plan) error {
	q := p.Question
	return document(w, planDocument{
		Name: q.Name, Baseline: q.Baseline, Simulated: p.Simulated, Runs: listed(p.Runs),
		Tasks: q.Tasks, Attempts: q.Attempts, Workers: q.Workers, MarginPP: q.MarginPP,
		Alpha: q.Level(), Inputs: p.Inputs, Shown: p.Shown, Options: p.Options,
		Staffings: p.Staffings, Paces: listed(p.Paces), Bound: p.Bound,
		WithoutBound: listed(p.Programs), CacheTTLSecond: compare.CacheTTL.Seconds(),
	}, "plan")
}

// listed is a list that is not null in JSON.
func listed[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
