package main

import (
	"fmt"

	"bench"

	"github.com/spf13/cobra"

	"bench/llm/scripted"
)

func newSimulate() *cobra.Command {
	var script, listen string
	c := &cobra.Command{
		Use:   "simulate --script FILE",
		Short: "Serve a script as an OpenAI-compatible endpoint",
		Long: `Serve a script as an OpenAI-compatible endpoint until interrupted.

It answers POST /v1/chat/completions (plain and streaming) and GET /v1/models;
GET /ledger returns what it has billed. The address is printed first.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := scripted.Load(script)
			if err != nil {
				return bench.UsageError(err)
			}
			server := scripted.New(s, scripted.Options{})
			url, err := server.Start(listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w", listen, err)
			}
			fmt.Fprintln(c.OutOrStdout(), url)
			<-c.Context().Done()
			return server.Close()
		},
	}
	c.Flags().StringVar(&script, "script", "", "YAML file that says what is answered")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address; port 0 picks a free one")
	must(c.MarkFlagRequired("script"))
	return c
}
