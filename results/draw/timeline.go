package draw

import (
	"fmt"
	"strings"
	"time"

	"bench"
	"bench/internal/width"
	"bench/results/timeline"
)

// The measures of a timeline.
const (
	timelineWidth           = 960.0
	laneStep, laneHeight    = 24.0, 14.0
	laneLabel, laneTotal    = 150.0, 96.0
	timelineTop             = 34.0
	laneHandle              = 6.0 // how far arrows bend
	shortest                = 0.8 // so that what is shorter than a pixel is seen
	criticalHeight, pathGap = 6.0, 12.0
	toolInset               = 3.0 // tools are lower than calls, so that grey print tells them apart
	keyHeight               = 20.0
)

// timelinePicture is a timeline that is being drawn.
type timelinePicture struct {
	*Picture
	timeline.Timeline
	x scale
}

// Timeline draws who did what when in a trial: a lane for main and for each
// activation of a sidekick, arrows from where work was asked for to where it
// began and from its end to where its report was read, and the critical path
// above them.
func Timeline(t timeline.Timeline) *Picture {
	t.Lanes = t.Rows()
	height := timelineTop + pathGap + laneStep*float64(len(t.Lanes)) + 8
	p := timelinePicture{
		New(timelineWidth, height+keyHeight, title(t)), t,
		scale{hi: secs(t.Totals.Wall), from: laneLabel, to: timelineWidth - laneTotal},
	}
	p.ruler(height)
	for _, s := range t.Pauses {
		p.stretch("pause", s, timelineTop, height-timelineTop-8, "pause: no process was at work")
	}
	for _, s := range t.CriticalPath.Stints() {
		p.stretch("critical", s.Stretch, timelineTop-2, criticalHeight, stintTip(s))
	}
	p.text("tick", laneLabel-8, timelineTop+4, End, "critical path")
	for i, l := range t.Lanes {
		p.lane(p.row(i), l)
	}
	for i, l := range t.Lanes {
		p.arrows(i, l)
	}
	p.key(height)
	return p.Picture
}

// stintTip says who was on the critical path, and doing what.
func stintTip(s timeline.Stint) string {
	parts := []string{"critical path: " + s.Name, took(s.To - s.From)}
	for _, k := range timeline.SegmentKinds {
		if d := s.ByKind[k]; d > 0 && string(k) != s.Name {
			parts = append(parts, fmt.Sprintf("%s %s", k, took(d)))
		}
	}
	return strings.Join(parts, ", ")
}

func title(t timeline.Timeline) string {
	return fmt.Sprintf("Timeline of %s on %s, attempt %d: %s, %d delegations, %s",
		t.Configuration, t.Instance, t.Attempt, took(t.Totals.Wall), t.Totals.Delegations,
		t.Cost(t.Totals.Cost, t.Totals.Unreported))
}

func secs(d timeline.Secs) float64 { return time.Duration(d).Seconds() }

func took(d timeline.Secs) string { return seconds(secs(d)) }

// row is where the i-th lane begins.
func (p timelinePicture) row(i int) float64 {
	return timelineTop + pathGap + laneStep*float64(i)
}

func (p timelinePicture) ruler(height float64) {
	for _, v := range p.x.ticks(8) {
		at := p.x.at(v)
		p.line("grid", at, timelineTop-6, at, height-6)
		p.text("tick", at, timelineTop-12, Middle, seconds(v))
	}
	p.text("tick", timelineWidth, timelineTop-12, End, "calls · cost")
}

func (p timelinePicture) stretch(class string, s timeline.Stretch, y, height float64, tip string) {
	from := p.x.at(secs(s.From))
	p.rect(class, from, y, max(p.x.at(secs(s.To))-from, shortest), height, tip)
}

func (p timelinePicture) lane(y float64, l timeline.Lane) {
	p.text("name", laneLabel-8, y+11, End, width.Clip(label(l), 22))
	calls := fmt.Sprint(l.Calls)
	if p.NoUsage {
		calls = "–"
	}
	p.text("tick", timelineWidth, y+11, End, calls+" · "+p.Cost(l.Cost, l.Unreported))
	if l.From != nil {
		to := p.Totals.Wall
		if l.To != nil {
			to = *l.To
		}
		middle := y + laneHeight/2
		p.line("life", p.x.at(secs(*l.From)), middle, p.x.at(secs(to)), middle)
	}
	for _, s := range l.Spans {
		inset := either(s.Kind == timeline.SegmentTool, toolInset, 0)
		p.stretch(class(s), s.Stretch, y+inset, laneHeight-2*inset, tip(s))
	}
	for _, m := range l.Budget {
		p.stretch("notice", timeline.Stretch{From: m.At, To: m.At}, y-2, laneHeight+4,
			m.Kind+": "+m.Text)
	}
	if l.Work != nil && l.Work.Escalation.Escalated() && l.To != nil {
		p.text("escalated", p.x.at(secs(*l.To))+3, y+11, Start, "!")
	}
}

