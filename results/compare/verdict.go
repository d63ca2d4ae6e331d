package compare

import (
	"fmt"
	"math"
)

var nan = math.NaN()

// quality is what can be said about a candidate's resolved rate.
type quality int

const (
	qualityOpen quality = iota
	qualityWorse
	qualityNonInferior
	qualityBetter
)

// expense is what can be said about a candidate's cost.
type expense int

const (
	costOpen expense = iota
	costCheaper
	costDearer
)

func (p *Pair) quality() quality {
	switch {
	case p.N == 0:
		return qualityOpen
	case p.DeltaCI.OK() && p.DeltaCI.Lo > 0 && p.PValue < alpha:
		return qualityBetter
	case p.NonInferior:
		return qualityNonInferior
	case p.DeltaCI.OK() && p.DeltaCI.Hi < 0 && p.PValue < alpha:
		return qualityWorse
	}
	return qualityOpen
}

func (p *Pair) expense() expense {
	switch {
	case !p.CostRatioCI.OK():
		return costOpen
	case p.CostRatioCI.Hi < 1:
		return costCheaper
	case p.CostRatioCI.Lo > 1:
		return costDearer
	}
	return costOpen
}

// words are the verdicts by quality and cost.
var words = map[quality]map[expense]string{
	qualityBetter: {
		costCheaper: "cheaper and better", costOpen: "better, cost inconclusive",
		costDearer: "better but dearer",
	},
	qualityNonInferior: {
		costCheaper: "cheaper and non-inferior", costOpen: "non-inferior, cost inconclusive",
		costDearer: "non-inferior but dearer",
	},
	qualityWorse: {
		costCheaper: "cheaper but worse", costOpen: "worse, cost inconclusive",
		costDearer: "worse and dearer",
	},
	qualityOpen: {
		costCheaper: "cheaper, quality inconclusive", costOpen: "inconclusive",
		costDearer: "dearer, quality inconclusive",
	},
}

// verdict puts the pair into words, with the n they rest on. Better and worse
// mean that the 95 % interval of the difference is on one side of zero and the
// test agrees (with few pairs the two can differ), non-inferior that the
// candidate is less than the margin below (one-sided 5 %), cheaper and dearer
// that the 95 % interval of the cost ratio is on one side of one.
func (p *Pair) verdict() string {
	return fmt.Sprintf("%s (n=%d)", words[p.quality()][p.expense()], p.N)
}
