package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/results"
	"bench/results/compare"
	"bench/results/planning"
	"bench/results/report"
	"bench/stats"
)

// planFlags are what `bench plan` takes.
type planFlags struct {
	configFlags
	from                   []string // prior runs
	rate, discordance, icc float64
	cost, minutes          []string // NAME=NUMBER, or one for all
	format                 string
	exclude                string // severity of contamination
}

func newPlan() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan --config FILE",
		Short: "Say how many tasks a verdict takes, what they cost and how long they take",
		Long: `plan says what a run of a config will be able to show, before it is paid for:
the tasks that the margin takes at 80 and 90 % power of the test that decides,
what the tasks selected now can show, the trade between more tasks and more
attempts, dollars and hours, and what the number of workers does.

What it must know is taken from prior runs (--from) or stated; a stated number
goes before a measured one. The table says of each where it comes from.
docs/planning.md explains the rest.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c, "YAML config (see bench schema)")
	f.addTasks(c)
	fs := c.Flags()
	key(&f.configFlags, "workers", "workers.agents",
		fs.IntP("workers", "w", 0, "trials worked on at once"))
	key(&f.configFlags, "db", "results",
		fs.String("db", "", "database with the prior runs (default: the config's results)"))
	fs.StringArrayVar(&f.from, "from", nil, "prior `run` to learn from (repeatable)")
	fs.Float64Var(&f.rate, "rate", 0, "share of tasks that the baseline resolves, 0 to 1")
	fs.Float64Var(&f.discordance, "discordance", 0,
		"share of pairs that differ between candidate and baseline, 0 to 1")
	fs.Float64Var(&f.icc, "icc", 0, "correlation of the pairs of a task, 0 to 1")
	fs.StringArrayVar(&f.cost, "cost", nil,
		"dollars of a trial: `CONFIGURATION=USD`, or one number for all (repeatable)")
	fs.StringArrayVar(&f.minutes, "minutes", nil,
		"minutes of a trial: `CONFIGURATION=MINUTES`, or one number for all (repeatable)")
	fs.StringVar(&f.format, "format", "table", "table, json")
	excludeFlag(c, &f.exclude)
	must(c.MarkFlagRequired("config"))
	return c
}

func (f *planFlags) run(c *cobra.Command) error {
	if err := f.check(c); err != nil {
		return err
	}
	cfg, err := f.load(c, withoutModels())
	if err != nil {
		return err
	}
	tasks, err := loadTasks(c, cfg)
	if err != nil {
		return err
	}
	q := question(cfg, len(tasks.Tasks))
	guesses, err := f.guesses(c, q)
	if err != nil {
		return err
	}
	facts, err := f.facts(c, cfg.Results)
	if err != nil {
		return err
	}
	plan, err := planning.Make(q, planning.Learn(facts, q), guesses)
	if impossible := (*planning.ImpossibleError)(nil); errors.As(err, &impossible) {
		return bench.Usagef("--discordance %g: %w", f.discordance, err)
	}
	if err != nil {
		return err
	}
	if f.format == "json" {
		return report.PlanJSON(c.OutOrStdout(), plan)
	}
	return report.Plan(c.OutOrStdout(), plan)
}

// check refuses flags that mean nothing.
func (f *planFlags) check(c *cobra.Command) error {
	if f.exclude != "" && len(f.from) == 0 {
		return bench.Usagef("--%s leaves out tasks of prior runs: name them with --from", excludeFlagged)
	}
	return errors.Join(formatOf(f.format, "table", "json"), checkExclude(c, f.exclude))
}

// question is what a config plans, with so many tasks selected.
func question(cfg *config.Config, tasks int) planning.Question {
	q := planning.Question{
		Name: cfg.Name, Baseline: cfg.Compare.Baseline,
		Configurations: cfg.BenchConfigurations(), Tasks: tasks, Attempts: cfg.Attempts,
		Workers: cfg.BenchWorkers(), MarginPP: cfg.Compare.MarginPP, Alpha: compare.Alpha,
		Seed: cfg.Seed,
	}
	return q
}

// facts are those of the prior runs.
func (f *planFlags) facts(c *cobra.Command, db string) (all []results.Facts, err error) {
	if len(f.from) == 0 {
		return nil, nil
	}
	err = withStore(c.Context(), db, func(s *results.Store) error {
		if err := allKnown(c.Context(), s, f.from); err != nil {
			return err
		}
		for _, run := range f.from {
			facts, err := s.Facts(c.Context(), run)
			if err != nil {
				return err
			}
			if err := ofItsOwn(c.Context(), s, facts.Run); err != nil {
				return err
			}
			if from := facts.Run.Imported; from != "" {
				return bench.Usagef("--from %s: it was imported from %s, which does not say how long "+
					"agents and tests took: state its rates and costs instead (see bench plan --help)",
					run, from)
			}
			all = append(all, facts)
		}
		return f.leaveOut(c, s, all)
	})
	return all, err
}

// leaveOut leaves tasks out of the facts of prior runs, as contaminated in any of them.
func (f *planFlags) leaveOut(c *cobra.Command, s *results.Store, all []results.Facts) error {
	left, err := exclusion(c.Context(), s, f.from, f.exclude)
	if err != nil || left == nil {
		return err
	}
	for i := range all {
		all[i] = all[i].Without(left)
	}
	_, err = fmt.Fprintln(c.ErrOrStderr(), report.LeftOut(left))
	return err
}

// guesses reads what is stated.
func (f *planFlags) guesses(c *cobra.Command, q planning.Question) (g planning.Guesses, err error) {
	share := func(flag string, value, least float64) (stats.Number, error) {
		if !c.Flags().Changed(flag) {
			return stats.None(), nil
		}
		if !(value >= least && value <= 1) {
			return 0, bench.Usagef("--%s %g: want a share of 1, such as 0.15", flag, value)
		}
		return stats.Number(value), nil
	}
	var errs [5]error
	g.Rate, errs[0] = share("rate", f.rate, 0)
	g.Discordance, errs[1] = share("discordance", f.discordance, math.SmallestNonzeroFloat64)
	g.ICC, errs[2] = share("icc", f.icc, 0)
	g.Cost, errs[3] = perConfiguration("cost", f.cost, q)
	g.Minutes, errs[4] = perConfiguration("minutes", f.minutes, q)
	for _, err := range errs {
		if err != nil {
			return g, err
		}
	}
	return g, nil
}

// perConfiguration reads numbers of configurations; one without a name is that of
// all that have none of their own.
func perConfiguration(
	flag string, values []string, q planning.Question,
) (map[string]float64, error) {
	out, all := map[string]float64{}, math.NaN()
	for _, v := range values {
		name, text, named := strings.Cut(v, "=")
		if !named {
			text = v
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(n >= 0) || math.IsInf(n, 0) {
			return nil, bench.Usagef("--%s %s: want CONFIGURATION=NUMBER or a number, not below 0",
				flag, v)
		}
		switch {
		case !named:
			all = n
		case !q.Has(name):
			return nil, bench.Usagef("--%s %s: no configuration %s: there are %s", flag, v, name,
				strings.Join(q.Names(), ", "))
		default:
			out[name] = n
		}
	}
	for _, name := range q.Names() {
		if _, ok := out[name]; !ok && !math.IsNaN(all) {
			out[name] = all
		}
	}
	return out, nil
}
