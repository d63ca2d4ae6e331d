package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"bench/results"
)

// The marks of a timeline: what took most of the time a mark stands for.
const (
	markGone  = ' ' // before the agent began, or after it ended
	markIdle  = '·' // nothing of the agent's own; main waits for sidekicks
	markWait  = '~' // for a rate limit, a lock or a place
	markTool  = '▒'
	markModel = '█'
)

// timeline draws the agents of a trial on one time axis.
func timeline(w io.Writer, d results.Detail) {
	begin, end := beginning(d), ending(d)
	if begin.IsZero() || !begin.Before(end) || len(d.Agents) == 0 {
		return
	}
	label := 0
	for _, a := range d.Agents {
		label = max(label, utf8.RuneCountInString(a.ID))
	}
	width := max(20, maxWidth-label-4)
	cell := end.Sub(begin) / time.Duration(width)
	if cell <= 0 {
		cell = 1
	}
	fmt.Fprintf(w, "Timeline: %c model  %c tool  %c waiting  %c idle; a mark is %s\n",
		markModel, markTool, markWait, markIdle, precise(cell))
	fmt.Fprintf(w, " %-*s  %s\n", label, "", axis(end.Sub(begin), width))
	for _, a := range d.Agents {
		fmt.Fprintf(w, " %-*s  %s\n", label, a.ID, strings.TrimRight(lane(d, a, begin, cell, width), " "))
	}
	fmt.Fprintln(w)
}

// ending is when the agents were done.
func ending(d results.Detail) time.Time {
	end := d.Trial.ExtractAt
	if end.IsZero() {
		end = d.Trial.EndedAt
	}
	for _, c := range d.Calls { // a trial under way ends with its last call
		if end.Before(c.End) && d.Trial.EndedAt.IsZero() {
			end = c.End
		}
	}
	return end
}

// precise writes the length of a mark.
func precise(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return took(d)
}

// axis has a time at its beginning, at each quarter and at its end.
func axis(total time.Duration, width int) string {
	line := []rune(strings.Repeat("─", width))
	put := func(at int, s string) {
		for i, r := range s {
			line[at+i] = r
		}
	}
	put(0, "0s ")
	for q := 1; q < 4; q++ {
		put(q*width/4, " "+took(total*time.Duration(q)/4)+" ")
	}
	last := " " + took(total)
	put(width-len(last), last)
	return string(line)
}

// lane draws one agent.
func lane(
	d results.Detail, a results.Agent, begin time.Time, cell time.Duration, width int,
) string {
	cells := func() []time.Duration { return make([]time.Duration, width) }
	model, tool, wait, life := cells(), cells(), cells(), cells()
	fill := func(cells []time.Duration, from, to time.Time) {
		if from.IsZero() || to.IsZero() {
			return
		}
		f, t := max(0, from.Sub(begin)), to.Sub(begin)
		for i := int(f / cell); i < width && time.Duration(i)*cell < t; i++ {
			cells[i] += min(t, time.Duration(i+1)*cell) - max(f, time.Duration(i)*cell)
		}
	}
	for _, c := range d.Calls {
		if c.Agent == a.ID {
			fill(model, c.Start, c.End)
			fill(wait, c.Start.Add(-c.Waited), c.Start)
		}
	}
	for _, c := range d.ToolCalls {
		if c.Agent == a.ID && c.Name != "task" {
			fill(tool, c.Start, c.End)
			fill(wait, c.Start.Add(-c.Queue-c.LockWait), c.Start)
		}
	}
	end := a.EndedAt
	if end.IsZero() {
		end = begin.Add(cell * time.Duration(width))
	}
	fill(life, a.StartedAt, end)
	line := make([]rune, width)
	for i := range line {
		line[i] = mark(model[i], tool[i], wait[i], life[i])
	}
	return string(line)
}

// mark is what took most of a cell; what is drawn first wins a draw.
func mark(model, tool, wait, life time.Duration) rune {
	rest := life - model - tool - wait
	switch {
	case life <= 0 && model+tool+wait <= 0:
		return markGone
	case model > 0 && model >= max(tool, wait, rest):
		return markModel
	case tool > 0 && tool >= max(wait, rest):
		return markTool
	case wait > 0 && wait >= rest:
		return markWait
	}
	return markIdle
}
