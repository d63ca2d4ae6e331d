package config

import (
	"os"
	"slices"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// LoadPrices reads a file of prices: a mapping from names to prices as the
// models of a configuration have them, in USD per million tokens. Known are the
// names it may have. The error is of type Errors and holds every mistake found.
func LoadPrices(path string, known []string) (map[string]bench.Price, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, Errors{{Message: "read prices: " + err.Error()}}
	}
	tree, errs := strictyaml.Parse(strictyaml.NewSource(path, text), text)
	if tree == nil {
		return nil, errs.Sorted()
	}
	f := priceFile{known: known, prices: map[string]bench.Price{}}
	d := strictyaml.Decoder{Synonyms: synonyms()}
	d.Decode(tree, &f)
	if errs = append(errs, d.Errors...); len(errs) > 0 {
		return nil, errs.Sorted()
	}
	return f.prices, nil
}

// priceFile is a file of prices being decoded.
type priceFile struct {
	known  []string
	prices map[string]bench.Price
}

// DecodeNode implements strictyaml.NodeDecoder.
func (f *priceFile) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, at strictyaml.Path) {
	if n.Kind != strictyaml.Mapping || len(n.Entries) == 0 {
		d.Expected(n, at, "models and their prices, such as small: {input: 0.6, output: 2.2}")
		return
	}
	for _, e := range n.Entries {
		name := e.Key.Text
		if !slices.Contains(f.known, name) {
			d.Fail(e.Key.Place, strictyaml.DidYouMean(name, "there are", f.known),
				"no model or price is called %q in these runs", name)
			continue
		}
		before := len(d.Errors)
		key := at.Join(name)
		d.Note(key, e)
		var p Price
		p.DecodeNode(d, e.Value, key)
		if p.Auto {
			d.Expected(e.Value, key, "{input: …, output: …} in USD per million tokens")
		}
		checkTiers(d, key, p)
		if len(d.Errors) == before {
			f.prices[name] = p.Bench()
		}
	}
}

// NamesOf are the names by which a price may be given to the models of
// configurations: config names, names on the wire, ids of prices.
func NamesOf(configurations []bench.Configuration) []string {
	var names []string
	add := func(m bench.Model) {
		for _, name := range []string{m.Name, m.Model, m.Price.ID} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, c := range configurations {
		for _, m := range c.Models() {
			add(m)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}
