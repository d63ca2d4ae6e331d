// Package preds writes the patches of a run as predictions, which the official
// SWE-bench harness and others read.
package preds

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"bench/results"
	"bench/results/output"
)

// Output writes DIR/CONFIGURATION/preds.json for each configuration.
type Output struct{}

var _ output.Output = Output{}

// Name implements output.Output.
func (Output) Name() string { return "preds" }

// About implements output.Output.
func (Output) About() string {
	return `patches as predictions: for each configuration DIR/CONFIGURATION/preds.json,
an object by instance id with model_name_or_path and model_patch, which the
official harness and bench grade read`
}

// Write implements output.Output.
func (Output) Write(
	ctx context.Context, s *results.Store, run, dir string,
) (paths []string, err error) {
	configurations, err := s.Configurations(ctx, run)
	if err != nil {
		return nil, err
	}
	for _, c := range configurations {
		patches, err := s.Patches(ctx, run, c.Name)
		if err != nil {
			return paths, err
		}
		path := filepath.Join(dir, c.Name, "preds.json")
		if err := output.File(path, func(w io.Writer) error {
			return write(w, c.Name, patches)
		}); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// write writes the patches of one configuration: an object by instance id. Of
// several attempts at a task the last with a verdict counts, or the last of all
// if none has one.
func write(w io.Writer, name string, patches []results.Patch) error {
	type prediction struct {
		InstanceID string `json:"instance_id"`
		Model      string `json:"model_name_or_path"`
		Patch      string `json:"model_patch"`
	}
	judged := map[string]bool{}
	out := map[string]prediction{}
	for _, p := range patches { // in the order of attempts
		id := p.Key.InstanceID
		if judged[id] && p.Resolved == nil {
			continue
		}
		judged[id] = p.Resolved != nil
		out[id] = prediction{InstanceID: id, Model: name, Patch: p.Text}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}
