package page

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"bench"
)

// findHidden finds what an anonymous page does not name: engines, by their names and
// addresses.
func (b *builder) findHidden(ctx context.Context) error {
	b.hidden = strings.NewReplacer()
	if !b.options.Anonymous {
		return nil
	}
	var pairs []string
	for _, r := range b.runs {
		text, err := b.source.Body(ctx, r.Config)
		if err != nil {
			return fmt.Errorf("config of run %s: %w", r.ID, err)
		}
		more, err := enginesHidden(text)
		if err != nil {
			return fmt.Errorf("config of run %s: %w", r.ID, err)
		}
		pairs = append(pairs, more...)
	}
	b.hidden = strings.NewReplacer(pairs...)
	return nil
}

// enginesHidden are what takes the place of what a config, and errors, call engines.
func enginesHidden(config bench.Body) (pairs []string, err error) {
	var c struct {
		Sandbox struct {
			Engines []struct{ Host, Name string }
		}
	}
	if len(config) == 0 { // of a run that was imported
		return nil, nil
	}
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	for _, e := range c.Sandbox.Engines {
		for _, name := range []string{e.Name, e.Host} {
			quoted, err := json.Marshal(name)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, string(quoted), `"…"`, "engine "+name, "engine …")
		}
		pairs = append(pairs, e.Host, "…")
	}
	return pairs, nil
}

// withoutPaths leaves of absolute paths the last part alone.
func withoutPaths(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \n\"'\t,", r) })
	for _, w := range words {
		if strings.HasPrefix(w, "/") && strings.Count(w, "/") > 1 {
			s = strings.ReplaceAll(s, w, "…"+w[strings.LastIndex(w, "/"):])
		}
	}
	return s
}
