package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"bench/sandbox"

	"github.com/spf13/cobra"
)

// version is set by the Makefile; `go run` and `go install` leave it empty.
var version string

// versionString is what runs record: the release, or the commit built from.
func versionString() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of bench, Go and the Docker engine",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "bench %s %s %s/%s\ndocker %s\n",
				versionString(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
				engineVersion(c.Context()))
			return err
		},
	}
}

// engineVersion is the version of the engine, or why there is none.
func engineVersion(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	pool, err := openEngine(ctx)
	if err != nil {
		return "unavailable: " + err.Error()
	}
	defer pool.Close()
	engine, ok := pool.(sandbox.Versioner)
	if !ok {
		return "unknown"
	}
	v, err := engine.Version(ctx)
	if err != nil {
		return "unavailable: " + err.Error()
	}
	return v
}
