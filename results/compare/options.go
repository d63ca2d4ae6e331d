package compare

import (
	"context"
	"fmt"

	"bench"
	"bench/results"
	"bench/stats"
)

// Options are what a comparison may be told.
type Options struct {
	Baseline  string  // configuration; empty: as the run says, or the first single one
	MarginPP  float64 // non-inferiority margin, percentage points; 0: as the run says, or 5
	Lambda    float64 // dollars that one more resolved task is worth; 0: not said
	Resamples int     // of bootstraps; 0: 10,000
	Seed      uint64  // of bootstraps

	// Excluded are tasks that are left out in all configurations; nil: none.
	Excluded *results.Exclusion

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

// resampling is how intervals are drawn.
func (o Options) resampling() stats.Resampling {
	r := stats.Resampling{Resamples: o.Resamples, Seed: o.Seed, Confidence: Confidence}
	if r.Resamples == 0 {
		r.Resamples = 10_000
	}
	return r
}

// DefaultMarginPP is the margin of runs that declare none.
const DefaultMarginPP = 5

// Confidence is that of all intervals.
const Confidence = 0.95

// Runs compares the configurations of one or several stored runs.
func Runs(ctx context.Context, source Source, runs []string, o Options) (Comparison, error) {
	digests, at, err := digestsOf(ctx, source, runs, o)
	if err != nil {
		return Comparison{}, err
	}
	return compare(digests, at.said(o.PricesFile), o)
}

// digestsOf reads runs, at other prices if there are any.
func digestsOf(
	ctx context.Context, source Source, runs []string, o Options,
) ([]digest, *repricer, error) {
	var at *repricer
	if o.Prices != nil {
		at = &repricer{prices: o.Prices, models: map[string]bool{}}
	}
	digests := make([]digest, len(runs))
	for i, run := range runs {
		var err error
		if digests[i], err = digested(ctx, source, run, o, at); err != nil {
			return nil, nil, fmt.Errorf("compare: %w", err)
		}
	}
	return digests, at, nil
}

// Of compares the configurations of runs whose facts are at hand. It fails only if
// the baseline asked for does not exist; what is doubtful is said in warnings.
func Of(facts []results.Facts, o Options) (Comparison, error) {
	runs := make([]string, len(facts))
	sources := sources{}
	for i, f := range facts {
		runs[i] = f.Run.ID
		sources[f.Run.ID] = f
	}
	return Runs(context.Background(), sources, runs, o)
}
