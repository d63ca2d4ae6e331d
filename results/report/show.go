package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
	"bench/results/compare"
	"bench/results/timeline"
)

// Show writes one trial: how it ended, who worked when, every call and tool,
// what was delegated, how it was judged, and the patch. The timeline takes so many
// columns, tables no more.
func Show(w io.Writer, d results.Detail, columns int) error {
	out := bufio.NewWriter(w)
	head(out, d)
	if d.Imported != nil {
		return showImported(out, columns, d)
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, titled("Timeline", simulated(d)))
	drawChart(out, timeline.Of(d), columns)
	fmt.Fprintln(out)
	for _, g := range []grid{agents(d), delegations(d), steps(d)} {
		if len(g.rows) == 0 {
			continue
		}
		if err := g.write(width.Screen{Writer: out, Columns: columns}, text); err != nil {
			return err
		}
	}
	contaminated(out, d)
	grade(out, d)
	notes(out, d)
	patch(out, d)
	return out.Flush()
}

func patch(w io.Writer, d results.Detail) {
	fmt.Fprintln(w, "Patch")
	if d.Patch == "" {
		fmt.Fprintln(w, " (none)")
	} else {
		fmt.Fprintln(w, strings.TrimRight(strings.ToValidUTF8(d.Patch, "?"), "\n"))
	}
}

func head(w io.Writer, d results.Detail) {
	t := d.Trial
	title := titled(fmt.Sprintf("Trial %s of run %s", t.Key, t.RunID), simulated(d))
	fmt.Fprintln(w, importedTitle(title, d.Imported != nil))
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, " %-9s %s\n", label, width.Line(fmt.Sprintf(format, args...)))
	}
	line("outcome", "%s", outcomeOf(t))
	if t.Error != "" {
		line("error", "%s", t.Error)
	}
	line("task", "%s in %s", t.Key.InstanceID, or(t.Repo))
	if d.Image.Name != "" {
		line("image", "%s %s", d.Image.Name, d.Image.Digest)
	}
	if d.Host != nil {
		line("host", "%s", d.Host)
	}
	if d.GradingHost != nil {
		line("", "tests on %s", d.GradingHost)
	}
	if r := roundTripOf(d); r != nil {
		line("away", "%s", r)
	}
	line("models", "%s", modelsOf(d.Configuration))
	for _, s := range compare.Substitutes(d.Calls) {
		line("", "%s", s)
	}
	if d.Imported != nil {
		importedHead(line, d)
		return
	}
	line("cost", "%s", spent(d))
	if r := d.Run.Replay; r != nil {
		n, cost := toldBy(d.Calls, bench.SourceLog)
		line("source", "%s: %s from its log, which had cost %s", r, plural.Count(n, "answer"), cost)
	}
	if n, cost := toldBy(d.Calls, bench.SourceCache); n > 0 {
		line("source", "%s from the cache, which had cost %s", plural.Count(n, "answer"), cost)
	}
	line("time", "%s", or(lasted(d)))
	if day := t.Dropped(); day != "" {
		line("dropped", "what was said, on %s", day)
	}
	line("patch", "%s, %s", plural.Count(t.PatchFiles, "file"), plural.Count(t.PatchBytes, "byte"))
}

// spent is what a trial cost, as far as that is known.
func spent(d results.Detail) string {
	unreported := func(n results.Note) bool { return n.Code == bench.NoticeNoUsage }
	if slices.ContainsFunc(d.Notes, unreported) {
		return "not known, as the program reported no usage"
	}
	cost := bench.Spending(d.Trial.Cost, d.Trial.Unreported) + " in " + plural.Count(len(d.Calls),
		"model call")
	if u := d.Trial.Unreported; u > 0 {
		attempts, open := 0, 0
		for _, c := range d.Calls {
			attempts += c.UnknownUsage
			if c.Open {
				open++
			}
		}
		cost += fmt.Sprintf("; %s reported no usage, an estimated %s",
			plural.Count(attempts, "attempt"), u)
		if open > 0 {
			cost += fmt.Sprintf(" (%s under way, or cut off with the process)", plural.Count(open, "call"))
		}
	}
	return cost
}

// toldBy is how many calls were answered from a source, and what that had cost.
func toldBy(calls []results.Call, source bench.CallSource) (n int, cost bench.USD) {
	for _, c := range calls {
		if c.Source == source {
			n, cost = n+1, cost+c.Cost
		}
	}
	return n, cost
}

