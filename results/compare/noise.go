package compare

import (
	"fmt"
	"slices"

	"bench/results/verdict"
)

// Noise is what a configuration differs from itself: its trials as the baseline, those
// of its repeat as the candidate. No verdict rests on it, and no correction counts it.
type Noise struct {
	Configuration string
	Repeat        string
	verdict.Evidence
	Quality, Cost bool // they differ by more than chance
}

// Flips counts the pairs that one of both resolved and the other did not.
func (n Noise) Flips() int { return n.OnlyBaseline + n.OnlyCandidate }

// repeats reports whether a column is another one of its run once more.
func (c *Column) repeats() bool { return c.config.Repeats != "" }

func (c Configuration) repeats() bool { return c.Repeats != nil }

// originals are the columns that are no repeats.
func originals(cols []*Column) []*Column {
	return slices.DeleteFunc(slices.Clone(cols), (*Column).repeats)
}

// noises are those of all repeats.
func noises(cols []*Column, o Options) (all []Noise) {
	for _, c := range cols {
		i := slices.IndexFunc(cols, func(other *Column) bool {
			return other.run.ID == c.run.ID && other.config.Name == c.config.Repeats
		})
		if i < 0 {
			continue
		}
		a := assumptions(cols[i], nil, o)
		n := Noise{Configuration: cols[i].name, Repeat: c.name,
			Evidence: verdict.Weigh(match(cols[i], c), a)}
		n.Quality, n.Cost = n.Differs(a)
		all = append(all, n)
	}
	return all
}

// warnings say in what a configuration differs from itself by more than chance: then
// something beside the configurations differs, such as caches that the first one fills.
func (n Noise) warnings() (out []string) {
	for _, x := range []struct {
		differs bool
		what    string
	}{{n.Quality, "quality"}, {n.Cost, "cost"}} {
		if x.differs {
			out = append(out, fmt.Sprintf("%s is %s once more, and differs from it in %s by more than "+
				"chance: something beside the configurations does, such as caches", n.Repeat,
				n.Configuration, x.what))
		}
	}
	return out
}
