package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"bench/internal/plural"
	"bench/sandbox/docker"
)

func newClean() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove containers that dead runs left behind",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			pool, err := docker.New(c.Context(), docker.Options{})
			if err != nil {
				return err
			}
			defer pool.Close()
			n, err := pool.Reap(c.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "removed: %s\n", plural.Count(n, "container"))
			return err
		},
	}
}
