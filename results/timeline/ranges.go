package timeline

import (
	"cmp"
	"slices"
	"time"
)

// Range is a range of whole numbers without its end: Unix milliseconds, or the
// lines of a file.
type Range struct{ From, To int64 }

// Overlaps reports whether two ranges have a number in common.
func (r Range) Overlaps(other Range) bool { return r.From < other.To && other.From < r.To }

// between is the time from a to b; it is empty unless both are known and in
// this order.
func between(a, b time.Time) Range {
	if a.IsZero() || b.IsZero() || !a.Before(b) {
		return Range{}
	}
	return Range{a.UnixMilli(), b.UnixMilli()}
}

// Union merges ranges into sorted ones that do not touch.
func Union(ranges []Range) []Range {
	ranges = slices.DeleteFunc(slices.Clone(ranges), func(s Range) bool { return s.From >= s.To })
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	var out []Range
	for _, s := range ranges {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Minus is what of a lies outside of b.
func Minus(a, b []Range) []Range {
	a, b = Union(a), Union(b)
	var out []Range
	for _, s := range a {
		for _, cut := range b {
			if cut.To <= s.From || cut.From >= s.To {
				continue
			}
			if cut.From > s.From {
				out = append(out, Range{s.From, cut.From})
			}
			s.From = min(s.To, cut.To)
		}
		if s.From < s.To {
			out = append(out, s)
		}
	}
	return out
}

// Length is how many numbers ranges cover, where they overlap more than once.
func Length(ranges []Range) (n int64) {
	for _, s := range ranges {
		n += max(0, s.To-s.From)
	}
	return n
}

// AtOnce is how many numbers lie in so many ranges, by how many, from 1 on. A range
// that begins where another ends does not overlap it.
func AtOnce(ranges []Range) map[int]int64 {
	type edge struct {
		at    int64
		opens int
	}
	var edges []edge
	for _, s := range ranges {
		if s.From < s.To {
			edges = append(edges, edge{s.From, 1}, edge{s.To, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	out := map[int]int64{}
	at, now := int64(0), 0
	for _, e := range edges {
		if now > 0 && e.at > at {
			out[now] += e.at - at
		}
		at, now = e.at, now+e.opens
	}
	return out
}

// Peak is how many ranges hold at the same time at most.
func Peak(ranges []Range) (most int) {
	for n := range AtOnce(ranges) {
		most = max(most, n)
	}
	return most
}
