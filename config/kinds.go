package config

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bench"
	"bench/internal/strictyaml"
)

// kind is all that config knows of one kind of configurations. Each has a file
// kind_NAME.go: the block of keys that is its own, and what is done with them. Only
// kinds lists them; nothing else in config depends on which there are.
type kind struct {
	name bench.Kind
	// keys are those of Configuration that it has and not every kind.
	keys []string
	// check reports what is wrong with a configuration and fills in what follows
	// from its other keys. What is not there was reported when it was decoded.
	check func(l *loader, at strictyaml.Path, c *Configuration)
	// models are the names of the models that its keys name, "" where a key is not
	// given. Blocks may be nil.
	models func(c *Configuration) []string
	// reported says that bench calls none of these: they are what reports of model
	// calls may name. Nil is never.
	reported func(c *Configuration) bool
	// convert adds what bench.Configuration has for this kind alone.
	convert func(cfg *Config, from *Configuration, to *bench.Configuration)
}

// kinds are all kinds, in the order of bench.Kind's choices.
func kinds() []kind { return []kind{single(), fusion(), advisor(), router(), command()} }

// kindOf is the kind of a name; without a name, which is reported where it is
// decoded, it is one that has no keys and no models.
func kindOf(name bench.Kind) kind {
	for _, k := range kinds() {
		if k.name == name {
			return k
		}
	}
	return kind{}
}

// keysOfKinds are the keys that not every kind has, and the kinds that have them.
func keysOfKinds() map[string][]string {
	of := map[string][]string{}
	for _, k := range kinds() {
		for _, key := range k.keys {
			of[key] = append(of[key], string(k.name))
		}
	}
	return of
}

func (l *loader) checkConfiguration(at strictyaml.Path, c *Configuration) {
	limits := &l.cfg.Limits
	c.Limits = Limits{
		Iterations: cmp.Or(c.Limits.Iterations, limits.Iterations),
		CostUSD:    cmp.Or(c.Limits.CostUSD, limits.CostUSD),
		Tokens:     cmp.Or(c.Limits.Tokens, limits.Tokens),
		Wall:       cmp.Or(c.Limits.Wall, limits.Wall),
	}
	if c.Kind == "" { // reported where it is decoded
		return
	}
	of := keysOfKinds()
	for _, key := range slices.Sorted(maps.Keys(of)) {
		names := of[key]
		switch {
		case slices.Contains(names, string(c.Kind)):
		case l.Has(at.Join(key)):
			l.onlyFor(at, "kind "+spoken(names), key)
		default:
			c.unset(key)
		}
	}
	kindOf(c.Kind).check(l, at, c)
}

// unset removes the default of a key.
func (c *Configuration) unset(key string) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if jsonKey(v.Type().Field(i)) == key {
			v.Field(i).SetZero()
		}
	}
}

// jsonKey is the key that a field is decoded from.
func jsonKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return key
}

// spoken lists words as a sentence does.
func spoken(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// lead checks the model of the agent that answers for a task.
func (l *loader) lead(at strictyaml.Path, key, model, what string, c *Configuration) {
	l.modelKey(at, key, model, what)
	l.affordable(at.Join(key), at+"/limits/cost_usd", "limits/cost_usd", model, c.Limits.CostUSD)
}

// block reports a mapping that a kind cannot do without.
func (l *loader) block(at strictyaml.Path, key, hint, what string) bool {
	if l.Has(at.Join(key)) {
		return true
	}
	l.Fail(l.Key(at), hint, "missing key %q in %s: %s", key, at, what)
	return false
}

// checkBounds reports limits below at that are above the trial's.
func (l *loader) checkBounds(at strictyaml.Path, all []bound) {
	for _, b := range all {
		if b.above {
			p := at + "/" + b.key
			l.Fail(l.Value(p), "", "%s: %s's %s limit cannot be above the trial's: "+
				"expected at most %v, found %v", p, b.whose, b.what, b.trial, b.own)
		}
	}
}

// bound is a limit of a part of a trial and the trial's above it.
type bound struct {
	key         strictyaml.Path // below the part
	what, whose string
	above       bool // the limit is above the trial's
	own, trial  any
}
