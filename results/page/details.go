package page

import (
	"context"
	"strings"
	"time"

	"bench/results"
	"bench/results/timeline"
)

// details reads every trial once: its card is drawn, and what sections are made of is
// kept.
func (b *builder) details(ctx context.Context) (parallel, error) {
	p := parallel{make([]map[int]time.Duration, len(b.comparison.Configurations))}
	b.cards = make([]string, len(b.trials))
	atOnce := make([]map[int]time.Duration, len(b.trials))
	err := each(ctx, len(b.trials), func(ctx context.Context, i int) error {
		t := b.trials[i]
		d, err := b.source.Detail(ctx, t.RunID, t.Key)
		if err != nil {
			return err
		}
		atOnce[i] = timeline.SidekicksAtOnce(d)
		t.first, t.failed = steps(d), failedTests(d)
		b.cards[i], err = b.card(ctx, t, d)
		return err
	})
	if err != nil {
		return p, err
	}
	for i, t := range b.trials {
		p.add(t.Column, atOnce[i])
	}
	b.flips = b.findFlips()
	return p, nil
}

// failedTests are those that should have passed, and did not.
func failedTests(d results.Detail) (out []string) {
	for _, t := range d.Tests {
		if t.OK != nil && !*t.OK {
			out = append(out, t.Test)
		}
	}
	return out
}

// tail is the end of a text.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
