package scripted

import (
	"bytes"
	"maps"
	"regexp"

	"bench"
)

// Ledger is what a server has billed. Faults and requests no rule answers cost
// nothing.
type Ledger struct {
	Totals
	Models    map[string]Totals `json:"models"`
	Faults    map[string]int64  `json:"faults"` // by kind; status faults as status_429
	Unmatched int64             `json:"unmatched"`
}

// Totals sums billed calls. Every call is rounded to the nano-dollar as
// bench.Usage.Cost does it.
type Totals struct {
	Calls    int64       `json:"calls"`
	Usage    bench.Usage `json:"usage"`
	CostNano int64       `json:"cost_nano_usd"`
	CostUSD  float64     `json:"cost_usd"`
}

// Cost is what the calls cost.
func (t Totals) Cost() bench.USD { return bench.USD(t.CostNano) }

func (t Totals) add(u bench.Usage, cost bench.USD) Totals {
	t.Calls++
	t.Usage = t.Usage.Add(u)
	t.CostNano += int64(cost)
	t.CostUSD = bench.USD(t.CostNano).Float()
	return t
}

// Ledger returns what has been billed so far.
func (s *Server) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledger
	l.Models, l.Faults = maps.Clone(l.Models), maps.Clone(l.Faults)
	return l
}

func (s *Server) bill(r *reply, seen []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	price, _ := s.script.Price(r.model)
	cost := r.usage.Cost(price)
	s.ledger.Totals = s.ledger.add(r.usage, cost)
	s.ledger.Models[r.model] = s.ledger.Models[r.model].add(r.usage, cost)
	for _, h := range seen {
		s.seen[h] = struct{}{}
	}
}

func (s *Server) countFault(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.Faults[name]++
}

// cacheBlock and cacheLeast are how common prompt caches work: whole blocks,
// and nothing for short prompts.
const (
	cacheBlock = 128
	cacheLeast = 1024
	tokenBytes = 4
)

// usage works out what a rule leaves open. prefixes are the hashes of all
// prefixes of the conversation, for bill to remember.
func (s *Server) usage(r *rule, q *question, out *reply) (u bench.Usage, prefixes []uint64) {
	spec := s.script.models[q.model].Price
	size, cached := s.measure(q, &prefixes)
	u.Input = given(r.Usage.Input, tokens(size))
	if spec == nil || spec.CachedInput == nil {
		cached = 0
	}
	u.CachedInput = min(given(r.Usage.CachedInput, blocks(tokens(cached))), u.Input)
	written := int64(0)
	if spec != nil && spec.CacheWrite != nil {
		written = max(0, blocks(u.Input)-u.CachedInput)
	}
	if !q.dialect.unwritten {
		u.CacheWrite = min(given(r.Usage.CacheWrite, written), u.Input-u.CachedInput)
	}
	u.Output = given(r.Usage.Output, max(1, tokens(out.size())))
	u.Reasoning = min(given(r.Usage.Reasoning, 0), u.Output)
	return u, prefixes
}

// measure returns the bytes of the prompt, tools first, and how many of them
// are a prefix seen before.
func (s *Server) measure(q *question, prefixes *[]uint64) (size, cached int) {
	h := s.prefix(q.model, q)
	tools := unmarked(q.tools())
	h = s.chain(h, tools)
	size = len(tools)
	hashes := make([]uint64, len(q.messages))
	sizes := make([]int, len(q.messages))
	for i, m := range q.messages {
		plain := unmarked(m.raw)
		h = s.chain(h, plain)
		size += len(plain)
		hashes[i], sizes[i] = h, size
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := len(hashes)
	for known > 0 {
		if _, ok := s.seen[hashes[known-1]]; ok {
			break
		}
		known--
	}
	if known > 0 {
		cached = sizes[known-1]
	}
	*prefixes = hashes[known:]
	return size, cached
}

var (
	marker   = regexp.MustCompile(`,?"cache_control":\{[^{}]*\}`)
	onlyText = regexp.MustCompile(`"content":\[\{"type":"text","text":("(?:[^"\\]|\\.)*")\}\]`)
)

// unmarked is a message without the marks of where to cache, which move from
// turn to turn and are no part of the prompt. A text that had to become a list
// to bear one is a text again.
func unmarked(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`"cache_control":`)) {
		return raw
	}
	return onlyText.ReplaceAll(marker.ReplaceAll(raw, nil), []byte(`"content":$1`))
}

func given(v *int64, otherwise int64) int64 {
	if v != nil {
		return *v
	}
	return otherwise
}

func tokens(bytes int) int64 { return int64(bytes+tokenBytes-1) / tokenBytes }

func blocks(tokens int64) int64 {
	if tokens < cacheLeast {
		return 0
	}
	return tokens / cacheBlock * cacheBlock
}
