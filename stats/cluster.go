package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cluster is what belongs together among pairs of yes-or-no results, such as the
// tasks of a repository: how many pairs there are, and how many were gained and
// lost by the candidate alone, which may be fractions.
type Cluster struct{ N, Gained, Lost float64 }

func (c Cluster) difference() float64 { return c.Gained - c.Lost }

// Clusters are independent of each other.
type Clusters []Cluster

// Interval returns the interval of the difference over all pairs, with clusters of
// any size as what is independent. Fewer than two have none.
//
// The variance is that of N. A. Obuchowski, Statistics in Medicine 17 (1998) 1495,
// around the difference that was found; the quantile is Student's.
func (cs Clusters) Interval(confidence float64) Interval {
	k := float64(len(cs))
	if k < 2 {
		return NoInterval()
	}
	pairs, mean := cs.mean()
	squares := 0.0
	for _, c := range cs {
		d := c.difference() - c.N*mean
		squares += d * d
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: k - 1}.Quantile((1 + confidence) / 2)
	half := t * math.Sqrt(squares*k/(k-1)) / pairs
	return Interval{Number(max(-1, mean-half)), Number(min(1, mean+half))}
}

// mean is the difference per pair, and the number of these.
func (cs Clusters) mean() (pairs, mean float64) {
	for _, c := range cs {
		pairs, mean = pairs+c.N, mean+c.difference()
	}
	return pairs, mean / pairs
}

// Obuchowski returns a statistic for the hypothesis that baseline and candidate are
// equally often right, which has a chi-square distribution with one degree of
// freedom under it: McNemar's for pairs in clusters. It is NaN where no pair
// differs. Yang's and Durkalski's are of the same kind: Yang's variance lies
// between those of both hypotheses, and in Durkalski's clusters weigh the same,
// whatever their size.
//
// N. A. Obuchowski (1998); Z. Yang, X. Sun, J. W. Hardin, Statistics in Medicine 29
// (2010) 2349; V. L. Durkalski et al., Statistics in Medicine 22 (2003) 2417.
func (cs Clusters) Obuchowski() float64 {
	return cs.chi2(func(c Cluster) float64 { return c.difference() })
}

// Yang returns a statistic of McNemar's kind; see Obuchowski.
func (cs Clusters) Yang() float64 {
	_, mean := cs.mean()
	return cs.chi2(func(c Cluster) float64 {
		null, found := c.difference(), c.difference()-c.N*mean
		return math.Sqrt((null*null + found*found) / 2)
	})
}

// chi2 is the squared sum of differences over the sum of squared deviations.
func (cs Clusters) chi2(deviation func(Cluster) float64) float64 {
	var sum, squares float64
	for _, c := range cs {
		d := deviation(c)
		sum, squares = sum+c.difference(), squares+d*d
	}
	k := float64(len(cs))
	return sum * sum / squares * (k - 1) / k
}

// Durkalski returns a statistic of McNemar's kind; see Obuchowski.
func (cs Clusters) Durkalski() float64 {
	var sum, squares float64
	for _, c := range cs {
		d := c.difference() / c.N
		sum, squares = sum+d, squares+d*d
	}
	return sum * sum / squares
}

// ChiSquareP is the p value of a statistic with a chi-square distribution with one
// degree of freedom; absent where the statistic is NaN.
func ChiSquareP(statistic float64) Number {
	if math.IsNaN(statistic) {
		return None()
	}
	return Number(distuv.ChiSquared{K: 1}.Survival(statistic))
}
