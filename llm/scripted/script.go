package scripted

import (
	"os"
	"slices"

	"go.yaml.in/yaml/v4"

	"bench"
)

// Script is a parsed script.
type Script struct {
	seed     int64
	models   map[string]modelSpec
	captures map[string]capture
	rules    []rule
	draws    bool // some rule draws lots
	strict   *manners
	text     string // as it was written
}

// Models returns the names of the models the script declares, sorted.
func (s *Script) Models() []string {
	names := make([]string, 0, len(s.models))
	for name := range s.models {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Price returns what a declared model costs. A class the script does not price
// is not billed, nor ever reported.
func (s *Script) Price(model string) (bench.Price, bool) {
	m, ok := s.models[model]
	if !ok || m.Price == nil {
		return bench.Price{}, false
	}
	return m.Price.price(model), true
}

// Load reads a script from a file.
func Load(path string) (*Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a script. The error of a bad one is Errors.
func Parse(name string, data []byte) (*Script, error) {
	var f struct {
		Seed     int64                `yaml:"seed"`
		Models   map[string]modelSpec `yaml:"models"`
		Captures map[string]capture   `yaml:"captures"`
		Rules    []rule               `yaml:"rules"`
		Strict   strictness           `yaml:"strict"`
	}
	if err := yaml.Load(data, &f, yaml.WithKnownFields()); err != nil {
		return nil, convert(name, err)
	}
	if len(f.Rules) == 0 {
		return nil, Errors{{File: name, Line: 1, Col: 1, Text: "a script needs rules"}}
	}
	s := &Script{seed: f.Seed, models: f.Models, captures: f.Captures, rules: f.Rules,
		strict: f.Strict.manners, text: string(data)}
	s.draws = slices.ContainsFunc(s.rules, func(r rule) bool {
		return r.Rate != nil || r.Latency != nil && r.Latency.drawn() ||
			r.Stream != nil && r.Stream.Pause.drawn()
	})
	for _, m := range s.models {
		s.draws = s.draws || m.Latency.drawn() || m.Stream.Pause.drawn()
	}
	return s, nil
}

// modelSpec is an entry of the models block.
type modelSpec struct {
	Price   *priceSpec `yaml:"price"`
	Latency latency    `yaml:"latency"`
	Stream  pacing     `yaml:"stream"`
	Strict  strictness `yaml:"strict"`
}

// strictness is the server that a model is as strict as, or nil.
func (s *Script) strictness(model string) *manners {
	if m := s.models[model].Strict.manners; m != nil {
		return m
	}
	return s.strict
}

// BeStrict makes the server refuse what a real one refuses, for all models; see
// StrictServers.
func (s *Script) BeStrict(server string) error {
	m, err := strictServer(server)
	if err != nil {
		return err
	}
	s.strict = m
	for name, spec := range s.models {
		spec.Strict.manners = m
		s.models[name] = spec
	}
	return nil
}

// defaultChunk is how many bytes of text an event of a stream has.
const defaultChunk = 40

// pacing is how the answer of a rule comes over the wire.
func (s *Script) pacing(r *rule, model string) pacing {
	p := s.models[model].Stream
	if r.Stream != nil {
		p = *r.Stream
	}
	if p.Chunk == 0 {
		p.Chunk = defaultChunk
	}
	if m := s.strictness(model); m != nil && p.Usage == "" {
		p.Usage = m.usage
	}
	return p
}

// priceSpec is USD per million tokens; an absent class does not exist.
type priceSpec struct {
	Input       float64  `yaml:"input"`
	CachedInput *float64 `yaml:"cached_input"`
	CacheWrite  *float64 `yaml:"cache_write"`
	Output      float64  `yaml:"output"`
}

func (p *priceSpec) price(model string) bench.Price {
	out := bench.Price{ID: "script/" + model, Rates: bench.Rates{
		Input: bench.PerMillion(p.Input), Output: bench.PerMillion(p.Output),
	}}
	if p.CachedInput != nil {
		out.CachedInput = bench.PerMillion(*p.CachedInput)
	}
	if p.CacheWrite != nil {
		out.CacheWrite = bench.PerMillion(*p.CacheWrite)
	}
	return out
}
