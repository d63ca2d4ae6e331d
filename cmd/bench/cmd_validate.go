package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"bench/internal/plural"
)

func newValidate() *cobra.Command {
	var f configFlags
	c := &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a config and the tasks it selects, run nothing",
		Args:  exactly(1, "one config file"),
		RunE: func(c *cobra.Command, args []string) error {
			f.path = args[0]
			cfg, err := f.load(c, forRuns())
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
				plural.Count(len(tasks.Tasks), "task"), plural.Count(n, "configuration"),
				plural.Count(cfg.Attempts, "attempt"), plural.Count(len(tasks.Tasks)*n*cfg.Attempts, "trial"),
				excluded(tasks))
			return err
		},
	}
	setFlag(c, &f.set)
	return c
}
