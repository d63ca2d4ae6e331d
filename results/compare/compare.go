package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/stats"
)

// compare compares the configurations of runs, as Of does.
func compare(runs []digest, repricing *Repricing, o Options) (Comparison, error) {
	out := Comparison{
		Runs: []string{}, Configurations: []Configuration{}, Pairs: []Pair{}, Noise: []Noise{},
		Frontier: []string{}, Alarms: []string{}, Warnings: []string{}, Images: []Image{},
		Hosts: []Host{}, Kinds: kinds(),
		Metrics: o.Metrics, Asked: o.Metrics != nil,
		Excluded:  o.Excluded,
		Repricing: repricing, SidekickPrice: o.SidekickPriceName,
	}
	if out.Metrics == nil {
		out.Metrics = usual()
	}
	cols := columns(runs, o)
	findAlone(cols)
	findMost(cols)
	for _, f := range runs {
		out.Runs = append(out.Runs, f.Run.ID)
		spent := spentIn(f.Run, cols)
		out.Warnings = append(out.Warnings, runWarnings(f.Run, spent)...)
		if alarm := replayAlarm(f.Run, spent); alarm != "" {
			out.Alarms, out.Replay = append(out.Alarms, alarm), f.Run.Replay
		}
		out.Warnings = append(out.Warnings, unexamined(f.Run, cols)...)
		for _, i := range f.Images {
			out.Images = append(out.Images, Image{f.Run.ID, i.Name, i.Digest})
		}
		for _, h := range f.Hosts {
			out.Hosts = append(out.Hosts, Host{f.Run.ID, h})
		}
	}
	for _, c := range cols {
		m := c.configuration()
		out.Simulated = out.Simulated || m.Simulated
		out.Imported = out.Imported || m.Imported
		out.Configurations = append(out.Configurations, m)
		out.Warnings = append(out.Warnings, c.warnings()...)
		out.Alarms = append(out.Alarms, c.providerAlarms()...)
		out.Alarms = append(out.Alarms, c.cacheAlarms()...)
	}
	base, err := baseline(cols, o.Baseline)
	if err != nil {
		return Comparison{}, err
	}
	out.Noise = append(out.Noise, noises(cols, o)...)
	for _, n := range out.Noise {
		out.Warnings = append(out.Warnings, n.warnings()...)
	}
	if base != nil {
		others := slices.DeleteFunc(originals(cols), func(c *Column) bool { return c == base })
		out.Pairs = append(out.Pairs, compared(base, others, out.Noise, o)...)
	}
	out.NetBenefit = netBenefit(originals(cols), o)
	once := slices.DeleteFunc(slices.Clone(out.Configurations), Configuration.repeats)
	out.Frontier = append(out.Frontier, frontier(once)...)
	out.Axes, out.Curves = axes(once), curves(cols)
	return out, nil
}

// configuration measures a column.
func (c *Column) configuration() Configuration {
	e := c.ends
	out := Configuration{
		Run: c.run.ID, Name: c.name, Kind: c.config.Kind,
		MainModel: c.config.Main.Name,
		MainWire:  c.config.Main.Model, Simulated: c.config.Simulated(),
		Imported: c.imported(), NoUsage: c.NoUsage,
		Unfinished: e.open, Outcomes: e.outcomes, Flags: e.flags, Roles: c.roles(),
		Routed: c.routed(),
		Cost:   c.known(), CostOpen: len(c.costShort()) > 0, delegates: delegates(c.config),
		values: make(map[string]Value, len(Metrics)),
	}
	out.Contaminated, out.Unexamined = c.contamination()
	if c.repeats() {
		out.Repeats = &c.config.Repeats
	}
	if s := c.config.Sidekick; s != nil {
		out.SidekickModel, out.SidekickWire = &s.Model.Name, s.Model.Model
	}
	if a := c.config.Advisor; a != nil {
		out.AdvisorModel, out.AdvisorWire = &a.Model.Name, a.Model.Model
	}
	if r := c.config.Router; r != nil {
		for _, m := range r.Models {
			out.RoutedWire = append(out.RoutedWire, m.Model)
		}
	}
	for _, m := range Metrics {
		out.values[m.Name] = c.of(m)
	}
	return out
}

// kinds are the metrics that are not exact.
func kinds() map[string]Kind {
	out := map[string]Kind{}
	for _, m := range Metrics {
		if m.Kind != Exact {
			out[m.Name] = m.Kind
		}
	}
	return out
}

