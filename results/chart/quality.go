package chart

import (
	"bench"
	"bench/results/compare"
	"bench/results/draw"
	"bench/stats"
	"math"
	"slices"
)

// Frontier draws the configurations whose cost and rate are known, and beside them what
// others have published; nil if there is none of either.
func Frontier(c compare.Comparison, published []bench.Point) *draw.Picture {
	rate, cost := compare.Named("resolved_rate"), compare.Named("cost_usd.per_task")
	base := ""
	if len(c.Pairs) > 0 {
		base = c.Pairs[0].Baseline
	}
	var points []draw.Point
	for _, conf := range c.Configurations {
		r, usd := conf.Value(rate), conf.Value(cost)
		if !r.Number.OK() || !usd.Number.OK() {
			continue
		}
		p := draw.Point{
			Name: conf.Name, Cost: float64(usd.Number), Rate: float64(r.Number),
			Baseline: conf.Name == base, Best: slices.Contains(c.Frontier, conf.Name),
			Approximate: conf.Cost != compare.AllKnown,
		}
		p.RateLo, p.RateHi = ends(r.Interval)
		p.CostLo, p.CostHi = ends(usd.Interval)
		points = append(points, p)
	}
	own := len(points)
	points = append(points, others(published, own == 0)...)
	if len(points) == 0 {
		return nil
	}
	title := "Cost per task against resolved rate, with 95 % intervals"
	if own == 0 {
		title = "Cost per task against score, as published"
	}
	return draw.Frontier(points, origins(published), title).Simulated(c.Simulated)
}

// Acceptability draws how probable it is that each configuration is the best
// choice, by what one more resolved task is worth; nil if too few tasks tell.
func Acceptability(c compare.Comparison) *draw.Picture {
	n := c.NetBenefit
	var curves []draw.Curve
	for _, of := range n.Of {
		curve := draw.Curve{Name: of.Name}
		for i, p := range of.BestCurve {
			if n.Lambdas[i] > 0 { // the scale is logarithmic
				curve.Points = append(curve.Points, [2]float64{n.Lambdas[i], p})
			}
		}
		if len(curve.Points) > 0 {
			curves = append(curves, curve)
		}
	}
	if len(curves) < 2 {
		return nil
	}
	p := draw.Curves(curves, "worth of one more resolved task", "probability of the best choice",
		"Acceptability: the probability that each configuration is the best choice")
	return p.Simulated(c.Simulated)
}

// ends are the ends of an interval, NaN where there is none.
func ends(i stats.Interval) (lo, hi float64) {
	if !i.OK() {
		return math.NaN(), math.NaN()
	}
	return float64(i.Lo), float64(i.Hi)
}
