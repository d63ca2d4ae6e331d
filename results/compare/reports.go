package compare

import (
	"bench"
	"bench/results"
	"bench/results/timeline"
)

// reports is what sidekicks were told and what they told, beside what they saw.
// Bytes stand for tokens, of which nobody counts those of single texts.
type reports struct {
	Briefs     mean  // tokens
	Told, Seen int64 // bytes
	N          int   // activations with a report
}

func (w *work) reports() (out reports) {
	for _, a := range w.Activations() {
		out.Briefs.add(float64(a.PromptBytes) / bytesPerToken)
		observed := observedBy(a)
		if a.Report == "" || observed == 0 {
			continue
		}
		out.N++
		out.Told, out.Seen = out.Told+a.ReportBytes, out.Seen+observed
	}
	return out
}

// bytesPerToken is the usual estimate for code and English prose.
const bytesPerToken = 4

// observedBy is how many bytes of observations a sidekick was shown.
func observedBy(a *timeline.Activation) (sum int64) {
	for _, c := range a.Tools {
		sum += c.Bytes - c.Clipped
	}
	return sum
}

// duplication is how alike the work of the activations of a batch is.
type duplication struct {
	Alike          mean // Jaccard indices of the files that two read
	Same, Commands int  // commands that a sibling gave, too, and all of them
}

func (w *work) duplication() (out duplication) {
	for _, b := range w.Batches() {
		same, all := repeated(b)
		out.Same, out.Commands = out.Same+same, out.Commands+all
		for i := range b {
			for _, other := range b[i+1:] {
				if j, ok := jaccard(pathsRead(b[i]), pathsRead(other)); ok {
					out.Alike.add(j)
				}
			}
		}
	}
	return out
}

// pathsRead are the files an activation read.
func pathsRead(a *timeline.Activation) map[string]bool {
	paths := map[string]bool{}
	for _, c := range a.Tools {
		for _, x := range c.Touched {
			if !x.Write {
				paths[x.Path] = true
			}
		}
	}
	return paths
}

// jaccard is how much of what is in either set is in both.
func jaccard(a, b map[string]bool) (share float64, ok bool) {
	both := 0
	for path := range a {
		if b[path] {
			both++
		}
	}
	either := len(a) + len(b) - both
	if either == 0 {
		return 0, false
	}
	return float64(both) / float64(either), true
}

// repeated counts the commands of a batch of two or more that a sibling gave,
// too, and all of them.
func repeated(batch []*timeline.Activation) (same, all int) {
	if len(batch) < 2 {
		return 0, 0
	}
	by := map[bench.BodyHash]map[*timeline.Activation]bool{}
	each := func(do func(a *timeline.Activation, c results.ToolCall)) {
		for _, a := range batch {
			for _, c := range a.Tools {
				if c.Name == "terminal" {
					do(a, c)
				}
			}
		}
	}
	each(func(a *timeline.Activation, c results.ToolCall) {
		if by[c.Arguments] == nil {
			by[c.Arguments] = map[*timeline.Activation]bool{}
		}
		by[c.Arguments][a] = true
	})
	each(func(_ *timeline.Activation, c results.ToolCall) {
		all++
		if len(by[c.Arguments]) > 1 {
			same++
		}
	})
	return same, all
}