func simulated(d results.Detail) bool { return d.Configuration.Simulated() }

// agents has a row for each agent with the sums of its calls.
func agents(d results.Detail) grid {
	g := grid{
		title: titled("Agents", simulated(d)), align: "lllr",
		header: []string{"agent", "role", "ended", "calls", "tools", "input", "cached", "output", "cost",
			"model time", "waited"},
	}
	ended := map[string]string{} // by sidekick
	for _, x := range d.Delegations {
		ended[x.Child] = endedAs(x)
	}
	for _, a := range d.Agents {
		how := string(a.State)
		if a.State == bench.AgentCancelled {
			how = cmp.Or(ended[a.ID], how)
		}
		if a.StopReason != "" {
			how += " (" + width.Line(a.StopReason) + ")"
		}
		var u bench.Usage
		var cost, unreported bench.USD
		var busy, idle time.Duration
		calls, tools := 0, 0
		for _, c := range d.Calls {
			if c.Agent == a.ID {
				u, cost, calls = u.Add(c.Usage), cost+c.Cost, calls+1
				unreported += c.EstimatedUnknown
				busy, idle = busy+c.Duration, idle+c.Waited
			}
		}
		for _, c := range d.ToolCalls {
			if c.Agent == a.ID {
				tools++
			}
		}
		g.add(a.ID, string(a.Role), how, fmt.Sprint(calls), fmt.Sprint(tools),
			tokens(u.Input), share(u.CachedInput, u.Input), tokens(u.Output), bench.Spending(cost,
				unreported), took(busy),
			waited(idle))
	}
	return g
}

// steps lists model calls and tool calls in the order in which they ended.
func steps(d results.Detail) grid {
	type step struct {
		at    time.Time
		cells []string
	}
	begin := beginning(d)
	var all []step
	since := func(t time.Time) string {
		if t.IsZero() {
			return none
		}
		return "+" + took(t.Sub(begin))
	}
	for _, c := range d.Calls {
		all = append(all, step{c.End, []string{since(c.Start), c.Agent, fmt.Sprintf("call %d", c.Turn),
			took(c.Duration), waited(c.Waited), usage(tokens(c.Usage.Input),
				share(c.Usage.CachedInput, c.Usage.Input), tokens(c.Usage.Output),
				bench.Spending(c.Cost, c.EstimatedUnknown)) + "  " + said(c) + route(d, c)}})
	}
	for _, c := range d.ToolCalls {
		what := fmt.Sprintf("%d bytes", c.Bytes)
		if c.ExitCode != nil {
			what = fmt.Sprintf("exit %d, ", *c.ExitCode) + what
		}
		if len(c.Touched) > 0 {
			what += ", " + width.Clip(width.Line(touched(c.Touched)), 40)
		}
		if c.Title != "" {
			what += ", " + width.Clip(width.Line(c.Title), 40)
		}
		if c.Permission != "" {
			what += ", permission " + c.Permission
		}
		if c.IsError {
			what = strings.TrimSpace("error "+c.ErrorClass) + ", " + what
		}
		all = append(all, step{c.End, []string{since(c.Start), c.Agent, c.Name, took(c.Duration),
			waited(c.Queue + c.LockWait), what}})
	}
	slices.SortStableFunc(all, func(a, b step) int { return a.at.Compare(b.at) })
	g := grid{
		title: titled("Calls and tools", simulated(d)), align: "rllrrl", keys: 3, fold: true,
		header: []string{"at", "agent", "step", "took", "waited",
			usage("input", "cached", "output", "cost")},
	}
	for _, s := range all {
		g.add(s.cells...)
	}
	return g
}

// usage lays out what a model call used, in a column that tools use for what they did.
func usage(input, cached, output, cost string) string {
	return width.Right(input, 5) + width.Right(cached, 7) + width.Right(output, 7) +
		width.Right(cost, 9)
}

// said is what is to know of a model call beside its numbers.
func said(c results.Call) string {
	if c.Error != "" {
		return "error: " + width.Clip(width.Line(c.Error), 40)
	}
	what := or(c.FinishReason)
	switch c.Purpose {
	case bench.PurposeWrapUp:
		what += ", wrap-up"
	case bench.PurposeProbe:
		what += ", probe"
	case bench.PurposeAside:
		what += ", aside"
	case bench.PurposeAgent:
	}
	switch c.Source {
	case bench.SourceLog:
		what += ", from the log"
	case bench.SourceCache:
		what += ", from the cache"
	case bench.SourceModel:
	}
	if c.Changed {
		what += ", goes back changed"
	}
	if c.Retries > 0 {
		what += fmt.Sprintf(", retries %d", c.Retries)
	}
	if !bench.SameModel(c.WireModel, c.ServedModel) {
		what += ", by " + c.ServedModel
	}
	return what
}

