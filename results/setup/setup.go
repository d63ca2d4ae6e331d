// Package setup says how runs were set up, and in what two of them differ: before anyone
// compares what came of them.
package setup

import (
	"context"
	"encoding/json"
	"fmt"

	"bench"
	"bench/internal/jsondiff"
	"bench/results"
)

// Source is where runs come from, such as a results.Store.
type Source interface {
	Run(ctx context.Context, id string) (results.Run, error)
	State(ctx context.Context, run string) (*bench.Run, error)
	Equipment(ctx context.Context, run string) ([]results.Equipment, error)
	Images(ctx context.Context, run string) ([]bench.Image, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

// document is all that a run was set up with. Prices are in its config, as it was
// resolved.
type document struct {
	Bench   string          `json:"bench"` // version
	Host    *bench.Host     `json:"host,omitempty"`
	Replay  *bench.Replay   `json:"replay,omitempty"`
	Import  string          `json:"imported,omitempty"`
	Config  json.RawMessage `json:"config,omitempty"`
	Dataset dataset         `json:"dataset"`
	// What agents were given, by configuration and role: of one role it is the same in all
	// trials, but for what a limit lowers.
	Prompts map[string]map[bench.Role][]string          `json:"prompts"`
	Tools   map[string]map[bench.Role][]json.RawMessage `json:"tools"`
	Images  map[string][]string                         `json:"images"` // digests by name
	Workers bench.Workers                               `json:"workers"`
	Limits  bench.Limits                                `json:"limits"` // of the run
}

type dataset struct {
	Source      string `json:"source"`
	Fingerprint string `json:"fingerprint"`
	// Tasks are hashes of the tasks as they were run, by their ids.
	Tasks map[string]bench.BodyHash `json:"tasks"`
}

// Diff returns in what two runs differ that they were set up with, by path.
func Diff(ctx context.Context, source Source, a, b string) ([]jsondiff.Difference, error) {
	old, err := of(ctx, source, a)
	if err != nil {
		return nil, err
	}
	now, err := of(ctx, source, b)
	if err != nil {
		return nil, err
	}
	return jsondiff.Of(old, now)
}

// of is how a run was set up, as JSON.
func of(ctx context.Context, source Source, id string) ([]byte, error) {
	r, err := source.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	state, err := source.State(ctx, id)
	if err != nil {
		return nil, err
	}
	h := state.Header
	d := document{
		Bench: r.Version, Host: h.Host, Replay: h.Replay, Import: h.Imported,
		Workers: r.Workers, Limits: r.Limits, Images: map[string][]string{},
		Dataset: dataset{h.DatasetSource, h.DatasetFingerprint, map[string]bench.BodyHash{}},
		Prompts: map[string]map[bench.Role][]string{},
		Tools:   map[string]map[bench.Role][]json.RawMessage{},
	}
	for _, t := range h.Tasks {
		d.Dataset.Tasks[t.InstanceID] = t.Row
	}
	text, err := source.Body(ctx, h.Config)
	if err != nil {
		return nil, err
	}
	d.Config = json.RawMessage(text)
	images, err := source.Images(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		d.Images[i.Name] = append(d.Images[i.Name], i.Digest)
	}
	if err := d.equip(ctx, source, id); err != nil {
		return nil, err
	}
	out, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode the set-up of run %s: %w", id, err)
	}
	return out, nil
}

// equip adds what agents were given.
func (d *document) equip(ctx context.Context, source Source, run string) error {
	all, err := source.Equipment(ctx, run)
	if err != nil {
		return err
	}
	for _, e := range all {
		prompt, err := source.Body(ctx, e.SystemPrompt)
		if err != nil {
			return err
		}
		tools, err := source.Body(ctx, e.Tools)
		if err != nil {
			return err
		}
		if d.Prompts[e.Configuration] == nil {
			d.Prompts[e.Configuration] = map[bench.Role][]string{}
			d.Tools[e.Configuration] = map[bench.Role][]json.RawMessage{}
		}
		prompts, schemas := d.Prompts[e.Configuration], d.Tools[e.Configuration]
		prompts[e.Role] = once(prompts[e.Role], string(prompt), func(a, b string) bool { return a == b })
		if len(tools) > 0 {
			schemas[e.Role] = once(schemas[e.Role], json.RawMessage(tools),
				func(a, b json.RawMessage) bool { return string(a) == string(b) })
		}
	}
	return nil
}

// once appends what is not in a list yet.
func once[T any](list []T, v T, same func(a, b T) bool) []T {
	for _, x := range list {
		if same(x, v) {
			return list
		}
	}
	return append(list, v)
}
