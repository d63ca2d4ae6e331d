package compare

import (
	"bench"
	"bench/results"
	"bench/stats"
)

// Column is a configuration with its trials, and what they come to together.
type Column struct {
	name   string // unique in the comparison
	run    results.Run
	config bench.Configuration
	draw   stats.Resampling
	// otherPrice says that the sidekicks' tokens are priced otherwise besides.
	otherPrice bool

	trials []*trial
	hosts  map[string]results.Host // of the run, by id
	ends   ends
	sums   // of the work on all trials

	alone *Column // of a fusion's main model without sidekicks; nil if there is none
	// most is the most that a graded trial of any column took, by resource.
	most map[string]float64
}

// trial is a trial as it stands.
type trial struct {
	results.Trial
	flags []string // of its grade
	sums  sums     // of the work on it
	// imported is what is known of it if it was made elsewhere, else nil.
	imported *results.Imported
	examined *results.Examined // for contamination; nil if nobody has
}

func newColumn(run results.Run, c bench.Configuration, o Options) *Column {
	return &Column{
		name: c.Name, run: run, config: c, draw: o.resampling(),
		otherPrice: o.SidekickPrice.ID != "", ends: newEnds(),
	}
}

// take adds a trial to those of the column.
func (c *Column) take(t *trial) {
	c.trials = append(c.trials, t)
	c.ends.add(t)
	c.sums.add(t.sums)
	if t.imported != nil && t.Counts() && t.imported.Cost == nil {
		c.NoUsage++
	}
}

// columns sorts the trials of runs into configurations.
func columns(runs []digest, o Options) []*Column {
	names := map[string]int{}
	for _, f := range runs {
		for _, c := range f.Configurations {
			names[c.Name]++
		}
	}
	var out []*Column
	for _, f := range runs {
		byName := map[string]*Column{}
		hosts := map[string]results.Host{}
		for _, h := range f.Hosts {
			hosts[h.ID] = h
		}
		for _, c := range f.Configurations {
			col := newColumn(f.Run, c, o)
			if names[c.Name] > 1 {
				col.name += "@" + f.Run.ID
			}
			col.hosts = hosts
			byName[c.Name] = col
			out = append(out, col)
		}
		flags := map[int64][]string{}
		for _, x := range f.Flags {
			flags[x.Trial] = append(flags[x.Trial], x.Name)
		}
		imported := map[int64]*results.Imported{}
		for _, x := range f.Imported {
			imported[x.Trial] = &x
		}
		found := examined(f.Facts)
		for _, t := range f.Trials {
			if o.Excluded.Has(t.Key.InstanceID) {
				continue
			}
			if t.StartedAt.IsZero() && f.Run.State == bench.RunDecided {
				continue // it was not needed
			}
			if col := byName[t.Key.Configuration]; col != nil {
				col.take(&trial{t, flags[t.ID], f.sums[t.ID], imported[t.ID], found[t.ID]})
			}
		}
	}
	return out
}
