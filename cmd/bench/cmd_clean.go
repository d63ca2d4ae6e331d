package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"bench/internal/plural"
)

func newClean() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove sandboxes that dead runs left behind",
		Long: `Remove the containers and directories of sandboxes that dead runs left behind.
Those of runs under way stay. Without a Docker engine, only directories are
looked for.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			var (
				removed []string
				errs    []error
			)
			for _, p := range allPools() {
				pool, err := p.open(c.Context())
				if err != nil {
					fmt.Fprintf(c.ErrOrStderr(), "no %s is looked for: %v\n", p.sandboxes, err)
					continue
				}
				n, err := pool.Reap(c.Context())
				errs = append(errs, err, pool.Close())
				removed = append(removed, plural.Count(n, p.sandboxes))
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "removed: %s\n", strings.Join(removed, ", "))
			return errors.Join(append(errs, err)...)
		},
	}
}
