package scripted

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

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

// Error is one mistake in a script.
type Error struct {
	File      string
	Line, Col int
	Text      string
}

func (e Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Text)
}

// Errors are all mistakes of a script, in the order of its lines.
type Errors []Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
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
	}
	if err := yaml.Load(data, &f, yaml.WithKnownFields()); err != nil {
		return nil, convert(name, err)
	}
	if len(f.Rules) == 0 {
		return nil, Errors{{File: name, Line: 1, Col: 1, Text: "a script needs rules"}}
	}
	s := &Script{seed: f.Seed, models: f.Models, captures: f.Captures, rules: f.Rules}
	s.draws = slices.ContainsFunc(s.rules, func(r rule) bool {
		return r.Rate != nil || r.Latency != nil && r.Latency.min != r.Latency.max
	})
	for _, m := range s.models {
		s.draws = s.draws || m.Latency.min != m.Latency.max
	}
	return s, nil
}

// modelSpec is an entry of the models block.
type modelSpec struct {
	Price   *priceSpec `yaml:"price"`
	Latency latency    `yaml:"latency"`
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

// rule is one entry of the rules block.
type rule struct {
	When         when       `yaml:"when"`
	Say          *string    `yaml:"say"` // may be empty, for a model that says nothing
	Calls        []callSpec `yaml:"calls"`
	Usage        usageSpec  `yaml:"usage"`
	Latency      *latency   `yaml:"latency"`
	FinishReason string     `yaml:"finish_reason"`
	Fault        *fault     `yaml:"fault"`
	Times        int        `yaml:"times"`
	Rate         *float64   `yaml:"rate"`

	line int
}

// UnmarshalYAML checks what the types cannot.
func (r *rule) UnmarshalYAML(n *yaml.Node) error {
	type plain rule
	if err := n.Load((*plain)(r), yaml.WithKnownFields()); err != nil {
		return err
	}
	r.line = n.Line
	speaks := r.Say != nil || len(r.Calls) > 0 || r.FinishReason != "" || r.Usage != usageSpec{}
	switch {
	case r.Fault != nil && speaks:
		return errors.New("a rule either speaks or has a fault")
	case r.Fault == nil && r.Say == nil && len(r.Calls) == 0:
		return errors.New("a rule needs say, calls or fault")
	case r.Rate != nil && (*r.Rate < 0 || *r.Rate > 1):
		return errors.New("rate is a share between 0 and 1")
	case r.Times < 0:
		return errors.New("times is a number of requests")
	}
	return nil
}

// usageSpec is the usage a rule gives; nil is worked out.
type usageSpec struct {
	Input       *int64 `yaml:"input"`
	CachedInput *int64 `yaml:"cached_input"`
	CacheWrite  *int64 `yaml:"cache_write"`
	Output      *int64 `yaml:"output"`
	Reasoning   *int64 `yaml:"reasoning"`
}

// callSpec is a tool call the model makes.
type callSpec struct {
	Tool      string `yaml:"tool"`
	Arguments args   `yaml:"arguments"`
	Raw       string `yaml:"raw"` // instead of arguments, as it is
}

// UnmarshalYAML checks what the types cannot.
func (c *callSpec) UnmarshalYAML(n *yaml.Node) error {
	type plain callSpec
	if err := n.Load((*plain)(c), yaml.WithKnownFields()); err != nil {
		return err
	}
	if c.Tool == "" {
		return errors.New("a call needs a tool")
	}
	if c.Raw != "" && c.Arguments.value != nil {
		return errors.New("a call has arguments or raw, not both")
	}
	return nil
}

// args are the arguments of a call, any mapping.
type args struct{ value map[string]any }

// UnmarshalYAML makes sure that the arguments can be written as JSON.
func (a *args) UnmarshalYAML(n *yaml.Node) error {
	if err := n.Load(&a.value); err != nil {
		return err
	}
	if _, err := json.Marshal(a.value); err != nil {
		return fmt.Errorf("arguments are no JSON object: %w", err)
	}
	return nil
}

// pattern is a regular expression.
type pattern struct{ re *regexp.Regexp }

// UnmarshalYAML compiles the expression.
func (p *pattern) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return errors.New("want a regular expression")
	}
	re, err := regexp.Compile(n.Value)
	if err != nil {
		return err
	}
	p.re = re
	return nil
}

