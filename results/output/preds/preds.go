// Package preds writes the patches of a run as predictions, which the official
// SWE-bench harness and others read.
package preds

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"bench"
	"bench/results"
	"bench/results/output"
)

// Output writes DIR/CONFIGURATION/preds.json for each configuration, or, of a run
// that planned several attempts, DIR/CONFIGURATION/attempt-N/preds.json for each.
type Output struct{}

var (
	_ output.Output  = Output{}
	_ output.Checker = Output{}
)

// Name implements output.Output.
func (Output) Name() string { return "preds" }

// About implements output.Output.
func (Output) About() string {
	return `patches as predictions: for each configuration DIR/CONFIGURATION/preds.json,
an object by instance id with model_name_or_path and model_patch, which the
official harness and bench grade read. Of a run with several attempts at
each task DIR/CONFIGURATION/attempt-N/preds.json, where model_name_or_path
is CONFIGURATION.attempt-N`
}

// Check implements output.Checker: imported trials may have come without patches.
func (Output) Check(ctx context.Context, s *results.Store, run string) error {
	r, err := s.Run(ctx, run)
	if err != nil || r.Imported == "" {
		return err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(trials, func(t results.Trial) bool { return t.HasPatch }) {
		return bench.Usagef("it was imported from %s, without patches", r.Imported)
	}
	return nil
}

// Set is the predictions of one configuration, of one planned attempt.
type Set struct {
	Dir           string // relative to that of the export
	Name          string // model_name_or_path
	Configuration string
	Attempt       int                      // from 1
	Patches       map[string]results.Patch // by instance
}

// Sets are the predictions of a run.
func Sets(ctx context.Context, s *results.Store, run string) (sets []Set, err error) {
	configurations, err := s.Configurations(ctx, run)
	if err != nil {
		return nil, err
	}
	attempts, err := output.Attempts(ctx, s, run)
	if err != nil {
		return nil, err
	}
	for _, c := range configurations {
		patches, err := s.Patches(ctx, run, c.Name)
		if err != nil {
			return nil, err
		}
		for i, of := range byAttempt(patches, attempts) {
			set := Set{Dir: c.Name, Name: c.Name, Configuration: c.Name, Attempt: i + 1, Patches: of}
			if attempts > 1 {
				below := fmt.Sprintf("attempt-%d", i+1)
				set.Dir, set.Name = filepath.Join(c.Name, below), c.Name+"."+below
			}
			sets = append(sets, set)
		}
	}
	return sets, nil
}

// Write implements output.Output.
func (Output) Write(
	ctx context.Context, s *results.Store, run, dir string,
) (paths []string, err error) {
	sets, err := Sets(ctx, s, run)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		path, err := set.Write(dir)
		if err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Write writes the predictions below a directory and returns the path of their file.
func (s Set) Write(dir string) (string, error) {
	path := filepath.Join(dir, s.Dir, "preds.json")
	return path, output.File(path, func(w io.Writer) error { return write(w, s.Name, s.Patches) })
}

// byAttempt returns the patches of each planned attempt, one for each instance
// that has any. An added attempt takes the place of the first one that has no
// verdict, in their order, or else of the last.
func byAttempt(patches []results.Patch, planned int) []map[string]results.Patch {
	sets := make([]map[string]results.Patch, planned)
	for i := range sets {
		sets[i] = map[string]results.Patch{}
	}
	for _, p := range patches { // in the order of attempts
		id, at := p.Key.InstanceID, p.Key.Attempt-1
		if at >= planned {
			at = slices.IndexFunc(sets, func(set map[string]results.Patch) bool {
				return set[id].Resolved == nil
			})
			if at < 0 || p.Resolved == nil && sets[at][id].Key.Attempt > 0 {
				continue
			}
		}
		sets[at][id] = p
	}
	return sets
}

// write writes patches of one name: an object by instance id.
func write(w io.Writer, name string, patches map[string]results.Patch) error {
	type prediction struct {
		InstanceID string `json:"instance_id"`
		Model      string `json:"model_name_or_path"`
		Patch      string `json:"model_patch"`
	}
	out := map[string]prediction{}
	for id, p := range patches {
		if !utf8.ValidString(p.Text) {
			return fmt.Errorf("the patch of %s is not UTF-8, which JSON cannot hold: "+
				"it was made by a version of bench before patches were", p.Key)
		}
		out[id] = prediction{InstanceID: id, Model: name, Patch: p.Text}
	}
	if err := output.JSON(w, out); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}
