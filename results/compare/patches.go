package compare

import "bench/results"

// patches is what became of the patches that main could apply.
type patches struct {
	Applied, Changed, Dropped int
	Lines, Kept               int // of them, and those that are in answers
}

// all is how many patches they are.
func (p patches) all() int { return p.Applied + p.Changed + p.Dropped }

func (w *work) patches() (out patches) {
	for _, d := range w.Delegations {
		switch d.PatchUse {
		case results.PatchApplied:
			out.Applied++
		case results.PatchChanged:
			out.Changed++
		case results.PatchDropped:
			out.Dropped++
		default: // it has none, main had no use of it, or no answer was handed in
			continue
		}
		out.Lines, out.Kept = out.Lines+d.PatchLines, out.Kept+d.PatchLinesKept
	}
	return out
}
