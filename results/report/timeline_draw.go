package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
	"bench/results/timeline"
)

// DrawTimeline draws a timeline of so many columns.
func DrawTimeline(w io.Writer, t timeline.Timeline, columns int) error {
	out := bufio.NewWriter(w)
	key := bench.TrialKey{
		Configuration: t.Configuration, InstanceID: t.Instance, Attempt: t.Attempt,
	}
	line := func(s string) { fmt.Fprintln(out, width.Clip(width.Line(s), columns)) }
	what, run := fmt.Sprintf("Timeline of %s", key), titled("of run "+t.Run, t.Simulated)
	if title := what + " " + run; width.Of(title) <= columns {
		line(title)
	} else {
		line(what)
		line(" " + run)
	}
	models := t.MainModel
	if t.SidekickModel != nil {
		models += ", sidekicks " + *t.SidekickModel
	}
	for _, l := range t.Lanes {
		for _, m := range l.Models {
			if m.Model != t.MainModel {
				models += ", or " + m.Model
			}
		}
	}
	outcome := string(t.Outcome)
	if outcome == "" {
		outcome = "in phase " + string(t.Phase)
	}
	line(fmt.Sprintf(" %s: %s", models, outcome))
	totals := t.Totals
	calls := t.Cost(totals.Cost, totals.Unreported) + " in " + plural.Count(totals.Calls, "model call")
	if t.NoUsage {
		calls = "model calls that nobody knows"
	}
	fmt.Fprintf(out, " %s and %s, %s\n\n", calls, plural.Count(totals.Tools, "tool call"),
		took(time.Duration(totals.Wall-totals.Paused)))
	drawChart(out, t, columns)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write timeline: %w", err)
	}
	return nil
}

// TimelinesJSON writes the timelines of some trials as one document.
func TimelinesJSON(w io.Writer, trials []results.Detail) error {
	all := []timeline.Timeline{}
	for _, d := range trials {
		all = append(all, timeline.Of(d))
	}
	return document(w, map[string][]timeline.Timeline{"timelines": all}, "timelines")
}

// chart is a timeline on paper.
type chart struct {
	timeline.Timeline
	axis
	width   int
	label   int           // columns of labels
	used    map[rune]bool // marks
	shorter int           // activities that are shorter than a mark
}

// sums is how wide the columns at the end of lanes are.
const sums = 21

// draw writes everything below the head.
func drawChart(w io.Writer, t timeline.Timeline, columns int) {
	if t.Totals.Wall <= 0 || len(t.Lanes) == 0 {
		fmt.Fprintln(w, " no agent has worked on it")
		return
	}
	t.Lanes = t.Rows()
	c := &chart{Timeline: t, width: columns, label: len(pathLabel), used: map[rune]bool{}}
	for _, l := range t.Lanes {
		c.label = max(c.label, width.Of(laneLabel(l)))
	}
	c.label = min(c.label, columns/5)
	c.axis = newAxis(time.Duration(t.Totals.Wall), t.Pauses, columns-c.label-2-sums)
	labels, line := c.ruler()
	c.row(w, "", labels, "calls", "tokens", "cost")
	c.row(w, "", line)
	c.row(w, pathLabel, c.path())
	batch := ""
	for _, l := range t.Lanes {
		if l.Work != nil && l.Work.Batch != batch {
			batch = l.Work.Batch
			c.row(w, fmt.Sprintf(" call %d", l.Work.Turn), c.batch(batch))
		}
		calls, used := fmt.Sprint(l.Calls), tokens(l.Usage.Tokens())
		if t.NoUsage {
			calls, used = none, none
		}
		c.row(w, laneLabel(l), c.lane(l), calls, used, t.Cost(l.Cost, l.Unreported))
	}
	fmt.Fprintln(w)
	c.legend(w)
	c.summary(w)
	c.remarks(w)
}

const pathLabel = "critical path"

func laneLabel(l timeline.Lane) string {
	switch {
	case l.Work == nil:
		return width.Line(l.Agent)
	case l.Agent == "":
		return "  " + l.Work.ID
	}
	return "  " + width.Line(l.Agent)
}

