package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bench/config"
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
			tasks, err := loadTasks(c, cfg)
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
			return errors.Join(err, printProtocols(c.OutOrStdout(), cfg), pricesTaken(c.OutOrStdout(),
				cfg, true))
		},
	}
	setFlag(c, &f.set)
	return c
}

// protocolNames are what users call the protocols.
var protocolNames = map[config.API]string{
	config.APIChat: "chat completions", config.APIResponses: "OpenAI's Responses",
	config.APIMessages: "Anthropic's Messages",
}

// printProtocols says how models are asked, where that is not self-evident.
func printProtocols(w io.Writer, cfg *config.Config) error {
	for _, m := range cfg.UsedModels() {
		at := m.Value.BaseURL
		if m.Value.Provider == config.Scripted {
			if m.Value.Protocol == config.APIChat {
				continue
			}
			at = m.Value.Script
		}
		_, err := fmt.Fprintf(w, "model %s: %s by %s at %s\n",
			m.Name, m.Value.Model, protocolNames[m.Value.Protocol], at)
		if err != nil {
			return err
		}
	}
	return nil
}
