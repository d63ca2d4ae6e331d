package page

import (
	"context"
	"fmt"
	"strings"

	"bench/results"
	"bench/results/compare"
)

// origin is what a page came from.
type origin struct {
	Command string
	Runs    []runOrigin
	Images  []compare.Image
}

// runOrigin is what one run was.
type runOrigin struct {
	results.Run
	Text string // its config, as it was resolved
}

func (b *builder) origin(ctx context.Context) (origin, error) {
	o := origin{Command: b.options.Command, Images: b.comparison.Images}
	for _, r := range b.runs {
		text, err := b.source.Body(ctx, r.Config)
		if err != nil {
			return o, fmt.Errorf("config of run %s: %w", r.ID, err)
		}
		if b.options.Anonymous {
			text = []byte(withoutPaths(string(text)))
			r.DatasetSource = withoutPaths(r.DatasetSource)
		}
		o.Runs = append(o.Runs, runOrigin{r, string(text)})
	}
	return o, nil
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