// row writes a line of the chart.
func (c *chart) row(w io.Writer, label, cells string, ends ...string) {
	line := " " + width.Left(width.Clip(label, c.label), c.label) + " " + cells
	if len(ends) > 0 {
		line = width.Left(line, c.width-sums)
		line += fmt.Sprintf(" %5s %6s %7s", ends[0], ends[1], ends[2])
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// path is the row that names the agents on the critical path, or what was done
// with a workspace meanwhile.
func (c *chart) path() string {
	most := make([]time.Duration, c.cells)
	names := make([]string, c.cells)
	byName := map[string][]time.Duration{}
	for _, s := range c.CriticalPath.Segments {
		name := s.Name()
		if byName[name] == nil {
			byName[name] = make([]time.Duration, c.cells)
		}
		c.fill(byName[name], s.Stretch)
		for i, d := range byName[name] {
			if d > most[i] {
				most[i], names[i] = d, name
			}
		}
	}
	row := make([]string, 0, c.cells)
	for from := 0; from < c.cells; {
		to := from + 1
		for to < c.cells && names[to] == names[from] {
			to++
		}
		row = append(row, stroke(names[from], to-from)...)
		from = to
	}
	return c.axis.row(row)
}

// stroke is a line of so many columns with a name in it, if that fits. A character
// that takes two columns is followed by an empty cell.
func stroke(name string, n int) []string {
	line := cellsOf([]rune(strings.Repeat("━", n)))
	if n > 1 {
		line[0], line[n-1] = "╺", "╸"
	}
	name = width.Line(name)
	if taken := width.Of(name); taken+2 <= n {
		at := (n - taken) / 2
		chars, widths := width.Cells(name)
		for i, c := range chars {
			for j := range widths[i] {
				line[at+j] = ""
			}
			line[at] = c
			at += widths[i]
		}
	}
	return line
}

// cellsOf are the cells of a row in which each character takes one column.
func cellsOf(row []rune) []string { return strings.Split(string(row), "") }

// batch is the row above the sidekicks of one response: from where they were
// asked for to where their reports arrived.
func (c *chart) batch(id string) string {
	cells := []rune(strings.Repeat(" ", c.cells))
	from, to := c.cells, 0
	var joins []int
	for _, l := range c.Lanes {
		if l.Work == nil || l.Work.Batch != id {
			continue
		}
		from = min(from, c.column(l.Work.Spawned))
		if l.Work.Joined != nil {
			joins = append(joins, c.column(*l.Work.Joined))
			to = max(to, joins[len(joins)-1])
		}
	}
	for i := from + 1; i < to; i++ {
		cells[i] = '─'
	}
	for _, i := range joins {
		cells[i] = c.use(markJoin)
	}
	cells[from] = c.use(markSpawn)
	return c.axis.row(cellsOf(cells))
}

// use notes that a mark needs to be explained.
func (c *chart) use(mark rune) rune {
	c.used[mark] = true
	return mark
}

// lane is the row of one agent.
func (c *chart) lane(l timeline.Lane) string {
	p := newPaint(c.cells)
	for _, s := range l.Spans {
		c.fill(p.of(s), s.Stretch)
		if s.Critical {
			c.fill(p.critical, s.Stretch)
		}
		again := l.From == nil // what stands in an agent's lane is drawn once more for its model
		if !again && s.To-s.From < timeline.Secs(c.cell) && s.Kind != timeline.SpanDelegates {
			c.shorter++
		}
	}
	if lifetime := c.lifetime(l); lifetime != nil {
		c.fill(p.lifetime, *lifetime)
	}
	cells := make([]rune, c.cells)
	for i := range cells {
		if cells[i] = p.mark(i); cells[i] != markGone {
			c.use(cells[i])
		}
	}
	for _, s := range l.Spans {
		if s.Purpose == bench.PurposeWrapUp {
			cells[c.column(s.From)] = c.use(markWrapUp)
		}
	}
	for _, m := range l.Budget {
		if m.Kind == timeline.MarkNotice {
			cells[c.column(m.At)] = c.use(markNotice)
		}
	}
	switch {
	case l.Work == nil || l.To == nil:
	case l.Work.Escalation.Escalated():
		cells[c.column(*l.To)] = c.use(markEscalated)
	case stopped(l.Work):
		cells[c.column(*l.To)] = c.use(markStopped)
	case l.Work.Error != "", l.Work.Reason == bench.ReasonLLMError:
		cells[c.column(*l.To)] = c.use(markFailed)
	}
	return c.axis.row(cellsOf(cells))
}

// stopped reports whether the main agent ended an activation, by task_stop or by
// finishing without it. Neither is a failure.
func stopped(a *timeline.LaneActivation) bool {
	return a.Reason == bench.ReasonCancelledByMain || a.Abandoned
}

// lifetime is the time in which an agent was there.
func (c *chart) lifetime(l timeline.Lane) *timeline.Stretch {
	if l.From == nil {
		return nil
	}
	s := timeline.Stretch{From: *l.From, To: c.Totals.Wall}
	if l.To != nil {
		s.To = *l.To
	}
	return &s
}
