package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"bench/config"
	"bench/datasets"
	"bench/llm/pricing"
)

// loadConfig reads a config with what only the command line knows.
func loadConfig(path string, set []string) (*config.Config, error) {
	return config.Load(path, config.Options{
		Prices: pricing.Lookup, Set: set, Sources: datasets.Names(),
		Cached: cached,
	})
}

func newValidate() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a config and the tasks it selects, run nothing",
		Args:  exactly(1, "one config file"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(args[0], set)
			if err != nil {
				return err
			}
			tasks, err := loadTasks(c.Context(), cfg)
			if err != nil {
				return err
			}
			if err := canBeRun(cfg, tasks.Tasks); err != nil {
				return err
			}
			n := len(cfg.Configurations)
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is valid: %s × %s × %s = %s%s\n", args[0],
				several(len(tasks.Tasks), "task"), several(n, "configuration"),
				several(cfg.Attempts, "attempt"), several(len(tasks.Tasks)*n*cfg.Attempts, "trial"),
				excluded(tasks))
			return err
		},
	}
	setFlag(c, &set)
	return c
}

func setFlag(c *cobra.Command, set *[]string) {
	c.Flags().StringArrayVar(set, "set", nil, "override a config key: key.path=value (repeatable)")
}

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of configs, for editors",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}
