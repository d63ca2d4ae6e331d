// Package pricing holds what widely used models cost, so that a configuration
// may say `price: auto`.
//
// The table (prices.json) is USD per million tokens, list prices of the
// models' makers at their standard tier. Every entry names its source and the
// day the source was written or, where it does not say, read. It is versioned
// as a whole: a changed price means a new id, because stored calls name the
// price they were billed by.
package pricing

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

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

// ID names this version of the table, as in prices-2026-11-29.
func ID() string { return table().ID }

// Entry is one model of the table: what it costs at a time, and where that was
// found.
type Entry struct {
	Model         string
	Price         bench.Price
	Source        string // URL
	Date          string // of the source, or when it was read: 2006-01-02 or 2006-01
	Note          string
	ValidFrom     string // when this price began; empty if the source does not say
	Until         string // its last day; empty if none is known
	ContextWindow int64  // tokens; 0 if not known
	MaxOutput     int64  // tokens; 0 if not known
}

// All returns the whole table as of a time, sorted by model.
func All(at time.Time) []Entry {
	f := table()
	out := make([]Entry, 0, len(f.Models))
	for name, e := range f.Models {
		out = append(out, e.at(f.ID, name, at))
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Model, b.Model) })
	return out
}

// Names returns the models of the table, sorted.
func Names() []string { return slices.Sorted(maps.Keys(table().Models)) }

// Find returns the entry of a model as it is called on the wire: bare
// (claude-opus-5-5), dated (gpt-6-sol-2026-09-22), or with its maker's prefix
// as routers write it (anthropic/claude-opus-5.5). A prefix of someone else is
// another offer at another price, and a suffix like :free another tier: both
// are unknown. Unknown is not free.
func Find(model string, at time.Time) (Entry, bool) {
	f := table()
	maker, name := split(strings.ToLower(model))
	e, ok := f.Models[name]
	if !ok || maker != "" && !slices.Contains(e.Makers, maker) {
		return Entry{}, false
	}
	return e.at(f.ID, name, at), true
}

// Lookup returns what a model costs now, if the table knows: see Find.
func Lookup(model string) (bench.Price, bool) {
	e, ok := Find(model, time.Now())
	return e.Price, ok
}

// Expired reports whether the price is one that has ended, as far as anybody
// said when it was written down.
func (e Entry) Expired(at time.Time) bool { return e.Until != "" && day(at) > e.Until }

// day is the date of a time, as the table writes it.
func day(at time.Time) string { return at.UTC().Format(time.DateOnly) }

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

// at is the entry as of a time: the price itself, or the last of those that took
// its place by then.
func (e entry) at(table, name string, at time.Time) Entry {
	out := Entry{
		Model: name, Source: e.Source, Date: e.Date, Note: e.Note, ValidFrom: e.ValidFrom, Until: e.Until,
		ContextWindow: e.ContextWindow, MaxOutput: e.MaxOutput,
	}
	id, current := table+"/"+name, e.terms
	for _, c := range e.Then {
		if day(at) >= c.From {
			id, current = table+"/"+name+"@"+c.From, c.terms
			out.ValidFrom, out.Until, out.Note = c.From, c.Until, ""
		}
	}
	out.Price = current.price(id)
	return out
}

func (t terms) price(id string) bench.Price {
	p := bench.Price{ID: id, Rates: t.bench()}
	for _, x := range t.Tiers {
		p.Tiers = append(p.Tiers, bench.Tier{Above: x.Above, Rates: x.bench()})
	}
	for _, h := range t.Hours {
		p.Hours = append(p.Hours,
			bench.Hours{From: h.From, To: h.To, Weekdays: h.Weekdays, Rates: h.bench()})
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
	if r.CacheWrite1h != nil {
		out.CacheWrite1h = bench.PerMillion(*r.CacheWrite1h)
	}
	return out
}
