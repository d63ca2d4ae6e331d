package scripted

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"go.yaml.in/yaml/v4"
)

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

func (l latency) drawn() bool { return l.min != l.max }

// draw is a time between the bounds.
func (l latency) draw(seed uint64) time.Duration {
	if l.min == l.max {
		return l.min
	}
	return l.min + time.Duration(lot(seed)*float64(l.max-l.min))
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
