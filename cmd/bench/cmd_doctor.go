package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
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
	db     string
	models bool
	only   []string
	format string
}

func newDoctor() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use:   "doctor [--config FILE [--models]]",
		Short: "Say what works on this machine, what does not, and what to do: before money is spent",
		Long: `Say what works on this machine, what does not, and what to do: files and disks, the
database, the Docker engine, and with a config what that needs: its sandboxes,
images and registries, and of each model the endpoint, the key and the clock, by
calls that cost nothing. With --models each model is asked twice, for a fraction
of a cent. Nothing is pulled, built or changed.

Exit status: 0 if a run would work, 3 if it would not.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c, "YAML config whose needs are checked; default: those of any run")
	fs := c.Flags()
	fs.StringVar(&f.db, "db", defaultDB, "database file; default: the config's")
	fs.BoolVar(&f.models, "models", false,
		"make two cheap calls to each model (about 4,000 tokens each)")
	fs.StringSliceVar(&f.only, "only", nil, "only these models of the config")
	fs.StringVar(&f.format, "format", "table", "table or json")
	return c
}

func (f *doctorFlags) run(c *cobra.Command) error {
	if err := formatOf(f.format, "table", "json"); err != nil {
		return err
	}
	if f.path == "" {
		for _, flag := range []string{"models", "only", "set"} {
			if c.Flags().Changed(flag) {
				return bench.Usagef("--%s needs --config FILE, whose models are asked (see %s --help)", flag,
					c.CommandPath())
			}
		}
		return f.say(c.OutOrStdout(), examineMachine(c.Context(), f.db))
	}
	o := forRuns()
	o.Keyless = true
	cfg, err := f.load(c, o)
	if err != nil {
		return err
	}
	if !c.Flags().Changed("db") {
		f.db = cfg.Results
	}
	models, err := f.chosen(cfg)
	if err != nil {
		return err
	}
	all, err := examineConfig(c, cfg, f.db, models, f.models)
	if err != nil {
		return err
	}
	return f.say(c.OutOrStdout(), all)
}

// chosen are the models to check.
func (f *doctorFlags) chosen(cfg *config.Config) (config.Map[config.Model], error) {
	used := cfg.UsedModels()
	own, foreign := asked(used)
	if f.models {
		used = own
	}
	if len(f.only) == 0 && (!f.models || len(own) > 0) {
		return used, nil
	}
	if f.models && (len(own) == 0 || slices.ContainsFunc(f.only, func(name string) bool {
		return slices.Contains(foreign, name)
	})) {
		return nil, bench.Usagef("only programs behind a gateway speak the protocol of %s, which doctor "+
			"cannot check: let the program ask it with bench gateway", strings.Join(foreign, ", "))
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

// asked are the models that bench can ask itself, and the names of the others.
func asked(all config.Map[config.Model]) (own config.Map[config.Model], foreign []string) {
	for _, m := range all {
		if m.Value.Protocol == config.APIGemini {
			foreign = append(foreign, m.Name)
		} else {
			own = append(own, m)
		}
	}
	return own, foreign
}

// examined is what was found of one thing.
type examined struct {
	Subject string `json:"subject"` // machine, database, sandboxes, or "model NAME"
	probe.Report
}

// say prints what was found, and is the error of what a run would fail with.
func (f *doctorFlags) say(w io.Writer, all []examined) error {
	if err := f.print(w, all); err != nil {
		return err
	}
	var failed []string
	for _, e := range all {
		if e.Checks.Failed() {
			failed = append(failed, e.Subject)
		}
	}
	if failed == nil {
		return nil
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete,
		Err:    fmt.Errorf("a run would fail with %s: see fail above", strings.Join(failed, ", ")),
	}
}

func (f *doctorFlags) print(w io.Writer, all []examined) error {
	if f.format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	var sum bench.USD
	asked := 0
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, title(e))
		for _, check := range e.Checks {
			fmt.Fprintf(w, "  %-4s  %-21s %s\n", check.Status, check.Name, check.Text)
			if check.Remedy != "" {
				fmt.Fprintf(w, "  %-4s  %-21s → %s\n", "", "", check.Remedy)
			}
		}
		sum += e.Cost
		if f.models && e.Model != "" {
			asked++
		}
	}
	if !f.models {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n%s checked for %s\n", plural.Count(asked, "model"), sum)
	return err
}

// title is the line above what was found.
func title(e examined) string {
	switch {
	case e.Model == "":
		return e.Subject
	case e.Simulated:
		return fmt.Sprintf("%s (%s) · simulated", e.Subject, e.Wire)
	}
	return fmt.Sprintf("%s (%s)", e.Subject, e.Wire)
}

// askModel asks a model twice, after what was found of its endpoint.
func askModel(ctx context.Context, cfg *config.Config, name string, c *clients, e *examined) {
	report := probe.Run(ctx, c.byModel[name], cfg.BenchModel(name))
	e.Checks, e.Cost = append(e.Checks, report.Checks...), report.Cost
}
