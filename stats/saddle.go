package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// hypergeometric is the law of how many of some values that are yes fall to the
// later ones, if all orders are equally likely.
type hypergeometric struct {
	least int       // possible
	logs  []float64 // of the chances of the least, the next, …
	times float64   // how many variables have this law
}

// hypergeometricSum is the law of a sum of independent variables.
type hypergeometricSum []hypergeometric

// hypergeometrics is the law of the number of yes after, and what it was found to
// be. Units that cannot vary are in the number alone.
func hypergeometrics(s Strata) (sum hypergeometricSum, found float64) {
	type kind struct{ after, all, yes int }
	index := map[kind]int{}
	largest := 0
	for _, x := range s {
		largest = max(largest, x.Before.N+x.After.N)
	}
	logs := logFactorialsTo(largest)
	for _, x := range s {
		k := kind{x.After.N, x.Before.N + x.After.N, int(math.Round(x.Before.Sum + x.After.Sum))}
		if x.weight() == 0 {
			continue
		}
		found += x.After.Sum
		i, ok := index[k]
		if !ok {
			i, index[k] = len(sum), len(sum)
			sum = append(sum, logs.hypergeometric(k.after, k.all, k.yes))
		}
		sum[i].times++
	}
	return sum, found
}

// hypergeometric is the law of how many of yes ones among all are in a part of them.
func (l logFactorials) hypergeometric(part, all, yes int) hypergeometric {
	choose := func(n, k int) float64 { return l[n] - l[k] - l[n-k] }
	h := hypergeometric{least: max(0, part-(all-yes))}
	for k := h.least; k <= min(part, yes); k++ {
		h.logs = append(h.logs, choose(yes, k)+choose(all-yes, part-k)-choose(all, part))
	}
	return h
}

// tilted is the cumulant generating function at theta, and its first two derivatives.
func (h hypergeometric) tilted(theta float64) (k, mean, variance float64) {
	top := math.Inf(-1)
	for i, l := range h.logs {
		top = max(top, l+theta*float64(i))
	}
	var sum, first, second float64
	for i, l := range h.logs {
		x := float64(i)
		p := math.Exp(l + theta*x - top)
		sum, first, second = sum+p, first+p*x, second+p*x*x
	}
	least := float64(h.least)
	mean, variance = first/sum, second/sum-first/sum*first/sum
	return top + math.Log(sum) + theta*least, least + mean, variance
}

// all is tilted for the sum.
func (s hypergeometricSum) all(theta float64) (k, mean, variance float64) {
	for _, h := range s {
		ki, m, v := h.tilted(theta)
		k, mean, variance = k+h.times*ki, mean+h.times*m, variance+h.times*v
	}
	return k, mean, variance
}

// at is the mean and the variance of the law tilted by theta; by 0 it is the law.
func (s hypergeometricSum) at(theta float64) (mean, variance float64) {
	_, mean, variance = s.all(theta)
	return mean, max(0, variance)
}

// limits are the least and the greatest value of the sum.
func (s hypergeometricSum) limits() (lo, hi float64) {
	for _, h := range s {
		lo += h.times * float64(h.least)
		hi += h.times * float64(h.least+len(h.logs)-1)
	}
	return lo, hi
}

// atMost is the chance of x or less.
func (s hypergeometricSum) atMost(x float64) float64 {
	x += 0.5
	lo, hi := s.limits()
	switch {
	case x >= hi:
		return 1
	case x <= lo:
		return 0
	}
	theta := s.saddle(x)
	k, _, variance := s.all(theta)
	w := math.Copysign(math.Sqrt(max(0, 2*(theta*x-k))), theta)
	u := 2 * math.Sinh(theta/2) * math.Sqrt(variance)
	if math.Abs(w) < 1e-3 { // what follows would be the difference of large numbers
		return 0.5
	}
	unit := distuv.UnitNormal
	return min(1, max(0, unit.CDF(w)-unit.Prob(w)*(1/u-1/w)))
}

// saddle is the tilt that makes x the mean, which lies within the limits: by
// Newton's steps, or halves where these would leave what is known to have it.
func (s hypergeometricSum) saddle(x float64) float64 {
	const steps, enough = 200, 1e-10
	lo, hi, theta := -700.0, 700.0, 0.0
	for range steps {
		mean, variance := s.at(theta)
		if math.Abs(mean-x) < enough {
			break
		}
		if mean < x {
			lo = theta
		} else {
			hi = theta
		}
		theta += (x - mean) / variance
		if !(theta > lo && theta < hi) {
			theta = (lo + hi) / 2
		}
	}
	return theta
}
