package main

import (
	"fmt"
	"strings"

	"bench"

	"github.com/spf13/cobra"

	"bench/llm/scripted"
)

func newSimulate() *cobra.Command {
	var script, listen, strict string
	c := &cobra.Command{
		Use:   "simulate --script FILE",
		Short: "Serve a script as the endpoint of a provider",
		Long: `Serve a script as the endpoint of a provider until interrupted.

It answers POST /v1/chat/completions, /v1/messages and /v1/responses, plain and
streaming, and GET /v1/models; GET /ledger returns what it has billed. The
address is printed first. With --strict it refuses what a real server refuses.
docs/scripted.md says what a script can do.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := scripted.Load(script)
			if err != nil {
				return bench.UsageError(err)
			}
			if strict != "" {
				if err := s.BeStrict(strict); err != nil {
					return bench.UsageError(fmt.Errorf("--strict: %w", err))
				}
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
	c.Flags().StringVar(&strict, "strict", "",
		"refuse what this server refuses: "+strings.Join(scripted.StrictServers(), ", "))
	must(c.MarkFlagRequired("script"))
	return c
}
