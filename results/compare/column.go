package compare

import (
	"bench"
	"bench/results"
	"bench/results/timeline"
	"bench/stats"
)

// Column is a configuration with its trials. What metrics need is folded from
// the trials when one first asks for it, and kept.
type Column struct {
	name   string // unique in the comparison
	run    results.Run
	config bench.Configuration
	prices map[string]bench.Price
	trials []*trial
	// otherPrice is what the sidekicks' tokens are priced at besides; without an
	// id, at none.
	otherPrice bench.Price
	draw       stats.Resampling

	kept struct {
		ends        kept[ends]
		spending    kept[spending]
		caching     kept[caching]
		teamwork    kept[teamwork]
		critical    kept[critical]
		escalations kept[escalations]
		reports     kept[reports]
		duplication kept[duplication]
		reread      kept[reread]
		edits       kept[edits]
	}
}

// kept is what has been folded from trials.
type kept[T any] struct{ value *T }

// or is what is kept, folded if it is not yet.
func (k *kept[T]) or(fold func() T) T {
	if k.value == nil {
		v := fold()
		k.value = &v
	}
	return *k.value
}

// trial is a trial with what else is known of it than its work.
type trial struct {
	*timeline.Trial
	faults   []results.WorkspaceFault
	flags    []string // of its grade
	noUsage  bool     // its program reported no model calls
	badUsage int      // reports that are not counted
	imported *results.Imported
}

// columns sorts facts into configurations.
func columns(facts []results.Facts, o Options) []*Column {
	names := map[string]int{}
	for _, f := range facts {
		for _, c := range f.Configurations {
			names[c.Name]++
		}
	}
	var out []*Column
	for _, f := range facts {
		trials := assemble(f)
		for _, c := range f.Configurations {
			col := &Column{
				name: c.Name, run: f.Run, config: c, prices: f.Prices, otherPrice: o.SidekickPrice,
				draw: o.resampling(),
			}
			if names[c.Name] > 1 {
				col.name += "@" + f.Run.ID
			}
			for _, t := range trials {
				if t.Key.Configuration == c.Name {
					col.trials = append(col.trials, t)
				}
			}
			out = append(out, col)
		}
	}
	return out
}

// assemble gives each trial what belongs to it.
func assemble(f results.Facts) []*trial {
	byID := make(map[int64]*trial, len(f.Trials))
	trials := make([]*trial, 0, len(f.Trials))
	for _, t := range timeline.All(f) {
		p := &trial{Trial: t}
		byID[t.ID] = p
		trials = append(trials, p)
	}
	for _, x := range f.Faults {
		t := byID[x.Trial]
		t.faults = append(t.faults, x)
	}
	for _, n := range f.Notices {
		switch t := byID[n.Trial]; n.Code {
		case bench.NoticeNoUsage:
			t.noUsage = true
		case bench.NoticeBadUsage:
			t.badUsage++
		}
	}
	for _, x := range f.Imported {
		byID[x.Trial].imported = &x
	}
	for _, x := range f.Flags {
		t := byID[x.Trial]
		t.flags = append(t.flags, x.Name)
	}
	return trials
}
