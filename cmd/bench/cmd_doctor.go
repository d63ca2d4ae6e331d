package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/llm/probe"
)

// doctorPatience is how long the doctor waits for a model that does not answer.
const doctorPatience = 20 * time.Second

// doctorFlags are what `bench doctor` takes.
type doctorFlags struct {
	configFlags
	models bool
	only   []string
	format string
}

func newDoctor() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor --models --config FILE",
		Short: "Ask each model of a config twice and say what works: the first thing to run with a key",
		Args:  exactly(0, "no arguments"),
		RunE:  func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c, "YAML config whose models are checked")
	fs := c.Flags()
	fs.BoolVar(&f.models, "models", false,
		"make two cheap calls to each model (about 4,000 tokens each)")
	fs.StringSliceVar(&f.only, "only", nil, "only these models of the config")
	fs.StringVar(&f.format, "format", "table", "table or json")
	must(c.MarkFlagRequired("config"))
	must(c.MarkFlagRequired("models"))
	return c
}

func (f *doctorFlags) run(c *cobra.Command) error {
	if err := formatOf(f.format, "table", "json"); err != nil {
		return err
	}
	cfg, err := f.load(c, forRuns())
	if err != nil {
		return err
	}
	models, err := f.chosen(cfg)
	if err != nil {
		return err
	}
	reports, err := examine(c.Context(), cfg, models)
	if err != nil {
		return err
	}
	if err := f.print(c.OutOrStdout(), reports); err != nil {
		return err
	}
	return unfit(reports)
}

// chosen are the models to check.
func (f *doctorFlags) chosen(cfg *config.Config) (config.Map[config.Model], error) {
	used := cfg.UsedModels()
	if len(f.only) == 0 {
		return used, nil
	}
	var some config.Map[config.Model]
	for _, name := range f.only {
		m := used.Get(name)
		if m == nil {
			return nil, bench.Usagef("--only %s: no configuration uses a model of that name; "+
				"these are used: %s",
				name, strings.Join(used.Names(), ", "))
		}
		some = append(some, config.Named[config.Model]{Name: name, Value: *m})
	}
	return some, nil
}

// examine asks the models, one after the other.
func examine(
	ctx context.Context, cfg *config.Config, models config.Map[config.Model],
) ([]probe.Report, error) {
	c := openClients(func(error) {})
	defer c.Close()
	var reports []probe.Report
	for _, m := range models {
		m.Value.OutagePatience = config.Duration(doctorPatience)
		client, err := c.open(m.Name, m.Value)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", m.Name, err)
		}
		reports = append(reports, probe.Run(ctx, client, cfg.BenchModel(m.Name)))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return reports, nil
}

func (f *doctorFlags) print(w io.Writer, reports []probe.Report) error {
	if f.format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(reports)
	}
	var sum bench.USD
	for _, r := range reports {
		label := ""
		if r.Simulated {
			label = " · simulated"
		}
		fmt.Fprintf(w, "%s (%s)%s\n", r.Model, r.Wire, label)
		for _, check := range r.Checks {
			fmt.Fprintf(w, "  %-4s  %-21s %s\n", check.Status, check.Name, check.Text)
		}
		fmt.Fprintln(w)
		sum += r.Cost
	}
	_, err := fmt.Fprintf(w, "%s checked for %s\n", plural.Count(len(reports), "model"), sum)
	return err
}

// unfit is the error of models that a run would fail with.
func unfit(reports []probe.Report) error {
	var names []string
	for _, r := range reports {
		if r.Failed() {
			names = append(names, r.Model)
		}
	}
	if names == nil {
		return nil
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete,
		Err:    fmt.Errorf("a run would fail with %s: see fail above", strings.Join(names, ", ")),
	}
}
