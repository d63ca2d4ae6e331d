package chart

import (
	"math"
	"slices"
	"strings"

	"bench"
	"bench/results/draw"
)

// others are published points, without intervals. Which of them none beats is only said
// where they stand alone and are of one benchmark.
func others(published []bench.Point, alone bool) (points []draw.Point) {
	for _, p := range published {
		if p.Benchmark != published[0].Benchmark {
			alone = false
		}
	}
	for _, p := range published {
		beaten := func(q bench.Point) bool {
			return q.Score >= p.Score && q.CostUSD <= p.CostUSD &&
				(q.Score > p.Score || q.CostUSD < p.CostUSD)
		}
		points = append(points, draw.Point{
			Name: p.Name, Cost: p.CostUSD.Float(), Rate: p.Score / 100, Others: true,
			CostLo: math.NaN(), CostHi: math.NaN(), RateLo: math.NaN(), RateHi: math.NaN(),
			Best: alone && !slices.ContainsFunc(published, beaten),
		})
	}
	return points
}

// origins say whose figures published points are.
func origins(published []bench.Point) (out []string) {
	for _, p := range published {
		parts := slices.DeleteFunc([]string{p.Benchmark, p.Source, p.Date}, func(s string) bool {
			return s == ""
		})
		if line := strings.Join(parts, ", "); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}
