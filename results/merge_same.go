package results

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"bench"
)

// oneRun refuses parts that are not of one run, and says why.
func oneRun(parts []*part) error {
	first, tasks := parts[0], map[string]*part{}
	for _, p := range parts {
		if why := differs(first, p); why != "" {
			return bench.Usagef("run %s: %s and %s are not parts of one run: %s", p.run, first, p, why)
		}
		for _, k := range p.shard.Trials {
			if q := tasks[k.InstanceID]; q != nil && q.shard.Index != p.shard.Index {
				return bench.Usagef("run %s: %s and %s have both done %s: shards do not overlap", p.run, q, p,
					k.InstanceID)
			}
			tasks[k.InstanceID] = p
		}
	}
	return nil
}

// differs says why two parts are not of one run; "" if they are.
func differs(a, b *part) string {
	x, y := a.header, b.header
	if why := pricesOf(x.Configurations, y.Configurations); why != "" {
		return why
	}
	switch {
	case (x.Shard == nil) != (y.Shard == nil):
		return "one is a shard, the other is not"
	case x.Config != y.Config:
		return "the configs differ" + a.configs(b)
	case x.DatasetFingerprint != y.DatasetFingerprint:
		return fmt.Sprintf("the datasets differ (fingerprints %.19s and %.19s)", x.DatasetFingerprint,
			y.DatasetFingerprint)
	case x.Shard != nil && x.Shard.Count != y.Shard.Count:
		return fmt.Sprintf("of %d shards and of %d", x.Shard.Count, y.Shard.Count)
	}
	x.Version, x.Home, y.Version, y.Home = "", "", "", "" // these may differ
	x.Workers, y.Workers = bench.Workers{}, bench.Workers{}
	if x.Shard != nil && x.Shard.Plan != y.Shard.Plan {
		if slices.Equal(x.Trials, y.Trials) && slices.Equal(x.Tasks, y.Tasks) {
			return "they divide its tasks otherwise (--times)"
		}
		return "the tasks differ"
	}
	if !reflect.DeepEqual(x, y) {
		return "they began otherwise"
	}
	return ""
}

// pricesOf says of which model the prices differ.
func pricesOf(a, b []bench.Configuration) string {
	of := map[string]bench.Price{}
	for _, c := range a {
		for _, m := range c.Models() {
			of[m.Name] = m.Price
		}
	}
	for _, c := range b {
		for _, m := range c.Models() {
			if p, ok := of[m.Name]; ok && !reflect.DeepEqual(p, m.Price) {
				return fmt.Sprintf("the prices of model %s differ", m.Name)
			}
		}
	}
	return ""
}

// configs names keys in which the configs of two parts differ.
func (p *part) configs(q *part) string {
	var values [2]any
	for i, x := range []*part{p, q} {
		text, err := x.db.Body(context.Background(), x.header.Config)
		if err != nil || json.Unmarshal(text, &values[i]) != nil {
			return ""
		}
	}
	keys := unequal("", values[0], values[1])
	if len(keys) > 3 {
		keys = append(keys[:3], "…")
	}
	return ": " + strings.Join(keys, ", ")
}

// unequal are the paths at which two values of JSON differ.
func unequal(path string, a, b any) (paths []string) {
	x, ok := a.(map[string]any)
	y, also := b.(map[string]any)
	if !ok || !also {
		if !reflect.DeepEqual(a, b) {
			return []string{strings.TrimPrefix(path, ".")}
		}
		return nil
	}
	both := maps.Clone(x)
	maps.Copy(both, y)
	for _, key := range slices.Sorted(maps.Keys(both)) {
		paths = append(paths, unequal(path+"."+key, x[key], y[key])...)
	}
	return paths
}
