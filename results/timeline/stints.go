package timeline

// Stint is a stretch of the critical path on which one agent was, whatever it did
// meanwhile, or on which one thing was done with a sidekick's workspace.
type Stint struct {
	Stretch
	Name   string // as CriticalSegment's
	ByKind map[SegmentKind]Secs
}

// Name is the agent's, or that of what was done with a workspace.
func (s CriticalSegment) Name() string {
	if s.Kind.Workspace() {
		return string(s.Kind)
	}
	return s.Agent
}

// Stints are the segments, with those that follow one another under one name joined.
func (p CriticalPath) Stints() (out []Stint) {
	for _, s := range p.Segments {
		last := len(out) - 1
		if last < 0 || out[last].Name != s.Name() || out[last].To != s.From {
			out = append(out, Stint{Stretch{s.From, s.From}, s.Name(), map[SegmentKind]Secs{}})
			last++
		}
		out[last].To = s.To
		out[last].ByKind[s.Kind] += s.To - s.From
	}
	return out
}
