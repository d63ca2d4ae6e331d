package page

import (
	"fmt"
	"time"

	"bench/results/compare"
	"bench/results/draw"
)

// parallel is for how long so many sidekicks were at work at once, by
// configuration.
type parallel struct{ byColumn []map[int]time.Duration }

// add counts a trial.
func (p parallel) add(column int, atOnce map[int]time.Duration) {
	if p.byColumn[column] == nil {
		p.byColumn[column] = map[int]time.Duration{}
	}
	for n, d := range atOnce {
		p.byColumn[column][min(n, mostAtOnce)] += d
	}
}

// mostAtOnce is from how many sidekicks on they are drawn alike.
const mostAtOnce = 6

func (p parallel) picture(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	for i, conf := range c.Configurations {
		times := p.byColumn[i]
		if len(times) == 0 {
			continue
		}
		var sum time.Duration
		bar := draw.Bar{Label: conf.Name}
		for n := 1; n <= mostAtOnce; n++ {
			sum += times[n]
			bar.Parts = append(bar.Parts, draw.Part{
				Value: times[n].Seconds(), Series: n - 1,
				Tip: fmt.Sprintf("%s at work: %s", atOnce(n), took(times[n])),
			})
		}
		bar.Total = took(sum)
		bars = append(bars, bar)
	}
	if len(bars) == 0 {
		return nil
	}
	title := "Time by how many sidekicks were at work at once"
	return draw.Bars(bars, parallelLegend(), title).Simulated(c.Simulated)
}

func parallelLegend() (out []draw.Legend) {
	for n := 1; n <= mostAtOnce; n++ {
		out = append(out, draw.Legend{Series: n - 1, Name: atOnce(n)})
	}
	return out
}

func atOnce(n int) string {
	if n == mostAtOnce {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}
