package stats

import "math"

// trinomial is the law of how many of n pairs are gained and lost: each may
// differ, and one that does may be gained.
type trinomial struct {
	n              int
	differ, gained binomial
}

// trinomialOf is the law of n pairs whose true difference is d, of which the share
// differ do so.
func trinomialOf(n int, d, differ float64, logs logFactorials) trinomial {
	differ = min(1, differ) // rounding
	gained := min(1, max(0, (differ+d)/(2*differ)))
	return trinomial{n, logs.binomial(differ), logs.binomial(gained)}
}

// chance is that of the outcomes that are enough: with k pairs that differ, least(k)
// or more gained. It is exact but for outcomes with less than 1e-8 in all. Least is
// asked for rising numbers.
func (t trinomial) chance(least func(k int) int) (sum float64) {
	mean := float64(t.n) * t.differ.p
	spread := 6*math.Sqrt(mean*(1-t.differ.p)) + 12
	from := max(0, int(mean-spread))
	tail, bound := 1.0, 0 // the chance of at least bound gained
	for k := from; k <= min(t.n, int(mean+spread)); k++ {
		if k > from { // one pair more reaches the bound if it was one short
			tail += t.gained.p * t.gained.of(bound-1, k-1)
		}
		g := least(k)
		for ; bound < g; bound++ {
			tail -= t.gained.of(bound, k)
		}
		for ; bound > g; bound-- {
			tail += t.gained.of(bound-1, k)
		}
		sum += t.differ.of(k, t.n) * max(0, tail)
	}
	return min(1, sum)
}

// logFactorials are the logarithms of 0!, 1!, ….
type logFactorials []float64

func logFactorialsTo(n int) logFactorials {
	logs := make(logFactorials, n+1)
	for i := 2; i <= n; i++ {
		logs[i] = logs[i-1] + math.Log(float64(i))
	}
	return logs
}

// binomial is the law of how many of some have what each has with chance p.
type binomial struct {
	p, logP, logQ float64
	logs          logFactorials
}

func (l logFactorials) binomial(p float64) binomial {
	return binomial{p, math.Log(p), math.Log1p(-p), l}
}

// of is the chance that k of n have it.
func (b binomial) of(k, n int) float64 {
	switch {
	case k < 0 || k > n:
		return 0
	case b.p == 0 && k == 0 || b.p == 1 && k == n:
		return 1
	case b.p == 0 || b.p == 1:
		return 0
	}
	return math.Exp(b.logs[n] - b.logs[k] - b.logs[n-k] + float64(k)*b.logP + float64(n-k)*b.logQ)
}

// p is the one-sided p value for the hypothesis that the true difference is d: the
// chance of a statistic as large or larger if it is, with the share of pairs that
// differ at its maximum likelihood value under the hypothesis. It is summed over
// all outcomes, as the normal approximation says too often that something is shown
// where few pairs differ, or nearly all.
//
// C. J. Lloyd, Australian & New Zealand Journal of Statistics 50 (2008) 329, of
// which it is the estimated p value.
func (s score) p(d float64, logs logFactorials) float64 {
	observed := s.at(d) - 1e-9 // equal outcomes are as large
	gained := 0                // the least that is as large, which rises with the pairs that differ
	return trinomialOf(int(s.n), d, 2*s.q(d)+d, logs).chance(func(k int) int {
		for gained <= k && (score{s.n, float64(gained), float64(k - gained)}).at(d) < observed {
			gained++
		}
		return gained
	})
}
