package main

import (
	"errors"
	"fmt"

	"bench"

	"github.com/spf13/cobra"

	"bench/datasets"
	"bench/datasets/hub"
)

func newDatasetPull() *cobra.Command {
	var split string
	c := &cobra.Command{
		Use:   "pull NAME[@REVISION]",
		Short: "Fetch a dataset from Hugging Face into the cache",
		Long: `Fetch a dataset from Hugging Face into the cache.

Afterwards dataset.source: NAME needs no path and no network, and NAME@REVISION
means that revision. The revision is a branch, a tag or a commit; the default is
main, as it is now. A download that broke off is carried on, and every file is
compared with its checksum.

HF_ENDPOINT names another server, HF_TOKEN a token for datasets that ask for
one, and BENCH_CACHE another directory for the cache.`,
		Args: exactly(1, "one dataset"),
		RunE: func(c *cobra.Command, args []string) error {
			say := func(format string, a ...any) { fmt.Fprintf(c.ErrOrStderr(), format+"\n", a...) }
			known, revision, ok := datasets.Lookup(args[0])
			if !ok {
				return bench.Usagef("no dataset is called %s: see bench dataset list", args[0])
			}
			if revision == "" {
				revision = "main"
			}
			if !c.Flags().Changed("split") {
				split = known.Split
			} else if split == "all" {
				split = ""
			}
			h, err := hub.New(say)
			if err != nil {
				return err
			}
			m, err := h.Pull(c.Context(), known, revision, split)
			if errors.Is(err, bench.ErrInterrupted) {
				return fmt.Errorf("pull %s: %w; the next pull resumes it", args[0], err)
			}
			if err != nil {
				return fmt.Errorf("pull %s: %w", args[0], err)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), m.Dir)
			return err
		},
	}
	c.Flags().StringVar(&split, "split", "", "only this split, or all "+
		"(default: the one that the dataset's results are reported on)")
	return c
}
