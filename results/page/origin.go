package page

import (
	"context"
	"fmt"

	"bench/results"
	"bench/results/compare"
)

// origin is what a page came from.
type origin struct {
	Command string
	Runs    []runOrigin
	Images  []compare.Image
	Hosts   []compare.Host
}

// runOrigin is what one run was.
type runOrigin struct {
	results.Run
	Text string // its config, as it was resolved
}

func (b *builder) origin(ctx context.Context) (origin, error) {
	o := origin{Command: b.options.Command, Images: b.comparison.Images,
		Hosts: b.comparison.Hosts}
	for _, r := range b.runs {
		text, err := b.source.Body(ctx, r.Config)
		if err != nil {
			return o, fmt.Errorf("config of run %s: %w", r.ID, err)
		}
		if b.options.Anonymous {
			text = []byte(withoutPaths(b.hidden.Replace(string(text))))
			r.DatasetSource = withoutPaths(r.DatasetSource)
		}
		o.Runs = append(o.Runs, runOrigin{r, string(text)})
	}
	return o, nil
}
