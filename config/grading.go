package config

import (
	"bench/internal/strictyaml"
)

// Grading returns what is known without a file: defaults, and the flags. It is
// for commands that judge patches or logs and ask no model, so there are neither
// models nor configurations. The error is of type Errors.
func Grading(o Options) (*Config, error) {
	tree := &strictyaml.Node{Kind: strictyaml.Mapping}
	var errs Errors
	for i, f := range o.Flags {
		errs = append(errs, f.apply(tree, i+1)...)
	}
	l := &loader{opts: o, cfg: new(Config)} // paths stay relative to the working directory
	l.Synonyms, l.Missing, l.Choices = synonyms(), missing(), choices()
	var known struct {
		Dataset Dataset `json:"dataset" jsonschema:"required"`
		Workers Workers `json:"workers,omitzero"`
		Sandbox Sandbox `json:"sandbox,omitzero"`
		Scoring Scoring `json:"scoring,omitzero"`
	}
	l.Decode(tree, &known)
	l.cfg.Dataset, l.cfg.Workers = known.Dataset, known.Workers
	l.cfg.Sandbox, l.cfg.Scoring = known.Sandbox, known.Scoring
	l.checkDataset()
	l.checkSandbox()
	if errs = append(errs, l.mistakes()...); len(errs) > 0 {
		return nil, errs.Sorted()
	}
	return l.cfg, nil
}
