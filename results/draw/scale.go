package draw

import "math"

// scale turns values into places between from and to.
type scale struct {
	lo, hi   float64 // values
	from, to float64 // places
	log      bool
}

// at is the place of a value; one beyond the ends is at the end.
func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	v = min(max(v, lo), hi)
	if s.log {
		v, lo, hi = math.Log(v), math.Log(lo), math.Log(hi)
	}
	if hi == lo {
		return (s.from + s.to) / 2
	}
	return s.from + (v-lo)/(hi-lo)*(s.to-s.from)
}

// wide is from which quotient of the largest and the smallest value on that a
// scale of equal steps would press the small ones together.
const wide = 12

// positive is a scale for values above 0, such as dollars: from 0 on, or in
// equal factors where they span a wide range.
func positive(values []float64, from, to float64) scale {
	lo, hi := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	switch {
	case hi == 0:
		return scale{lo: 0, hi: 1, from: from, to: to}
	case hi/lo >= wide:
		return scale{lo: lo / 1.3, hi: hi * 1.3, from: from, to: to, log: true}
	}
	return scale{lo: 0, hi: hi * 1.08, from: from, to: to}
}

// ticks are round values within the scale, about so many.
func (s scale) ticks(about int) (out []float64) {
	if s.log {
		return s.powers(about)
	}
	step := round((s.hi - s.lo) / float64(about))
	if step <= 0 {
		return nil
	}
	for i := math.Ceil(s.lo/step - 1e-9); i*step <= s.hi*(1+1e-9); i++ {
		out = append(out, i*step+0) // −0 is 0
	}
	return out
}

// powers are 1, 2 and 5 times the powers of ten, or only these where they are
// enough.
func (s scale) powers(about int) (out []float64) {
	factors := []float64{1, 2, 5}
	if math.Log10(s.hi/s.lo) > float64(about) {
		factors = factors[:1]
	}
	for p := math.Floor(math.Log10(s.lo)); p <= math.Log10(s.hi); p++ {
		for _, f := range factors {
			if v := f * math.Pow(10, p); v >= s.lo && v <= s.hi {
				out = append(out, v)
			}
		}
	}
	return out
}

// round is the next of 1, 2 and 5 times a power of ten.
func round(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if v <= f*power*(1+1e-9) {
			return f * power
		}
	}
	return 10 * power
}
