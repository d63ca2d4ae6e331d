package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/internal/width"
	"bench/results/compare"
	"bench/results/timeline"
)

// The marks of a timeline: what took most of the time a mark stands for.
const (
	markGone      = ' ' // before the agent began, or after it ended
	markIdle      = '·' // nothing of the agent's own; main waits for sidekicks
	markWait      = '~' // for a rate limit, a lock or a place
	markPrepare   = ':'
	markCollect   = ';'
	markWrapUp    = 'w'
	markModel     = '█' // on the critical path
	markTool      = '▓'
	markModelOff  = '▄' // beside it
	markToolOff   = '░'
	markSpawn     = '▼'
	markJoin      = '▲'
	markNotice    = 'n'
	markEscalated = '!'
	markFailed    = 'x'
	markStopped   = 's' // by main, or with it
	markBreak     = '┊'
)

// meanings are what the legend says about marks.
var meanings = []struct {
	mark rune
	text string
}{
	{markModel, "model call"}, {markTool, "tool (both on the critical path)"},
	{markModelOff, "model call"}, {markToolOff, "tool (both beside it)"},
	{markWait, "waits"}, {markPrepare, "is prepared"},
	{markCollect, "is taken over and removed"}, {markIdle, "idle"}, {markWrapUp, "wraps up"},
	{markNotice, "is told of a limit"}, {markEscalated, "escalates"}, {markFailed, "fails"},
	{markStopped, "is stopped"},
	{markSpawn, "delegates"},
	{markJoin, "gets reports"}, {markBreak, "pause"},
}

// legend explains the marks that were used, in as many lines as that takes.
func (c *chart) legend(w io.Writer) {
	if len(c.pauses) > 0 {
		c.use(markBreak)
	}
	if c.used[markModel] || c.used[markTool] { // the pairs explain one another
		c.use(markModel)
		c.use(markTool)
	}
	if c.used[markModelOff] || c.used[markToolOff] {
		c.use(markModelOff)
		c.use(markToolOff)
	}
	line := ""
	for _, m := range meanings {
		if !c.used[m.mark] {
			continue
		}
		part := fmt.Sprintf(" %c %s ", m.mark, m.text)
		if width.Of(line+part) > c.width {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line = ""
		}
		line += part
	}
	if line != "" {
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	fmt.Fprintf(w, " A mark is %s", precise(c.cell))
	if c.shorter > 0 {
		fmt.Fprintf(w, "; %d spans are shorter: what takes most of a mark is drawn", c.shorter)
	}
	fmt.Fprint(w, "\n\n")
}

// summary says what the critical path is made of.
func (c *chart) summary(w io.Writer) {
	p := c.CriticalPath
	var roles, kinds []string
	part := func(name string, d timeline.Secs) string {
		return fmt.Sprintf("%s %s", name, share(int64(d), int64(p.Length)))
	}
	for _, role := range []bench.Role{
		bench.RoleMain, bench.RoleSingle, bench.RoleCommand, bench.RoleSidekick, bench.RoleAdvisor,
		bench.RoleRouter, bench.RoleUnknown,
	} {
		if d := p.ByRole[role]; d > 0 {
			roles = append(roles, part(string(role), d))
		}
	}
	if p.Workspaces > 0 {
		roles = append(roles, part("workspaces", p.Workspaces))
	}
	for _, kind := range timeline.SegmentKinds {
		if d := p.ByKind[kind]; d > 0 {
			kinds = append(kinds, part(string(kind), d))
		}
	}
	head := fmt.Sprintf(" Critical path %s: ", took(time.Duration(p.Length)))
	for _, line := range append(filled(head, roles, c.width), filled("   ", kinds, c.width)...) {
		fmt.Fprintln(w, line)
	}
	if t := c.Totals; t.MeanConcurrency.OK() {
		fmt.Fprintf(w, " Sidekicks at once: %s on average, %d at most\n",
			number(t.MeanConcurrency, compare.Times), t.PeakConcurrency)
	}
}

// filled lists parts in lines of at most so many columns, as far as the parts allow.
// The first line begins with head, the others with three blanks.
func filled(head string, parts []string, columns int) (lines []string) {
	line := head
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		switch {
		case i == 0:
			line += part
		case width.Of(line)+1+width.Of(part) > columns:
			lines = append(lines, line)
			line = "   " + part
		default:
			line += " " + part
		}
	}
	return append(lines, line)
}

// precise writes the length of a mark.
func precise(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return took(d)
}

// paint is how much of each cell of a lane each thing takes.
type paint struct {
	model, tool, wait, prepare, collect []time.Duration
	lifetime, critical                  []time.Duration
}

func newPaint(n int) paint {
	cells := func() []time.Duration { return make([]time.Duration, n) }
	return paint{cells(), cells(), cells(), cells(), cells(), cells(), cells()}
}

// of is where a span is painted; one in which sidekicks work is not.
func (p paint) of(s timeline.Span) []time.Duration {
	switch s.Kind {
	case timeline.SegmentCall:
		return p.model
	case timeline.SegmentTool:
		return p.tool
	case timeline.SegmentInspect, timeline.SegmentPrepare:
		return p.prepare
	case timeline.SegmentCollect, timeline.SegmentRemove:
		return p.collect
	case timeline.SegmentQueue, timeline.SegmentLock, timeline.SegmentWait:
		return p.wait
	case timeline.SegmentOther, timeline.SpanDelegates:
	}
	return nil
}

// mark is what took most of a cell; what is named first wins a draw.
func (p paint) mark(i int) rune {
	busy := []time.Duration{p.model[i], p.tool[i], p.wait[i], p.prepare[i], p.collect[i]}
	most := slices.Max(busy)
	rest := p.lifetime[i]
	for _, d := range busy {
		rest -= d
	}
	switch {
	case most <= 0 && p.lifetime[i] <= 0:
		return markGone
	case most <= 0 || most < rest:
		return markIdle
	}
	on := 2*p.critical[i] >= most
	switch slices.Index(busy, most) {
	case 0:
		return either(on, markModel, markModelOff)
	case 1:
		return either(on, markTool, markToolOff)
	case 2:
		return markWait
	case 3:
		return markPrepare
	}
	return markCollect
}

func either(on bool, yes, no rune) rune {
	if on {
		return yes
	}
	return no
}