// capture finds a text in the conversation: its first group, or all of it.
type capture struct {
	Regex pattern `yaml:"regex"`
	Scope string  `yaml:"scope"` // conversation (system and user messages) or last
	// Default stands where there is nothing to find; without one that is a mistake.
	Default *string `yaml:"default"`
}

// UnmarshalYAML reads the short form, a regular expression, and the long one.
func (c *capture) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		c.Scope = "conversation"
		return c.Regex.UnmarshalYAML(n)
	}
	type plain capture
	if err := n.Load((*plain)(c), yaml.WithKnownFields()); err != nil {
		return err
	}
	if c.Scope = cmp.Or(c.Scope, "conversation"); c.Scope != "conversation" && c.Scope != "last" {
		return errors.New("scope is conversation or last")
	}
	if c.Regex.re == nil {
		return errors.New("a capture needs a regex")
	}
	return nil
}

// latency is how long an answer takes: the same always, or drawn.
type latency struct{ min, max time.Duration }

// UnmarshalYAML reads 120ms or {min: 100ms, max: 2s}.
func (l *latency) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		d, err := time.ParseDuration(n.Value)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is no duration like 120ms", n.Value)
		}
		l.min, l.max = d, d
		return nil
	}
	var r struct {
		Min duration `yaml:"min"`
		Max duration `yaml:"max"`
	}
	if err := n.Load(&r, yaml.WithKnownFields()); err != nil {
		return err
	}
	if r.Max < r.Min {
		return errors.New("min is above max")
	}
	l.min, l.max = time.Duration(r.Min), time.Duration(r.Max)
	return nil
}

type duration time.Duration

// UnmarshalYAML reads a Go duration.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no duration like 120ms", n.Value)
	}
	*d = duration(v)
	return nil
}

var (
	unknownField = regexp.MustCompile(`^field (\S+) not found in type .+$`)
	wrongType    = regexp.MustCompile("^cannot construct !!(\\S+)(?: `(.*)`)? into (.+)$")
)

// convert turns the decoder's errors into ours.
func convert(file string, err error) error {
	var all *yaml.LoadErrors
	var one *yaml.LoadError
	switch {
	case errors.As(err, &all):
		out := make(Errors, len(all.Errors))
		for i, e := range all.Errors {
			out[i] = position(file, e)
		}
		slices.SortStableFunc(out, func(a, b Error) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
		})
		return out
	case errors.As(err, &one):
		return Errors{position(file, one)}
	}
	return Errors{{File: file, Line: 1, Col: 1, Text: err.Error()}}
}

func position(file string, e *yaml.LoadError) Error {
	return Error{
		File: file, Line: max(1, e.Mark.Line), Col: max(1, e.Mark.Column), Text: plainWords(e.Message),
	}
}

func plainWords(message string) string {
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown key %q", m[1])
	}
	if m := wrongType.FindStringSubmatch(message); m != nil {
		return strings.TrimSpace(
			fmt.Sprintf("want %s, not %s %s", typeWord(m[3]), yamlWord(m[1]), m[2]))
	}
	return message
}

func typeWord(goType string) string {
	switch {
	case strings.HasPrefix(goType, "int"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "string":
		return "a text"
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	}
	return "a mapping"
}

func yamlWord(tag string) string {
	switch tag {
	case "seq":
		return "a list"
	case "map":
		return "a mapping"
	case "str":
		return "the text"
	}
	return "the " + tag
}
