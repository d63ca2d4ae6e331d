package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bench/results/timeline"
)

// axis lays a trial's time out in columns. Pauses are no part of it: each is a
// break of one column.
type axis struct {
	cells  int // columns without breaks
	cell   time.Duration
	pauses []timeline.Stretch
}

// newAxis lays a time, pauses included, out in a number of columns.
func newAxis(wall time.Duration, pauses []timeline.Stretch, width int) axis {
	a := axis{pauses: pauses}
	for len(a.pauses) > width/4 { // as many as can be seen
		a.pauses = a.pauses[:len(a.pauses)-1]
	}
	for _, p := range a.pauses {
		wall -= time.Duration(p.To - p.From)
	}
	a.cells = width - len(a.pauses)
	a.cell = max(1, (wall+time.Duration(a.cells)-1)/time.Duration(a.cells))
	return a
}

// work is the time until a moment that was no pause.
func (a axis) work(at timeline.Secs) time.Duration {
	d := time.Duration(at)
	for _, p := range a.pauses {
		if at > p.From {
			d -= time.Duration(min(at, p.To) - p.From)
		}
	}
	return max(0, d)
}

// column is the cell of a moment.
func (a axis) column(at timeline.Secs) int { return min(a.cells-1, int(a.work(at)/a.cell)) }

// fill adds to each cell how much of it a time covers.
func (a axis) fill(cells []time.Duration, s timeline.Stretch) {
	from, to := a.work(s.From), a.work(s.To)
	for i := int(from / a.cell); i < len(cells) && time.Duration(i)*a.cell < to; i++ {
		cells[i] += min(to, time.Duration(i+1)*a.cell) - max(from, time.Duration(i)*a.cell)
	}
}

// row puts breaks into a row of cells.
func (a axis) row(cells []string) string {
	var b strings.Builder
	for i, cell := range cells {
		for _, p := range a.pauses {
			if a.breaks(p) == i {
				b.WriteRune(markBreak)
			}
		}
		b.WriteString(cell)
	}
	for _, p := range a.pauses {
		if a.breaks(p) == len(cells) {
			b.WriteRune(markBreak)
		}
	}
	return b.String()
}

// breaks is the cell before which a pause is drawn.
func (a axis) breaks(p timeline.Stretch) int { return int((a.work(p.From) + a.cell/2) / a.cell) }

// ruler is two rows: times, and the marks they stand above.
func (a axis) ruler() (labels, line string) {
	step := tick(a.cell * 9)
	cells := []rune("├" + strings.Repeat("─", a.cells-2) + "┤")
	var b strings.Builder
	for at := time.Duration(0); at < a.cell*time.Duration(a.cells); at += step {
		i := int(at / a.cell)
		if i > 0 && i < a.cells-1 {
			cells[i] = '┼'
		}
		for _, p := range a.pauses {
			if a.breaks(p) <= int(at/a.cell) {
				i++
			}
		}
		text := round(at)
		if have := len(b.String()); have <= i && i+len(text) <= a.cells+len(a.pauses) {
			b.WriteString(strings.Repeat(" ", i-have) + text)
		}
	}
	return b.String(), a.row(cellsOf(cells))
}

// tick is the shortest round time that is not shorter than d.
func tick(d time.Duration) time.Duration {
	for unit := time.Millisecond; unit < time.Minute; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if t := n * unit; t >= d && t <= 5*time.Second {
				return t
			}
		}
	}
	for _, t := range []time.Duration{
		10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
		5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
		4 * time.Hour, 12 * time.Hour,
	} {
		if t >= d {
			return t
		}
	}
	const day = 24 * time.Hour
	return (d + day - 1) / day * day
}

// round writes a round time in seconds, from two minutes on in larger units.
func round(d time.Duration) string {
	if d < 2*time.Minute {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	out := ""
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / u.unit; n > 0 {
			out += fmt.Sprint(int64(n)) + u.name
			d -= n * u.unit
		}
	}
	return out
}
