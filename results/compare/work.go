package compare

import (
	"bench"
	"bench/results"
	"bench/results/timeline"
)

// work is the work on a trial, with all that is known of it and the prices of its
// tokens.
type work struct {
	*timeline.Trial
	faults  []results.WorkspaceFault
	notices []string // codes
	marks   []results.BudgetMark
	prices  prices
}

// prices are what the tokens of a configuration's trials are priced at.
type prices struct {
	byID map[string]bench.Price // of the run
	main bench.Price            // of the configuration's main model
	// other is what the sidekicks' tokens are priced at besides; without an id, at
	// none.
	other bench.Price
}

// assemble gives each trial what belongs to it.
func assemble(f results.Facts, o Options) []*work {
	mains := make(map[string]bench.Price, len(f.Configurations))
	for _, c := range f.Configurations {
		mains[c.Name] = c.Main.Price
	}
	byID := make(map[int64]*work, len(f.Trials))
	all := make([]*work, 0, len(f.Trials))
	for _, t := range timeline.All(f) {
		w := &work{Trial: t, prices: prices{f.Prices, mains[t.Key.Configuration], o.SidekickPrice}}
		byID[t.ID] = w
		all = append(all, w)
	}
	for _, x := range f.Faults {
		w := byID[x.Trial]
		w.faults = append(w.faults, x)
	}
	for _, n := range f.Notices {
		w := byID[n.Trial]
		w.notices = append(w.notices, n.Code)
	}
	for _, m := range f.Marks {
		w := byID[m.Trial]
		w.marks = append(w.marks, m)
	}
	return all
}
