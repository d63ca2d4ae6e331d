package timeline

import (
	"fmt"
	"testing"
	"time"
)

// Stints name who was on the critical path; a pause, or work on a workspace, ends one.
func TestStints(t *testing.T) {
	t.Parallel()
	var p CriticalPath
	for _, s := range []struct {
		agent    string
		kind     SegmentKind
		from, to int
	}{
		{"main", SegmentCall, 0, 2}, {"main", SegmentTool, 2, 3}, {"main", SegmentCall, 3, 5},
		{"t0001", SegmentPrepare, 5, 6}, {"t0001", SegmentCall, 6, 7}, {"main", SegmentCall, 7, 8},
		{"main", SegmentCall, 9, 10},
	} {
		p.Segments = append(p.Segments, CriticalSegment{
			Stretch: stretchOf(time.Duration(s.from), time.Duration(s.to)), Agent: s.agent, Kind: s.kind,
		})
	}
	var got []string
	for _, s := range p.Stints() {
		got = append(got, fmt.Sprint(s.Name, int64(s.From), int64(s.To), int64(s.ByKind[SegmentCall])))
	}
	want := "[main0 5 4 prepare5 6 0 t00016 7 1 main7 8 1 main9 10 1]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
