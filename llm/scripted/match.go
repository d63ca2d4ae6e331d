package scripted

import (
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// when are the conditions of a rule; absent ones hold.
type when struct {
	Model         pattern `yaml:"model"`
	Role          pattern `yaml:"role"`
	Configuration pattern `yaml:"configuration"`
	Task          pattern `yaml:"task"`
	Agent         pattern `yaml:"agent"`
	Turn          *int    `yaml:"turn"`
	Last          pattern `yaml:"last"`
	Conversation  pattern `yaml:"conversation"`
}

// question is a request and who asks. Texts are decoded when first needed.
type question struct {
	*request
	dialect *dialect
	script  *Script
	speaker map[string]string // by condition; absent headers are absent
	turns   int

	lastText, allText *string
	taken             []turn
	input             []item
}

// speakerHeaders are the headers behind the conditions of the same name.
var speakerHeaders = map[string]string{
	"configuration": "X-Bench-Configuration",
	"task":          "X-Bench-Instance",
	"attempt":       "X-Bench-Attempt",
	"role":          "X-Bench-Role",
	"agent":         "X-Bench-Agent",
}

func (s *Script) ask(d *dialect, q *request, h http.Header) *question {
	speaker := make(map[string]string, len(speakerHeaders))
	for name, header := range speakerHeaders {
		if v := h.Get(header); v != "" {
			speaker[name] = v
		}
	}
	return &question{request: q, dialect: d, script: s, speaker: speaker, turns: q.turn()}
}

func (q *question) lastSaid() string {
	if q.lastText == nil {
		s := q.last()
		q.lastText = &s
	}
	return *q.lastText
}

func (q *question) allSaid() string {
	if q.allText == nil {
		s := q.everything()
		q.allText = &s
	}
	return *q.allText
}

// conversation names the conversation the request belongs to: by its speaker
// where the client says who that is, or else by how it began.
func (q *question) conversation() uint64 {
	if len(q.speaker) > 0 {
		return mix(0, q.model, q.speaker["configuration"], q.speaker["task"],
			q.speaker["attempt"], q.speaker["role"], q.speaker["agent"])
	}
	h := mix(0, q.model)
	for i := 0; i < min(2, len(q.messages)); i++ {
		h = mix(h, string(q.messages[i].raw))
	}
	return h
}

// identity names the request within everything the server will see: its
// conversation and turn, and without a speaker its whole content.
func (q *question) identity() uint64 {
	h := mix(q.conversation(), strconv.Itoa(q.turns))
	if len(q.speaker) == 0 {
		table := crc32.MakeTable(crc32.Castagnoli)
		var sum uint32
		for _, m := range q.messages {
			sum = crc32.Update(sum, table, m.raw)
		}
		h = mix(h, strconv.FormatUint(uint64(sum), 16))
	}
	return h
}

// mix hashes texts on top of a seed. It must not change: what scripts draw
// depends on it.
func mix(seed uint64, texts ...string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for i := range b {
		b[i] = byte(seed >> (8 * i))
	}
	h.Write(b[:])
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// lot draws a number in [0, 1) from a seed.
func lot(seed uint64) float64 {
	z := seed + 0x9e3779b97f4a7c15 // splitmix64, to spread what FNV leaves close
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return float64((z^(z>>31))>>11) / (1 << 53)
}

// failing returns the conditions of w that do not hold for q. With all unset it
// stops at the first one, so that dear conditions are looked at last.
func (w *when) failing(q *question, all bool) []string {
	var out []string
	short := func() bool { return len(out) > 0 && !all }
	plain := []struct {
		name string
		p    pattern
	}{
		{"configuration", w.Configuration}, {"task", w.Task},
		{"role", w.Role}, {"agent", w.Agent},
	}
	if w.Turn != nil && *w.Turn != q.turns {
		out = append(out, fmt.Sprintf("turn is %d, not %d", q.turns, *w.Turn))
	}
	if !short() && w.Model.re != nil && !w.Model.re.MatchString(q.model) {
		out = append(out, fmt.Sprintf("model %q does not match %s", q.model, w.Model.re))
	}
	for _, c := range plain {
		if c.p.re == nil || short() {
			continue
		}
		value, given := q.speaker[c.name]
		if !given && c.p.re.String() != ".*" {
			out = append(out, fmt.Sprintf("the request does not say its %s", c.name))
		} else if given && !c.p.re.MatchString(value) {
			out = append(out, fmt.Sprintf("%s %q does not match %s", c.name, value, c.p.re))
		}
	}
	if !short() && w.Last.re != nil && !w.Last.re.MatchString(q.lastSaid()) {
		out = append(out, fmt.Sprintf("what was said last does not match %s", w.Last.re))
	}
	if !short() && w.Conversation.re != nil && !w.Conversation.re.MatchString(q.allSaid()) {
		out = append(out, fmt.Sprintf("the conversation does not match %s", w.Conversation.re))
	}
	return out
}

// unmatched explains why no rule speaks.
func (s *Script) unmatched(q *question) string {
	var b strings.Builder
	fmt.Fprintf(&b, "no rule matches: model %q, turn %d", q.model, q.turns)
	for _, name := range []string{"role", "configuration", "task", "agent"} {
		if v, given := q.speaker[name]; given {
			fmt.Fprintf(&b, ", %s %q", name, v)
		}
	}
	fmt.Fprintf(&b, ", last said %q", shorten(q.lastSaid(), 120))
	nearest, fails := 0, []string(nil)
	for i := range s.rules {
		f := s.rules[i].When.failing(q, true)
		if i == 0 || len(f) < len(fails) {
			nearest, fails = i, f
		}
	}
	why := strings.Join(fails, "; ")
	if why == "" {
		why = "its times are used up or its rate did not draw it"
	}
	fmt.Fprintf(&b, "; nearest is rule %d (line %d): %s", nearest+1, s.rules[nearest].line, why)
	return b.String()
}

func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
