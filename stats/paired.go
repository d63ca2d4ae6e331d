package stats

import "gonum.org/v1/gonum/stat/distuv"

// Paired counts pairs of yes-or-no results of a baseline and a candidate on
// the same task.
type Paired struct {
	Both          int // yes for both
	OnlyBaseline  int
	OnlyCandidate int
	Neither       int
}

// Add counts one pair.
func (p *Paired) Add(baseline, candidate bool) {
	switch {
	case baseline && candidate:
		p.Both++
	case baseline:
		p.OnlyBaseline++
	case candidate:
		p.OnlyCandidate++
	default:
		p.Neither++
	}
}

// N is the number of pairs.
func (p Paired) N() int { return p.Both + p.OnlyBaseline + p.OnlyCandidate + p.Neither }

// Difference is the candidate's proportion minus the baseline's, as a share of
// 1; NaN without pairs.
func (p Paired) Difference() float64 {
	return float64(p.OnlyCandidate-p.OnlyBaseline) / float64(p.N())
}

// Discordance is the share of pairs that differ; NaN without pairs.
func (p Paired) Discordance() float64 {
	return float64(p.OnlyCandidate+p.OnlyBaseline) / float64(p.N())
}

// Interval returns Tango's score interval of the difference.
func (p Paired) Interval(confidence float64) Interval { return p.score().interval(confidence) }

// NonInferiority is the one-sided p value for the hypothesis that the candidate's
// proportion is margin (a share of 1) or more below the baseline's: that of Tango's
// score statistic, summed over all outcomes. Without pairs it is 1.
func (p Paired) NonInferiority(margin float64) float64 { return p.score().nonInferiority(margin) }

// NonInferior reports whether the candidate's proportion is shown to be less
// than margin (a share of 1) below the baseline's, one-sided at level alpha.
func (p Paired) NonInferior(margin, alpha float64) bool { return p.NonInferiority(margin) <= alpha }

func (p Paired) score() score {
	return score{float64(p.N()), float64(p.OnlyCandidate), float64(p.OnlyBaseline)}
}

// McNemar returns the two-sided mid-p value for the hypothesis that baseline
// and candidate are equally often right. Without pairs that differ it is 1.
//
// M. W. Fagerland, S. Lydersen, P. Laake, BMC Medical Research Methodology 13
// (2013) 91.
func (p Paired) McNemar() float64 {
	n := p.OnlyBaseline + p.OnlyCandidate
	if n == 0 {
		return 1
	}
	few := float64(min(p.OnlyBaseline, p.OnlyCandidate))
	half := distuv.Binomial{N: float64(n), P: 0.5}
	return min(1, 2*half.CDF(few)-half.Prob(few))
}
