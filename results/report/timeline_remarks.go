package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/internal/width"
	"bench/results/timeline"
)

// remark is something that a mark cannot say alone.
type remark struct {
	at   timeline.Secs
	mark rune
	text string
}

// remarks lists what has a mark with a reason behind it.
func (c *chart) remarks(w io.Writer) {
	var all []remark
	for _, l := range c.Lanes {
		all = append(all, laneRemarks(l)...)
	}
	for _, p := range c.Pauses {
		text := "nobody worked for " + took(time.Duration(p.To-p.From))
		all = append(all, remark{p.From, markBreak, text})
	}
	slices.SortStableFunc(all, func(a, b remark) int { return cmp.Compare(a.at, b.at) })
	const most = 20
	for i, r := range all {
		if i == most {
			fmt.Fprintf(w, " and %d more\n", len(all)-most)
			break
		}
		line := fmt.Sprintf(" %7s  %c %s", took(c.work(r.at)), r.mark, r.text)
		fmt.Fprintln(w, width.Clip(width.Line(line), c.width))
	}
}

func laneRemarks(l timeline.Lane) (all []remark) {
	who := strings.TrimSpace(laneLabel(l))
	for _, m := range l.Budget {
		if m.Kind == timeline.MarkNotice {
			all = append(all, remark{m.At, markNotice, who + " was told that little is left: " + m.Text})
		}
	}
	for _, s := range l.Spans {
		if s.Purpose == bench.PurposeWrapUp {
			all = append(all, remark{s.From, markWrapUp, who + " wrapped up"})
		}
	}
	a := l.Work
	switch {
	case a == nil || l.To == nil:
	case a.Escalation.Escalated():
		text := fmt.Sprintf("%s escalated, %s: %s", who, a.Escalation, a.Reason)
		if a.ReasonText != "" {
			text += ", " + a.ReasonText
		}
		all = append(all, remark{*l.To, markEscalated, text})
	case a.Reason == bench.ReasonCancelledByMain:
		all = append(all, remark{*l.To, markStopped, who + " was stopped by " + a.By})
	case a.Abandoned:
		all = append(all, remark{*l.To, markStopped, who + " was left behind by " + a.By})
	case a.Reason == bench.ReasonLLMError:
		all = append(all, remark{*l.To, markFailed, who + " was ended by its provider: " + a.ReasonText})
	case a.Error != "":
		all = append(all, remark{*l.To, markFailed, who + " failed: " + a.Error})
	}
	return all
}
