package stats

// ICC is the intraclass correlation of values in groups, from the analysis of
// variance with one factor: how alike the values of a group are, compared with
// those of others. It is between 0 and 1 here; estimates below 0 are 0. Absent
// without a group of two, a second group, or any variation.
//
// A. Donner, International Statistical Review 54 (1986) 67, equation 2.3;
// with equal groups ICC(1,1) of P. E. Shrout, J. L. Fleiss, Psychological
// Bulletin 86 (1979) 420.
func ICC(groups [][]float64) Number {
	var n, k, sum, squares float64
	for _, g := range groups {
		if len(g) == 0 {
			continue
		}
		k++
		n += float64(len(g))
		squares += float64(len(g) * len(g))
		for _, v := range g {
			sum += v
		}
	}
	if k < 2 || n == k {
		return None()
	}
	grand := sum / n
	var between, within float64
	for _, g := range groups {
		if len(g) == 0 {
			continue
		}
		mean := Mean(g)
		between += float64(len(g)) * (mean - grand) * (mean - grand)
		for _, v := range g {
			within += (v - mean) * (v - mean)
		}
	}
	between, within = between/(k-1), within/(n-k)
	size := (n - squares/n) / (k - 1)
	icc := Over(between-within, between+(size-1)*within)
	if !icc.OK() {
		return None()
	}
	return max(0, icc)
}
