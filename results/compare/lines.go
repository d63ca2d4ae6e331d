package compare

import (
	"math"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// wholeFile is the lines of a file of which nobody knows how many there are.
var wholeFile = timeline.Range{From: 1, To: math.MaxInt32}

// linesOf are the lines of a touch, as a span of line numbers without its end.
func linesOf(x bench.Touch) timeline.Range {
	if x.From == 0 {
		return wholeFile
	}
	return timeline.Range{From: int64(x.From), To: int64(x.To) + 1}
}

// seen is a range of a file that a sidekick has read.
type seen struct {
	lines timeline.Range
	after time.Time // when main can know of it
}

// readBySidekicks are the ranges that sidekicks read, each once, by file.
func (w *work) readBySidekicks() (byPath map[string][]seen, n int) {
	byPath = map[string][]seen{}
	for _, a := range w.Activations() {
		for _, c := range a.Tools {
			for _, x := range c.Touched {
				if x.Write {
					continue
				}
				now := seen{linesOf(x), w.EndOf(a.Delegation)}
				list := byPath[x.Path]
				i := slices.IndexFunc(list, func(s seen) bool { return s.lines == now.lines })
				switch {
				case i < 0:
					byPath[x.Path] = append(list, now)
					n++
				case now.after.Before(list[i].after):
					list[i] = now
				}
			}
		}
	}
	return byPath, n
}

// reread is what main read after sidekicks had.
type reread struct {
	Again, Ranges int // ranges of files that sidekicks read
	Bytes         float64
	Cost          bench.USD
}

func (w *work) reread() (out reread) {
	byPath, n := w.readBySidekicks()
	out.Ranges = n
	found := map[string]map[timeline.Range]bool{}
	for _, tool := range w.Tools {
		if n == 0 || !w.Main(tool.Agent) {
			continue
		}
		shown := 0.0
		for _, x := range tool.Touched {
			if !x.Write {
				shown += overlap(x, byPath[x.Path], tool.Start, found)
			}
		}
		out.Bytes += shown
		out.Cost += w.carried(tool.Agent, tool.End, int64(shown/bytesPerToken))
	}
	for _, of := range found {
		out.Again += len(of)
	}
	return out
}

// overlap notes which ranges a read goes through again and returns how many of
// its bytes belong to them. Of a file that was shown as a whole, that is known
// only if it was read as a whole before.
func overlap(
	x bench.Touch, ranges []seen, at time.Time, found map[string]map[timeline.Range]bool,
) (bytes float64) {
	lines := linesOf(x)
	var before []timeline.Range
	for _, s := range ranges {
		if at.Before(s.after) || !s.lines.Overlaps(lines) {
			continue
		}
		if found[x.Path] == nil {
			found[x.Path] = map[timeline.Range]bool{}
		}
		found[x.Path][s.lines] = true
		before = append(before, s.lines)
	}
	if len(before) == 0 || lines == wholeFile && !slices.Contains(before, wholeFile) {
		return 0
	}
	all := timeline.Length([]timeline.Range{lines})
	return float64(x.Bytes) * float64(all-timeline.Length(timeline.Minus([]timeline.Range{lines},
		before))) / float64(all)
}

// mainCalls are main's calls in the order in which they were sent.
func (w *work) mainCalls() []results.Call {
	return slices.DeleteFunc(w.sent(), func(c results.Call) bool { return !w.Main(c.Agent) })
}

func bySending(a, b results.Call) int { return timeline.SentAt(a).Compare(timeline.SentAt(b)) }

// written is a range of a file that somebody wrote.
type written struct {
	bench.Touch
	at   time.Time
	main bool
}

// writes are all changes of the files that a trial's answer is made of, in
// order. What a sidekick did in a copy counts when its patch is there.
func (w *work) writes() (out []written) {
	inWorkdir := func(x bench.Touch) bool { return x.Write && !strings.HasPrefix(x.Path, "/") }
	for _, c := range w.Tools {
		for _, x := range c.Touched {
			if w.Main(c.Agent) && inWorkdir(x) {
				out = append(out, written{x, c.End, true})
			}
		}
	}
	for _, a := range w.Activations() {
		for _, x := range a.Edited {
			out = append(out, written{x, w.EndOf(a.Delegation), false})
		}
		for _, c := range a.Tools {
			for _, x := range c.Touched {
				if a.Patch == "" && inWorkdir(x) {
					out = append(out, written{x, c.End, false})
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b written) int { return a.at.Compare(b.at) })
	return out
}

// edits is main's changes of files, by whose lines they were.
type edits struct {
	Authoring, Corrective int
	Worked, Never         int // trials on which agents worked, and those of them without an edit
}

func (w *work) edits() (out edits) {
	out.Authoring, out.Corrective = w.authored()
	if w.Worked() {
		out.Worked = 1
		if out.Authoring+out.Corrective == 0 {
			out.Never = 1
		}
	}
	return out
}

// authored tells main's edits of its own lines from those of lines that a sidekick
// wrote last. Lines keep their numbers here, though edits above move them.
func (w *work) authored() (own, corrective int) {
	theirs := map[string][]timeline.Range{} // lines that sidekicks wrote last
	for _, x := range w.writes() {
		lines := linesOf(x.Touch)
		if !x.main {
			theirs[x.Path] = append(theirs[x.Path], lines)
			continue
		}
		if slices.ContainsFunc(theirs[x.Path], lines.Overlaps) {
			corrective++
		} else {
			own++
		}
		theirs[x.Path] = timeline.Minus(theirs[x.Path], []timeline.Range{lines})
	}
	return own, corrective
}
