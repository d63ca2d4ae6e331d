// Package otlp writes the trials of a run as traces of OpenTelemetry, to a file or to an
// endpoint: OTLP as JSON, with the attributes that its conventions have for generative
// AI (version 1.41) and, below bench., those that they lack.
//
//  1. A trial is a trace. Below its root are its phases, in that of solving the agents,
//     and in these model calls, tool calls, and the work of sidekicks (spans.go).
//  2. types.go is the protocol; send.go sends it, as the standard environment variables
//     say.
//
// What was said is not in a trace.
package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/output"
)

// Output writes DIR/traces.jsonl, a line for each trial, as OpenTelemetry's exporters
// to files do.
type Output struct {
	Getenv func(string) string // the environment; os.Getenv
	wait   time.Duration       // before a document is sent again; 0: a second
}

var (
	_ output.Output  = Output{}
	_ output.Checker = Output{}
	_ output.Sender  = Output{}
)

// Name implements output.Output.
func (Output) Name() string { return "otlp" }

// About implements output.Output.
func (Output) About() string {
	return `traces of OpenTelemetry as JSON, a line for each trial in
DIR/traces.jsonl, with its attributes for generative AI: agents, model calls,
tool calls, delegations, usage and cost, but nothing that was said. With
--send they go to OTEL_EXPORTER_OTLP_ENDPOINT instead`
}

// Check implements output.Checker.
func (Output) Check(ctx context.Context, s *results.Store, run string) error {
	return output.RanHere(ctx, s, run)
}

// Write implements output.Output.
func (o Output) Write(
	ctx context.Context, s *results.Store, run, dir string,
) ([]string, error) {
	path := filepath.Join(dir, "traces.jsonl")
	err := output.File(path, func(w io.Writer) error {
		return o.each(ctx, s, run, func(line []byte, _ int) error {
			_, err := w.Write(append(line, '\n'))
			return err
		})
	})
	return []string{path}, err
}

// mostSpans is how many spans are in one document at most.
const mostSpans = 2000

// each makes documents of the trials that have begun, and tells how many spans are in
// each.
func (o Output) each(
	ctx context.Context, s *results.Store, run string, f func(document []byte, spans int) error,
) error {
	r, err := s.Run(ctx, run)
	if err != nil {
		return err
	}
	res, err := o.resource(r)
	if err != nil {
		return err
	}
	trials, err := s.Trials(ctx, run)
	if err != nil {
		return err
	}
	for _, t := range trials {
		d, err := s.Detail(ctx, run, t.Key)
		if err != nil {
			return err
		}
		for spans := range slices.Chunk(spansOf(d), mostSpans) {
			document, err := encode(r, res, spans)
			if err != nil {
				return fmt.Errorf("trace of %s: %w", t.Key, err)
			}
			if err := f(document, len(spans)); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode writes spans as a document on one line.
func encode(r results.Run, res resource, spans []span) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(tracesData{[]resourceSpans{{
		Resource:   res,
		ScopeSpans: []scopeSpans{{scope{"bench", r.Version}, spans}},
		SchemaURL:  "https://opentelemetry.io/schemas/1.41.0",
	}}})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// resource is what all spans are of: this run of bench, under the name and with the
// attributes that the environment gives it.
func (o Output) resource(r results.Run) (resource, error) {
	given, err := pairs("OTEL_RESOURCE_ATTRIBUTES", o.Getenv("OTEL_RESOURCE_ATTRIBUTES"))
	if err != nil {
		return resource{}, err
	}
	name := "bench"
	var a attributes
	for _, p := range given {
		if p[0] == "service.name" {
			name = p[1]
		} else {
			a.text(p[0], p[1])
		}
	}
	if own := o.Getenv("OTEL_SERVICE_NAME"); own != "" {
		name = own
	}
	a.text("service.name", name)
	a.text("service.version", r.Version)
	a.text("bench.run.id", r.ID)
	a.text("bench.run.name", r.Name)
	a.yes("bench.simulated", r.Simulated)
	return resource{a}, nil
}

// pairs reads key=value,key=value with values in percent-encoding. What is wrong is
// not shown: it may hold a key.
func pairs(variable, text string) (out [][2]string, err error) {
	for i, part := range strings.Split(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !ok || key == "" || err != nil {
			return nil, bench.Usagef("%s: part %d is not key=value with %%-encoded characters",
				variable, i+1)
		}
		out = append(out, [2]string{key, value})
	}
	return out, nil
}
