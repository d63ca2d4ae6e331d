// Package pricing holds what widely used models cost, so that a configuration
// may say `price: auto`.
//
// The table (prices.json) is USD per million tokens, list prices of the
// models' makers at their standard tier. Every entry names its source and the
// day the source was written or, where it does not say, read. It is versioned
// as a whole: a changed price means a new id, because stored calls name the
// price they were billed by. Models whose price depends on the time of day
// (DeepSeek's) are left out: the config has to say what they cost.
package pricing

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bench"
)

//go:embed prices.json
var embedded []byte

// table is the embedded file, decoded when first asked for.
var table = sync.OnceValue(func() *file {
	f, err := parse(embedded)
	if err != nil { // the tests read the same bytes
		panic(fmt.Sprintf("embedded prices: %v", err))
	}
	return f
})

type file struct {
	ID     string           `json:"id"`
	Models map[string]entry `json:"models"`
}

type rates struct {
	Input       *float64 `json:"input"`
	CachedInput *float64 `json:"cached_input"`
	CacheWrite  *float64 `json:"cache_write"`
	Output      *float64 `json:"output"`
}

type tier struct {
	Above int64 `json:"above"`
	rates
}

type entry struct {
	Makers []string `json:"makers"` // prefixes under which routers list the model
	rates
	Tiers  []tier `json:"tiers"`
	Source string `json:"source"`
	Date   string `json:"date"`
	Note   string `json:"note"`
}

func parse(data []byte) (*file, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		return nil, err
	}
	for name, e := range f.Models {
		if e.Input == nil || e.Output == nil {
			return nil, fmt.Errorf("%s: input and output are needed", name)
		}
		for _, t := range e.Tiers {
			if t.Input == nil || t.Output == nil || t.Above <= 0 {
				return nil, fmt.Errorf("%s: incomplete tier", name)
			}
		}
	}
	return &f, nil
}

// ID names this version of the table, as in prices-2026-11-21.
func ID() string { return table().ID }

// Lookup returns the price of a model as it is called on the wire: bare
// (claude-opus-5-5), dated (gpt-6-sol-2026-09-22), or with its maker's prefix
// as routers write it (anthropic/claude-opus-5.5). A prefix of someone else is
// another offer at another price, and a suffix like :free another tier: both
// are unknown. Unknown is not free.
func Lookup(model string) (bench.Price, bool) {
	f := table()
	maker, name := split(strings.ToLower(model))
	e, ok := f.Models[name]
	if !ok || maker != "" && !slices.Contains(e.Makers, maker) {
		return bench.Price{}, false
	}
	return e.price(f.ID, name), true
}

var dated = regexp.MustCompile(`-(20\d{6}|20\d\d-\d\d-\d\d)$`)

func split(model string) (maker, name string) {
	model = strings.TrimPrefix(model, "openrouter/")
	if i := strings.LastIndexByte(model, '/'); i >= 0 {
		maker, model = model[:i], model[i+1:]
	}
	model = dated.ReplaceAllString(model, "")
	if strings.HasPrefix(model, "claude-") {
		model = strings.ReplaceAll(model, ".", "-") // routers write 5.5 for 5-5
	}
	return maker, model
}

func (e entry) price(table, name string) bench.Price {
	p := bench.Price{ID: table + "/" + name, Rates: e.bench()}
	for _, t := range e.Tiers {
		p.Tiers = append(p.Tiers, bench.Tier{Above: t.Above, Rates: t.bench()})
	}
	return p
}

// bench converts rates. Cached and written tokens without a rate of their own
// are input like any other.
func (r rates) bench() bench.Rates {
	out := bench.Rates{Input: bench.PerMillion(*r.Input), Output: bench.PerMillion(*r.Output)}
	out.CachedInput, out.CacheWrite = out.Input, out.Input
	if r.CachedInput != nil {
		out.CachedInput = bench.PerMillion(*r.CachedInput)
	}
	if r.CacheWrite != nil {
		out.CacheWrite = bench.PerMillion(*r.CacheWrite)
	}
	return out
}
