package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"bench/results/compare"
	"bench/stats"
)

// View is how much of a comparison is shown. The zero one is a screen in text and
// Markdown, and all there is in CSV and JSON.
type View struct {
	// Full has tables of all usual metrics, roles and pairs.
	Full bool
	// Columns are those of one table with a row for each configuration, if any are
	// chosen; the names of configurations stand before them.
	Columns []Column
}

// Table writes a comparison as text, no table being wider than the screen: the
// verdict, a row for each configuration and candidate, and what to be careful about.
func (v View) Table(w io.Writer, c compare.Comparison) error { return v.tables(w, c, text) }

// Markdown writes the same in Markdown.
func (v View) Markdown(w io.Writer, c compare.Comparison) error { return v.tables(w, c, markdown) }

func (v View) tables(w io.Writer, c compare.Comparison, s style) error {
	if v.Full || c.Asked && v.Columns == nil {
		return full(w, c, s)
	}
	return v.brief(w, c, s)
}

// Order is a column to sort by.
type Order struct {
	Column
	Descending bool
}

// ParseOrder reads the name of a column, and behind a colon asc or desc. Without that
// the better comes first, or the lowest where none is better.
func ParseOrder(text string) (Order, error) {
	name, way, given := strings.Cut(text, ":")
	all := allColumns()
	i := slices.IndexFunc(all, func(c Column) bool { return c.name == name })
	switch {
	case i < 0:
		return Order{}, fmt.Errorf(
			"no column is called %q: docs/compare.md and docs/metrics.md list them", name)
	case given && way != "asc" && way != "desc":
		return Order{}, fmt.Errorf("%s: want %s:asc or %s:desc", text, name, name)
	}
	better := all[i].better == compare.Higher
	return Order{all[i], way == "desc" || !given && better}, nil
}

// Sorted is a comparison with its configurations and candidates in an order. Those
// without a number come last, and equals stay as they were.
func Sorted(c compare.Comparison, o Order) compare.Comparison {
	rows := entries(c)
	slices.SortStableFunc(rows, o.compare)
	c.Configurations, c.Pairs = nil, []compare.Pair{}
	for _, e := range rows {
		c.Configurations = append(c.Configurations, e.configuration)
		if e.of != nil && !e.repeat {
			c.Pairs = append(c.Pairs, *e.of)
		}
	}
	return c
}

func (o Order) compare(a, b entry) int {
	if o.number == nil {
		return o.directed(cmp.Compare(o.key(a), o.key(b)), o.key(a) == "", o.key(b) == "")
	}
	x, y := o.value(a), o.value(b)
	return o.directed(cmp.Compare(x, y), !x.OK(), !y.OK())
}

// directed turns an order of two round as asked, and puts what is absent behind.
func (o Order) directed(order int, noA, noB bool) int {
	switch {
	case noA || noB:
		return cmp.Compare(lateness(noA), lateness(noB))
	case o.Descending:
		return -order
	}
	return order
}

func lateness(absent bool) int {
	if absent {
		return 1
	}
	return 0
}

func (o Order) key(e entry) string { return o.cells(e)[0] }

func (o Order) value(e entry) stats.Number {
	if o.absent(e) {
		return stats.None()
	}
	return o.number(e)
}

// JSON writes a comparison as one document.
func JSON(w io.Writer, c compare.Comparison) error { return View{}.JSON(w, c) }

// JSON writes a comparison as one document: everything, or what is known of runs with
// the columns chosen of configurations and pairs.
func (v View) JSON(w io.Writer, c compare.Comparison) error {
	if v.Columns == nil {
		return document(w, documentOfAll(c), "comparison")
	}
	doc := chosenDocument{
		Runs: c.Runs, Simulated: c.Simulated, Imported: c.Imported, Alarms: c.Alarms,
		Warnings: c.Warnings, Configurations: []*object{}, Pairs: []*object{},
	}
	for _, e := range entries(c) {
		configuration, err := v.members(configurationDocument(e.configuration), false, "name")
		if err != nil {
			return err
		}
		v.taken(configuration, e.configuration)
		doc.Configurations = append(doc.Configurations, configuration)
		if e.of == nil || e.repeat {
			continue
		}
		pair, err := v.members(e.pair, true, "baseline", "candidate")
		if err != nil {
			return err
		}
		doc.Pairs = append(doc.Pairs, pair)
	}
	return document(w, doc, "comparison")
}

// chosenDocument is the part of a comparison's document that was asked for.
type chosenDocument struct {
	Runs           []string  `json:"runs"`
	Simulated      bool      `json:"simulated"`
	Imported       bool      `json:"imported"`
	Configurations []*object `json:"configurations"`
	Pairs          []*object `json:"pairs"`
	Alarms         []string  `json:"alarms"`
	Warnings       []string  `json:"warnings"`
}

// members are those of a document that columns chosen of pairs, or of configurations,
// are about, and some that are always there.
func (v View) members(doc any, ofPair bool, always ...string) (*object, error) {
	whole, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write comparison: %w", err)
	}
	paths := always
	for _, c := range v.Columns {
		if c.ofPair == ofPair {
			paths = append(paths, c.paths...)
		}
	}
	out := &object{}
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			continue
		}
		if value, ok := memberAt(whole, path); ok {
			out.set(path, value)
		}
	}
	return out, nil
}

// memberAt is the member at a path of keys.
func memberAt(doc json.RawMessage, path string) (json.RawMessage, bool) {
	for key := range strings.SplitSeq(path, ".") {
		var members map[string]json.RawMessage
		if json.Unmarshal(doc, &members) != nil || members[key] == nil {
			return nil, false
		}
		doc = members[key]
	}
	return doc, true
}

// taken adds how many things the chosen metrics are taken over.
func (v View) taken(o *object, c compare.Configuration) {
	n := map[string]int{}
	for _, column := range v.Columns {
		if column.metric.Per != "" {
			n[column.name] = c.Value(column.metric).N
		}
	}
	if len(n) > 0 {
		o.set("n", n)
	}
}
