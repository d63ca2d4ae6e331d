package compare

import (
	"context"
	"fmt"

	"bench"
	"bench/results"
	"bench/results/timeline"
)

// Options are what a comparison may be told.
type Options struct {
	Baseline  string  // configuration; empty: as the run says, or the first single one
	MarginPP  float64 // non-inferiority margin, percentage points; 0: as the run says, or 5
	Resamples int     // of bootstraps; 0: 10,000
	Seed      uint64  // of bootstraps

	Metrics []Metric // that tables show; nil: the usual ones
	// Prices take the place of those of the runs: by config name of a model, name
	// on the wire, or id of a price, the first of these that is there. PricesFile
	// is where they are from.
	Prices     map[string]bench.Price
	PricesFile string
	// SidekickPrice is what the sidekicks' tokens are priced at besides, in an
	// estimate. Without an id: at none.
	SidekickPrice     bench.Price
	SidekickPriceName string
}

// DefaultMarginPP is the margin of runs that declare none.
const DefaultMarginPP = 5

// Confidence is that of all intervals.
const Confidence = 0.95

// Source is where facts come from, such as a results.Store.
type Source interface {
	Facts(ctx context.Context, run string) (results.Facts, error)
}

// Runs compares the configurations of one or several stored runs.
func Runs(ctx context.Context, source Source, runs []string, o Options) (Comparison, error) {
	var facts []results.Facts
	for _, run := range runs {
		f, err := source.Facts(ctx, run)
		if err != nil {
			return Comparison{}, fmt.Errorf("compare: %w", err)
		}
		facts = append(facts, f)
	}
	return Of(facts, o)
}

// column is a configuration with its trials.
type column struct {
	name   string // unique in the comparison
	run    results.Run
	config bench.Configuration
	prices map[string]bench.Price
	trials []*trial
	// otherPrice is what the sidekicks' tokens are priced at besides; without an
	// id, at none.
	otherPrice bench.Price
}

// trial is a trial with what else is known of it than its work.
type trial struct {
	*timeline.Trial
	faults   []results.WorkspaceFault
	flags    []string // of its grade
	noUsage  bool     // its program reported no model calls
	badUsage int      // reports that are not counted
}

// columns sorts facts into configurations.
func columns(facts []results.Facts) []*column {
	names := map[string]int{}
	for _, f := range facts {
		for _, c := range f.Configurations {
			names[c.Name]++
		}
	}
	var out []*column
	for _, f := range facts {
		trials := assemble(f)
		for _, c := range f.Configurations {
			name := c.Name
			if names[name] > 1 {
				name += "@" + f.Run.ID
			}
			col := &column{name: name, run: f.Run, config: c, prices: f.Prices}
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
	for _, x := range f.Flags {
		t := byID[x.Trial]
		t.flags = append(t.flags, x.Name)
	}
	return trials
}