// baseline finds the column the others are compared with: the one asked for,
// the one the first run declares, the first single one, or the first.
func baseline(cols []*Column, asked string) (*Column, error) {
	if len(cols) == 0 {
		if asked != "" {
			return nil, fmt.Errorf("no configuration %q: the runs have none", asked)
		}
		return nil, nil
	}
	named := func(name string) *Column {
		i := slices.IndexFunc(cols, func(c *Column) bool { return c.name == name })
		if i < 0 { // a name that several runs use means that of the first
			i = slices.IndexFunc(cols, func(c *Column) bool { return c.config.Name == name })
		}
		if i < 0 {
			return nil
		}
		return cols[i]
	}
	if asked != "" {
		switch c := named(asked); {
		case c != nil && c.repeats():
			return nil, fmt.Errorf("%s repeats %s, and shows noise: compare with that", asked,
				c.config.Repeats)
		case c != nil:
			return c, nil
		}
		var names []string
		for _, c := range cols {
			names = append(names, c.name)
		}
		return nil, errors.New("no configuration " + asked + ": there are " + strings.Join(names, ", "))
	}
	if c := named(cols[0].run.Baseline); c != nil {
		return c, nil
	}
	single := func(c *Column) bool { return c.config.Kind == bench.KindSingle }
	if i := slices.IndexFunc(cols, single); i >= 0 {
		return cols[i], nil
	}
	return cols[0], nil
}

// frontier names the configurations that no other beats: none is at least as
// good and at least as cheap, and better in one of the two.
func frontier(cs []Configuration) (names []string) {
	rate, cost := Named("resolved_rate"), Named("cost_usd.per_task")
	at := func(c Configuration) (r, usd stats.Number) {
		return c.Value(rate).Number, c.Value(cost).Number
	}
	for _, c := range cs {
		r, usd := at(c)
		if !r.OK() || !usd.OK() || c.CostOpen {
			continue
		}
		beaten := slices.ContainsFunc(cs, func(other Configuration) bool {
			or, ousd := at(other)
			return !other.CostOpen && or >= r && ousd <= usd && (or > r || ousd < usd)
		})
		if !beaten {
			names = append(names, c.Name)
		}
	}
	return names
}

// runWarnings says what to know about a run before believing its numbers.
func runWarnings(run results.Run, s spending) (out []string) {
	say := func(format string, args ...any) {
		out = append(out, "run "+run.ID+": "+fmt.Sprintf(format, args...))
	}
	if run.Imported != "" {
		say("its trials were imported from %s; what only events tell of them is not known",
			run.Imported)
	}
	if part := run.Part(); part != "" {
		say("it is %s", part)
	}
	switch open := run.Trials - run.Ended; {
	case open > 0 && run.State == bench.RunDecided:
		say("%d of %d trials were not needed: quality was decided (compare.stop)", open, run.Trials)
	case open > 0:
		say("%d of %d trials have not ended", open, run.Trials)
	}
	calls, unknown := s.UnknownCalls, s.Unknown
	if s.Silent > 0 {
		say("%s did not say what they used, an estimated %s: budgets were charged with that, and "+
			"costs are lower bounds (≥) or not known (?)", plural.Count(s.Silent, "answer"),
			s.SilentEstimate)
		calls, unknown = calls-s.Silent, unknown-s.SilentEstimate
	}
	if s.Open > 0 {
		say("%s %s under way, or %s process has died; each counts as an attempt without a usage report",
			plural.Count(s.Open, "model call"), plural.Word(s.Open, "is", "are"),
			plural.Word(s.Open, "its", "their"))
	}
	if calls > 0 {
		say("%s that failed or %s cut off may have been billed without a usage report, an "+
			"estimated %s more", plural.Count(calls, "attempt"), plural.Word(calls, "was", "were"), unknown)
	}
	d := stats.Over(s.Reported-s.Computed, s.Computed)
	if s.Reports > 0 && math.Abs(float64(d)) > 0.01 {
		say("the provider reports %s for %s whose tokens cost %s by the price used (%+.1f %%)",
			s.Reported, plural.Count(s.Reports, "call"), s.Computed, 100*float64(d))
	}
	return out
}

// spentIn is what all configurations of a run spent.
func spentIn(run results.Run, cols []*Column) spending {
	var all sums
	for _, c := range cols {
		if c.run.ID == run.ID {
			all.add(c.sums)
		}
	}
	return all.Spending
}
