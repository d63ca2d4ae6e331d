package config_test

import (
	"slices"
	"strings"
	"testing"

	"bench/config"
)

// TestGrading: without a file there are the defaults and the flags.
func TestGrading(t *testing.T) {
	t.Parallel()
	dataset := config.Assign("--dataset", "dataset.path", "testdata/good/minimal.yaml")
	c, err := config.Grading(config.Options{Flags: []config.Assignment{
		dataset, config.Assign("--instances", "dataset.ids", []string{"42"}),
		config.Assign("--timeout", "scoring.timeout", "90s"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Dataset.Path != "testdata/good/minimal.yaml" || !slices.Equal(c.Dataset.IDs, []string{"42"}) ||
		c.Scoring.Timeout.String() != "1m30s" || c.Scoring.Rules != "v5" ||
		c.Scoring.Network != "auto" || c.Sandbox.Kind != config.Docker || c.Workers.Grading != 2 {
		t.Errorf("got %+v", c)
	}
	_, err = config.Grading(config.Options{Flags: []config.Assignment{
		dataset, config.Assign("--filter", "dataset.filter", "("),
	}})
	if err == nil || !strings.HasPrefix(err.Error(), "--filter (: dataset.filter: expected a regular") {
		t.Errorf("got %v", err)
	}
	if _, err := config.Grading(config.Options{}); err == nil ||
		!strings.Contains(err.Error(), `missing key "dataset"`) {
		t.Errorf("got %v", err)
	}
}