// key says what the boxes are.
func (p timelinePicture) key(y float64) {
	x := laneLabel
	for _, k := range [][2]string{
		{"call", "model call"}, {"tool", "tool"}, {"prepare", "workspace"}, {"wait", "waiting"},
		{"delegates", "delegates"}, {"call beside", "pale: beside the critical path"},
	} {
		inset := either(k[0] == "tool", toolInset, 0)
		p.rect(k[0], x, y+inset, 22, laneHeight-2*inset, "")
		p.text("tick", x+28, y+11, Start, k[1])
		x += 46 + goRegular().width(k[1])
	}
}

func label(l timeline.Lane) string {
	switch {
	case l.Work == nil:
		return l.Agent
	case l.Work.Description != "":
		return l.Work.ID + " " + l.Work.Description
	}
	return l.Work.ID
}

// class is how a span is painted.
func class(s timeline.Span) string {
	out := "wait"
	switch s.Kind {
	case timeline.SegmentCall:
		out = "call"
	case timeline.SegmentTool:
		out = "tool"
	case timeline.SpanDelegates:
		out = "delegates"
	case timeline.SegmentInspect, timeline.SegmentPrepare, timeline.SegmentCollect,
		timeline.SegmentRemove:
		out = "prepare"
	case timeline.SegmentQueue, timeline.SegmentLock, timeline.SegmentWait, timeline.SegmentOther:
	}
	return out + either(s.Critical || s.Kind == timeline.SpanDelegates, "", " beside")
}

// tip says what a span is.
func tip(s timeline.Span) string {
	parts := []string{string(s.Kind)}
	if s.Name != "" {
		parts = append(parts, s.Name)
	}
	if s.Turn > 0 {
		parts = append(parts, fmt.Sprintf("turn %d", s.Turn))
	}
	if s.Model != "" {
		parts = append(parts, s.Model)
	}
	parts = append(parts, took(s.To-s.From))
	if s.Cost != nil {
		parts = append(parts, bench.Spending(*s.Cost, s.Unreported))
	}
	if s.Usage != nil {
		parts = append(parts, fmt.Sprintf("%d tokens in, %d from a cache, %d out", s.Usage.Input,
			s.Usage.CachedInput, s.Usage.Output))
	}
	if s.Title != "" {
		parts = append(parts, width.Clip(width.Line(s.Title), 120))
	}
	if s.Permission != "" {
		parts = append(parts, "permission "+s.Permission)
	}
	if s.ExitCode != nil {
		parts = append(parts, fmt.Sprintf("exit %d", *s.ExitCode))
	}
	if s.Error != "" {
		parts = append(parts, "error: "+width.Clip(s.Error, 120))
	}
	return strings.Join(parts, ", ")
}

// arrows join a sidekick's lane with the one of who asked for its work.
func (p timelinePicture) arrows(i int, l timeline.Lane) {
	if l.Work == nil || l.From == nil {
		return
	}
	by := 0
	for j, other := range p.Lanes {
		if other.Agent == l.Work.By {
			by = j
			break
		}
	}
	p.arrow(l.Work.Spawned, by, *l.From, i)
	if l.Work.Joined != nil && l.To != nil {
		p.arrow(*l.To, i, *l.Work.Joined, by)
	}
}

func (p timelinePicture) arrow(from timeline.Secs, lane int, to timeline.Secs, toLane int) {
	y0, y1 := p.row(lane)+laneHeight, p.row(toLane)
	if toLane < lane {
		y0, y1 = p.row(lane), p.row(toLane)+laneHeight
	}
	x0, x1 := p.x.at(secs(from)), p.x.at(secs(to))
	handle := either(y1 > y0, laneHandle, -laneHandle)
	p.path("arrow", path{
		{move, [3]point{{x0, y0}}},
		{curve, [3]point{{x0, y0 + handle}, {x1, y1 - handle}, {x1, y1}}},
	}, "")
}
