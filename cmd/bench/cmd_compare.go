package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/llm/pricing"
	"bench/results"
	"bench/results/compare"
)

// compareFlags are what `bench compare` takes.
type compareFlags struct {
	db       string
	baseline string
	margin   float64
	lambda   float64 // dollars
	viewFlags
	metrics  string
	prices   string // file
	sidekick string // name of another price for the sidekicks
	league   bool
	trend    bool
	by       string // what one occasion of a trend is
	exclude  string // severity of contamination
}

func newCompare() *cobra.Command {
	var f compareFlags
	c := &cobra.Command{
		Use:   "compare RUN...",
		Short: "Print the comparison of one or several runs",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return bench.Usagef("compare takes at least one run (see bench runs)")
			}
			if c.Flags().Changed("margin-pp") && !(f.margin > 0 && f.margin <= 50) {
				return bench.Usagef("--margin-pp %g: want percentage points above 0, at most 50", f.margin)
			}
			if c.Flags().Changed("lambda") && !(f.lambda > 0 && f.lambda <= 1e6) {
				return bench.Usagef("--lambda %g: want dollars above 0, at most 1000000", f.lambda)
			}
			if f.metrics != "" && f.columns != "" {
				return bench.Usagef("--metrics has lines of tables, --columns columns: want one of them")
			}
			_, err := f.view()
			return errors.Join(err, f.checkTrend(c), f.checkLeague(c), checkExclude(c, f.exclude))
		},
		RunE: func(c *cobra.Command, args []string) error {
			return withStore(c.Context(), f.db, func(s *results.Store) error {
				for _, run := range args {
					if err := s.CheckVerdicts(c.Context(), run); err != nil {
						return err
					}
				}
				print := printComparison
				switch {
				case f.trend:
					print = printTrend
				case f.league:
					print = printLeague
				}
				return print(c.Context(), c.OutOrStdout(), s, args, f)
			})
		},
	}
	dbFlag(c, &f.db)
	c.Flags().StringVar(&f.baseline, "baseline", "",
		"configuration to compare with (default: the run's)")
	c.Flags().Float64Var(&f.margin, "margin-pp", 0,
		"percentage points fewer that still count as not worse (default: the run's)")
	c.Flags().Float64Var(&f.lambda, "lambda", 0,
		"`dollars` that one more resolved task is worth to you: adds the net benefit of each "+
			"configuration")
	f.viewFlags.add(c)
	c.Flags().StringVar(&f.metrics, "metrics", "",
		`lines of the tables of --full: "all", or names and regular expressions, separated by commas `+
			"(default: the usual ones)")
	c.Flags().StringVar(&f.prices, "prices", "",
		"re-price the runs: YAML `file` with prices by model name, name on the wire or price id")
	c.Flags().StringVar(&f.sidekick, "sidekick-price", "",
		"estimate the cost at another price of the sidekicks: a `name` in --prices or a model "+
			"bench knows")
	c.Flags().BoolVar(&f.league, "league", false,
		"rank the sidekicks of each main model by net benefit at --lambda")
	c.Flags().BoolVar(&f.trend, "trend", false,
		"how configurations did from night to night, and from when on otherwise: over the runs, or one "+
			"and those with its name before it")
	f.byFlag(c, "--trend")
	excludeFlag(c, &f.exclude)
	return c
}

func printComparison(
	ctx context.Context, w io.Writer, s *results.Store, runs []string, f compareFlags,
) error {
	c, err := compared(ctx, s, runs, f)
	if err != nil {
		return err
	}
	return f.print(w, c)
}

// compared compares runs as the flags say.
func compared(
	ctx context.Context, s *results.Store, runs []string, f compareFlags,
) (compare.Comparison, error) {
	if err := allWithTrials(ctx, s, runs); err != nil {
		return compare.Comparison{}, err
	}
	if err := oneReplay(ctx, s, runs); err != nil {
		return compare.Comparison{}, err
	}
	o, err := compareOptions(ctx, s, runs, f)
	if err != nil {
		return compare.Comparison{}, err
	}
	c, err := compare.Runs(ctx, s, runs, o)
	return c, bench.UsageError(err)
}

// compareOptions turns flags into what a comparison may be told.
func compareOptions(
	ctx context.Context, s *results.Store, runs []string, f compareFlags,
) (compare.Options, error) {
	o := compare.Options{
		Baseline: f.baseline, MarginPP: f.margin, Lambda: f.lambda, SidekickPriceName: f.sidekick,
	}
	var err error
	if o.Excluded, err = exclusion(ctx, s, runs, f.exclude); err != nil {
		return o, err
	}
	if f.metrics != "" {
		if o.Metrics, err = compare.Select(f.metrics); err != nil {
			return o, bench.Usagef("--metrics: %w", err)
		}
	}
	if f.prices != "" {
		names, err := priceNames(ctx, s, runs)
		if err != nil {
			return o, err
		}
		if f.sidekick != "" && !slices.Contains(names, f.sidekick) {
			names = append(names, f.sidekick)
		}
		o.PricesFile = f.prices
		if o.Prices, err = config.LoadPrices(f.prices, names); err != nil {
			return o, err
		}
	}
	if f.sidekick != "" {
		return o, sidekickPrice(&o)
	}
	return o, nil
}

// priceNames are the names by which the models of runs may be priced.
func priceNames(ctx context.Context, s *results.Store, runs []string) ([]string, error) {
	var all []bench.Configuration
	for _, run := range runs {
		cs, err := s.Configurations(ctx, run)
		if err != nil {
			return nil, err
		}
		all = append(all, cs...)
	}
	return config.NamesOf(all), nil
}

// sidekickPrice finds the other price of the sidekicks and has it shown.
func sidekickPrice(o *compare.Options) error {
	price, ok := o.Prices[o.SidekickPriceName]
	if !ok {
		price, ok = pricing.Lookup(o.SidekickPriceName)
	}
	if !ok {
		return bench.Usagef("--sidekick-price %s: neither in the file of --prices nor a model "+
			"with a built-in price: give it one with --prices", o.SidekickPriceName)
	}
	price.ID = o.SidekickPriceName
	o.SidekickPrice = price
	o.Metrics = compare.With(o.Metrics, "cost_usd.sidekicks_at_other_price")
	return nil
}
