package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bench"
)

// used are the names of the models that configurations use, in the order of
// the models: those that are called, and those whose price programs' reports
// are multiplied with.
func (c *Config) used() []string { return c.among(func(*Configuration) bool { return true }) }

// called are the names of the models that bench itself calls, for its agents or for
// programs, likewise.
func (c *Config) called() []string {
	return c.among(func(v *Configuration) bool {
		reported := kindOf(v.Kind).reported
		return reported == nil || !reported(v)
	})
}

// asked are the names of the models that bench's own agents call, likewise.
func (c *Config) asked() []string {
	return c.among(func(v *Configuration) bool { return kindOf(v.Kind).reported == nil })
}

// among are the names of the models of configurations of some kinds. A key that
// belongs to another kind is a mistake, and what is wrong with its model is said
// with it.
func (c *Config) among(of func(*Configuration) bool) []string {
	in := map[string]bool{}
	for i := range c.Configurations {
		v := &c.Configurations[i].Value
		if !of(v) {
			continue
		}
		for _, k := range kinds() {
			for _, name := range k.models(v) {
				in[name] = true
			}
		}
	}
	return slices.DeleteFunc(c.Models.Names(), func(n string) bool { return !in[n] })
}

// UsedModels are the models that configurations call, in the order of the file.
// Their Endpoint and Key are filled in, prices looked up. Those of which only
// programs' reports speak are not among them.
func (c *Config) UsedModels() Map[Model] {
	var used Map[Model]
	for _, name := range c.called() {
		used = append(used, Named[Model]{name, *c.Models.Get(name)})
	}
	return used
}

// Simulated reports whether any answer comes from a script.
func (c *Config) Simulated() bool {
	return slices.ContainsFunc(c.used(), func(name string) bool {
		return c.Models.Get(name).Provider == Scripted
	})
}

// repeatOf is what the repeat of a configuration is called.
func repeatOf(name string) string { return name + "-aa" }

// BenchConfigurations returns the configurations with their models resolved,
// in the order of the file, and then the one that repeats another, if any does.
func (c *Config) BenchConfigurations() []bench.Configuration {
	all := make([]bench.Configuration, len(c.Configurations))
	for i, e := range c.Configurations {
		f, l := e.Value, e.Value.Limits
		all[i] = bench.Configuration{
			Name:             e.Name,
			Kind:             f.Kind,
			Main:             c.BenchModel(cmp.Or(f.Model, f.Main)),
			Limits:           benchLimits(l.Iterations, l.CostUSD, l.Tokens, l.Wall),
			MaxParallelTools: f.MaxParallelTools,
			CommandTimeout:   time.Duration(c.Sandbox.CommandTimeout),
			Offline:          c.Sandbox.Kind == Docker && c.Sandbox.Network == "none",
			ShowCosts:        f.ShowCosts,
		}
		if f.Notice != nil {
			all[i].Notice = *f.Notice
		}
		kindOf(f.Kind).convert(c, &f, &all[i])
	}
	if i := slices.Index(c.Configurations.Names(), c.Compare.AA); i >= 0 {
		again := all[i]
		again.Name, again.Repeats = repeatOf(again.Name), again.Name
		all = append(all, again)
	}
	return all
}

func benchLimits(iterations int64, usd float64, tokens int64, wall Duration) bench.Limits {
	return bench.Limits{
		Iterations: iterations, Cost: bench.Dollars(usd), Tokens: tokens, Wall: time.Duration(wall),
	}
}

// BenchModel returns a model of the file by its name.
func (c *Config) BenchModel(name string) bench.Model {
	m := c.Models.Get(name)
	api := ""
	if m.Protocol != APIChat {
		api = string(m.Protocol)
	}
	return bench.Model{
		Name: name, API: api, Model: m.Model, Provider: string(m.Provider), Price: m.Price.Bench(),
		MaxOutputTokens: m.MaxOutputTokens, ContextWindow: m.ContextWindow,
		KnownWindow: m.KnownWindow,
		Temperature: m.Temperature, TopP: m.TopP, ReasoningEffort: string(m.ReasoningEffort),
		Seed: m.Seed, Simulated: m.Provider == Scripted,
	}
}

// DatasetName says which tasks these are, for tables: the name of the dataset
// where the file gives one, else its path.
func (c *Config) DatasetName() string { return cmp.Or(c.Dataset.Source, c.Dataset.Path) }

// BenchRunLimits returns the limits of the run as a whole.
func (c *Config) BenchRunLimits() bench.Limits {
	return bench.Limits{Cost: bench.Dollars(c.Limits.RunCostUSD)}
}

// BenchWorkers returns the sizes of the worker pools.
func (c *Config) BenchWorkers() bench.Workers {
	return bench.Workers{
		Agents: c.Workers.Agents, Grading: c.Workers.Grading, Sidekicks: c.Workers.Sidekicks,
	}
}

// BenchStop returns when the run may end early.
func (c *Config) BenchStop() bench.Stop {
	if c.Compare.Stop == Decided {
		return bench.StopDecided
	}
	return ""
}

// ImageFor returns the image of a task as sandbox.image names it, "" where the
// key is not given.
func (s Sandbox) ImageFor(t bench.Task) string {
	id := strings.ToLower(t.InstanceID)
	return strings.NewReplacer(
		"{instance}", strings.ReplaceAll(id, "__", "_1776_"), "{instance_id}", id,
	).Replace(s.Image)
}

// SourceFor returns how to build a task's machine: what the task says itself,
// completed by sandbox.build. It is the task's own where there is no build.
func (s Sandbox) SourceFor(t bench.Task) bench.Source {
	src := t.Source
	if s.Build == nil || src.Context != "" {
		return src
	}
	if src.Repository == "" && src.Tree == "" {
		_, name, _ := strings.Cut(t.Repo, "/")
		src.Repository = strings.NewReplacer("{repo}", t.Repo, "{name}", name).
			Replace(s.Build.Repository)
	}
	src.BaseImage = cmp.Or(src.BaseImage, s.Build.BaseImage)
	src.Workdir = cmp.Or(src.Workdir, s.Build.Workdir)
	if len(src.Setup) == 0 {
		src.Setup = s.Build.Setup
	}
	return src
}

// Resolved returns the configuration as canonical JSON with all defaults
// filled in, matrices expanded, paths absolute and prices looked up.
// It holds no key and no user information of URLs, but the variables that they
// come from, and it is a valid configuration file itself, in which all other
// dollar signs are escaped as Load wants them.
func (c *Config) Resolved() []byte {
	out := *c
	out.Models = slices.Clone(c.Models)
	for i := range out.Models {
		out.Models[i].Value.BaseURL = out.Models[i].Value.stored
	}
	b, err := encode(&out)
	if err != nil { // plain values always encode
		panic("encode configuration: " + err.Error())
	}
	return []byte(strings.NewReplacer("$$", "$$$$", "${", "$${", kept, "$").Replace(string(b)))
}
