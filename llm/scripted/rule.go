package scripted

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// rule is one entry of the rules block.
type rule struct {
	When         when              `yaml:"when"`
	Say          *string           `yaml:"say"` // may be empty, for a model that says nothing
	Think        *thought          `yaml:"think"`
	Calls        []callSpec        `yaml:"calls"`
	Message      fields            `yaml:"message"` // put into the message of a chat completion
	Answer       fields            `yaml:"answer"`  // put into the whole answer
	ServedModel  string            `yaml:"served_model"`
	FinishReason anything          `yaml:"finish_reason"`
	Usage        usageSpec         `yaml:"usage"`
	Headers      map[string]string `yaml:"headers"`
	Body         *string           `yaml:"body"` // instead of the answer, as it is
	Before       string            `yaml:"before"`
	After        string            `yaml:"after"`
	Stream       *pacing           `yaml:"stream"`
	Break        *breakage         `yaml:"break"`
	Latency      *latency          `yaml:"latency"`
	Fault        *fault            `yaml:"fault"`
	Times        int               `yaml:"times"`
	Rate         *float64          `yaml:"rate"`

	line int
}

// UnmarshalYAML checks what the types cannot.
func (r *rule) UnmarshalYAML(n *yaml.Node) error {
	type plain rule
	if err := n.Load((*plain)(r), yaml.WithKnownFields()); err != nil {
		return err
	}
	r.line = n.Line
	r.FinishReason.orNull(n, "finish_reason")
	speaks := r.speaks()
	switch {
	case r.Fault != nil && (speaks || r.decorates()):
		return errors.New("a rule either speaks or has a fault")
	case r.Fault == nil && !speaks:
		return errors.New("a rule needs say, calls or fault")
	case r.Body != nil && (r.Say != nil || len(r.Calls) > 0):
		return errors.New("a rule has a body or says something, not both")
	case r.Rate != nil && (*r.Rate < 0 || *r.Rate > 1):
		return errors.New("rate is a share between 0 and 1")
	case r.Times < 0:
		return errors.New("times is a number of requests")
	}
	return r.FinishReason.textOrNull("finish_reason")
}

// speaks reports whether the rule gives an answer.
func (r *rule) speaks() bool {
	return r.Say != nil || r.Think != nil || r.Body != nil ||
		len(r.Calls)+len(r.Message)+len(r.Answer) > 0
}

// decorates reports whether the rule changes an answer.
func (r *rule) decorates() bool {
	return r.FinishReason.given || r.Usage != (usageSpec{}) || r.ServedModel != "" ||
		r.Before+r.After != "" || r.Stream != nil || r.Break != nil || len(r.Headers) > 0
}

// usageSpec is the usage a rule gives; nil is worked out.
type usageSpec struct {
	Input       *int64 `yaml:"input"`
	CachedInput *int64 `yaml:"cached_input"`
	CacheWrite  *int64 `yaml:"cache_write"`
	Output      *int64 `yaml:"output"`
	Reasoning   *int64 `yaml:"reasoning"`
	// Report is what the answer says instead of what is billed.
	Report *anything `yaml:"report"`
}

// UnmarshalYAML keeps a report of null apart from none.
func (u *usageSpec) UnmarshalYAML(n *yaml.Node) error {
	type plain usageSpec
	if err := n.Load((*plain)(u), yaml.WithKnownFields()); err != nil {
		return err
	}
	if u.Report == nil && hasKey(n, "report") {
		u.Report = &anything{given: true}
	}
	return nil
}

// thought is what the model thinks before it speaks.
type thought struct {
	Text      string  `yaml:"text"`
	Signature *string `yaml:"signature"` // default: one the server knows again
	Redacted  string  `yaml:"redacted"`  // instead of the text, what nobody can read
}

// UnmarshalYAML reads the short form, a text, and the long one.
func (t *thought) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Load(&t.Text)
	}
	type plain thought
	if err := n.Load((*plain)(t), yaml.WithKnownFields()); err != nil {
		return err
	}
	if t.Redacted != "" && t.Text != "" {
		return errors.New("a thought has a text or is redacted, not both")
	}
	return nil
}