// route says which model a turn went to, where that may change, and why if it has.
func route(d results.Detail, c results.Call) string {
	i := slices.IndexFunc(d.Routes, func(r results.Route) bool {
		return r.Agent == c.Agent && r.Turn == c.Turn
	})
	if i < 0 {
		return ""
	}
	r := d.Routes[i]
	text := ", " + c.WireModel
	if r.From == "" && r.Turn > 1 {
		return text
	}
	switch r.By {
	case bench.ChosenByRule:
		text += fmt.Sprintf(" by rule %d (%s)", r.Rule, r.Reason)
	case bench.ChosenByModel:
		text += " as " + d.Configuration.Router.Ask.Model.Model + " says"
	case bench.ChosenByDefault:
		text += ": " + width.Clip(width.Line(r.Reason), 80)
	}
	if r.ReasoningLost > 0 {
		text += fmt.Sprintf(", %s lost", plural.Count(r.ReasoningLost, "block")+" of reasoning")
	}
	return text
}

// touched names the files of a tool call.
func touched(all []bench.Touch) string {
	var paths []string
	for _, t := range all {
		if !slices.Contains(paths, t.Path) {
			paths = append(paths, t.Path)
		}
	}
	return strings.Join(paths, " ")
}

func grade(w io.Writer, d results.Detail) {
	g := d.Grade
	if g == nil {
		return
	}
	fmt.Fprintf(w, "Grade by rules %s: %s\n", g.Rules, or(g.Status))
	fmt.Fprintf(w, " FAIL_TO_PASS %d of %d, PASS_TO_PASS %d of %d, tests took %s\n", g.F2PSuccess,
		g.F2PSuccess+g.F2PFailure, g.P2PSuccess, g.P2PSuccess+g.P2PFailure, took(g.Duration))
	for _, doubt := range []struct {
		holds bool
		text  string
	}{
		{!g.PatchApplied, "the patch did not apply"}, {!g.Found, "the log could not be read"},
		{g.TimedOut, "the tests ran out of time"},
		{g.InfraReason != "", "sign of a broken environment: " + g.InfraReason},
		{len(g.Flags) > 0, "flags: " + strings.Join(g.Flags, ", ")}, {g.Error != "", "error: " + g.Error},
	} {
		if doubt.holds {
			fmt.Fprintln(w, " "+width.Line(doubt.text))
		}
	}
	const most = 20
	failed := 0
	for _, t := range d.Tests {
		if t.OK == nil || *t.OK {
			continue
		}
		if failed++; failed <= most {
			fmt.Fprintf(w, " %s  %s  %s\n", t.List, or(t.Status), width.Line(t.Test))
		}
	}
	if failed > most {
		fmt.Fprintf(w, " and %d more\n", failed-most)
	}
	fmt.Fprintln(w)
}

// notes lists what sidekicks gave as reasons, budget notices, and other things
// to know.
func notes(w io.Writer, d results.Detail) {
	var lines []string
	for _, x := range d.Delegations {
		if x.ReasonText != "" && x.Escalation.Escalated() {
			lines = append(lines, fmt.Sprintf("%s escalated: %s", x.ID, x.ReasonText))
		}
		if x.SentinelMisplaced {
			lines = append(lines, x.ID+" wrote the escalation word where it does not count")
		}
	}
	for _, n := range d.Notes {
		who := n.Agent
		if who != "" {
			who += " "
		}
		since := took(n.Time.Sub(beginning(d)))
		lines = append(lines, fmt.Sprintf("+%s %s%s: %s", since, who, n.Code, n.Text))
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(w, "Notes")
	for _, l := range lines {
		fmt.Fprintln(w, " "+width.Line(l))
	}
	fmt.Fprintln(w)
}

// beginning is the time the trial's clock counts from.
func beginning(d results.Detail) time.Time {
	if !d.Trial.SolveAt.IsZero() {
		return d.Trial.SolveAt
	}
	return d.Trial.StartedAt
}
