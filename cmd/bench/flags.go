package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/llm/pricing"
)

// configFlags are a config file and the flags that stand for keys of it.
type configFlags struct {
	path string
	set  []string
	keys []flagKey
}

// flagKey is a flag that stands for a key.
type flagKey struct {
	flag, path string
	value      func() any
}

// add adds --config and --set.
func (f *configFlags) add(c *cobra.Command, usage string) {
	c.Flags().StringVarP(&f.path, "config", "c", "", usage)
	setFlag(c, &f.set)
}

// addTasks adds the flags that select tasks.
func (f *configFlags) addTasks(c *cobra.Command) {
	fs := c.Flags()
	key(f, "instances", "dataset.ids",
		fs.StringSliceP("instances", "i", nil, "only these instance ids"))
	key(f, "filter", "dataset.filter",
		fs.String("filter", "", "only instance ids that match this regular expression"))
	key(f, "slice", "dataset.slice",
		fs.String("slice", "", "only tasks A up to B: A:B, as in Python"))
}

// key notes that a flag stands for the key at path.
func key[T any](f *configFlags, flag, path string, value *T) {
	f.keys = append(f.keys, flagKey{flag, path, func() any { return *value }})
}

// overrides are the flags that were given and say something.
func (f *configFlags) overrides(c *cobra.Command) (all []config.Assignment) {
	for _, k := range f.keys {
		value := k.value()
		text, isText := value.(string)
		list, isList := value.([]string)
		if c.Flags().Changed(k.flag) && !(isText && text == "") && !(isList && len(list) == 0) {
			all = append(all, config.Assign("--"+k.flag, k.path, value))
		}
	}
	return all
}

// load reads the config and applies the flags.
func (f *configFlags) load(c *cobra.Command, o config.Options) (*config.Config, error) {
	o.Set, o.Flags = f.set, f.overrides(c)
	return config.Load(f.path, o)
}

// forRuns is what loading a config takes from the rest of the program.
func forRuns() config.Options {
	return config.Options{
		Prices: pricing.Lookup, Sizes: pricing.Sizes, APIs: pricing.API, Sources: datasets.Names(),
		Priced: pricing.Names(), Cached: cached,
	}
}

// withoutModels is for commands that ask no model: they need no keys.
func withoutModels() config.Options {
	return config.Options{Sources: datasets.Names(), Cached: cached, NoModels: true}
}

func setFlag(c *cobra.Command, set *[]string) {
	c.Flags().StringArrayVar(set, "set", nil, "override a config key: key.path=value (repeatable)")
}

// atLeastOne refuses a number that was given and is below 1.
func atLeastOne(c *cobra.Command, flag string, n int) error {
	if c.Flags().Changed(flag) && n < 1 {
		return bench.Usagef("--%s %d: want at least 1", flag, n)
	}
	return nil
}

// formatOf refuses a --format that a command does not have.
func formatOf(value string, values ...string) error {
	if slices.Contains(values, value) {
		return nil
	}
	return bench.Usagef("--format %s: want one of %s", value, strings.Join(values, ", "))
}

// refuse reports a flag that was given and has no meaning beside another one.
func refuse(c *cobra.Command, beside string, flags ...string) error {
	i := slices.IndexFunc(flags, func(name string) bool { return c.Flags().Changed(name) })
	if i < 0 {
		return nil
	}
	return bench.Usagef("--%s does not go with --%s (see %s --help)", flags[i], beside,
		c.CommandPath())
}

// exactly is cobra.ExactArgs with a usage error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return bench.Usagef("%s takes %s (see %s --help)", c.Name(), what, c.CommandPath())
		}
		return nil
	}
}

func must(err error) {
	if err != nil { // a flag that does not exist: a mistake in this package
		panic(err)
	}
}