// callSpec is a tool call the model makes.
type callSpec struct {
	ID        anything `yaml:"id"` // default: one of its own
	Tool      *string  `yaml:"tool"`
	Arguments args     `yaml:"arguments"`
	Raw       *string  `yaml:"raw"`   // instead of arguments, as it is
	Extra     fields   `yaml:"extra"` // put into the call, over what is there
}

// UnmarshalYAML checks what the types cannot.
func (c *callSpec) UnmarshalYAML(n *yaml.Node) error {
	type plain callSpec
	if err := n.Load((*plain)(c), yaml.WithKnownFields()); err != nil {
		return err
	}
	c.ID.orNull(n, "id")
	if c.Tool == nil {
		return errors.New("a call needs a tool")
	}
	if c.Raw != nil && c.Arguments.value != nil {
		return errors.New("a call has arguments or raw, not both")
	}
	return nil
}

// pacing is how an answer comes over the wire.
type pacing struct {
	Chunk     int      `yaml:"chunk"`      // bytes of text in one event; default 40
	Pause     latency  `yaml:"pause"`      // before every event but the first
	Comments  int      `yaml:"comments"`   // keep-alive comments before the first event
	KeepAlive duration `yaml:"keep_alive"` // one more whenever this long nothing was sent
	Comment   string   `yaml:"comment"`    // what they say; default keep-alive
	// Usage is when a chat stream reports it: asked (a chunk of its own, if the
	// request asks), always, or finish (in the chunk that has the finish reason).
	Usage string `yaml:"usage"`
}

var usageTimes = []string{"asked", "always", "finish"}

// UnmarshalYAML checks what the types cannot.
func (p *pacing) UnmarshalYAML(n *yaml.Node) error {
	type plain pacing
	if err := n.Load((*plain)(p), yaml.WithKnownFields()); err != nil {
		return err
	}
	switch {
	case p.Chunk < 0 || p.Comments < 0:
		return errors.New("chunk and comments are numbers from 0 up")
	case strings.ContainsAny(p.Comment, "\r\n"):
		return errors.New("a comment is one line")
	case p.Usage != "" && !slices.Contains(usageTimes, p.Usage):
		return fmt.Errorf("usage is one of %s", strings.Join(usageTimes, ", "))
	}
	return nil
}

// breakage ends an answer before it is whole. It is billed all the same.
type breakage struct {
	Kind string `yaml:"kind"`
	// After is how many events are sent before; more than there are means after
	// the last one, without the mark of the end. An answer that is no stream
	// breaks in its middle.
	After   int      `yaml:"after"`
	Message string   `yaml:"message"` // of an error
	Error   anything `yaml:"error"`   // the whole event of an error
}

// The kinds of breakage.
const (
	breakCut   = "cut"   // the connection breaks
	breakStall = "stall" // nothing more comes
	breakEnd   = "end"   // the answer ends as if it were whole
	breakError = "error" // an error takes the place of the rest
)

var breakKinds = []string{breakCut, breakStall, breakEnd, breakError}

// UnmarshalYAML checks what the types cannot.
func (b *breakage) UnmarshalYAML(n *yaml.Node) error {
	type plain breakage
	if err := n.Load((*plain)(b), yaml.WithKnownFields()); err != nil {
		return err
	}
	switch {
	case !slices.Contains(breakKinds, b.Kind):
		return fmt.Errorf("unknown break %q: want one of %s", b.Kind, strings.Join(breakKinds, ", "))
	case b.After < 0:
		return errors.New("after is a number of events")
	case b.Kind != breakError && (b.Message != "" || b.Error.given):
		return fmt.Errorf("a break of kind %s has no message and no error", b.Kind)
	}
	return nil
}

// hasKey reports whether a mapping has a key, also if its value is null.
func hasKey(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
