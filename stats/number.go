package stats

import (
	"encoding/json"
	"math"
)

// Number is a number that may be absent: NaN, which is null in JSON.
type Number float64

// OK reports whether there is a number.
func (n Number) OK() bool { return !math.IsNaN(float64(n)) && !math.IsInf(float64(n), 0) }

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.OK() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(b []byte) error {
	f := math.NaN()
	err := json.Unmarshal(b, &f)
	*n = Number(f)
	return err
}

// None is the number of what there is no data for.
func None() Number { return Number(math.NaN()) }

// Over is a/b, absent if b is 0.
func Over[A, B ~int | ~int64 | ~float64](a A, b B) Number {
	if b == 0 {
		return None()
	}
	return Number(float64(a) / float64(b))
}

// Interval is a confidence interval; absent limits say that there is none.
type Interval struct{ Lo, Hi Number }

// NoInterval is the interval of what cannot be estimated.
func NoInterval() Interval { return Interval{None(), None()} }

// OK reports whether there is an interval.
func (i Interval) OK() bool { return i.Lo.OK() && i.Hi.OK() }

// Scaled is an interval in another unit.
func (i Interval) Scaled(by Number) Interval { return Interval{i.Lo * by, i.Hi * by} }

// MarshalJSON writes [lo, hi] or null.
func (i Interval) MarshalJSON() ([]byte, error) {
	if !i.OK() {
		return []byte("null"), nil
	}
	return json.Marshal([2]Number{i.Lo, i.Hi})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Interval) UnmarshalJSON(b []byte) error {
	limits := [2]Number{None(), None()}
	err := json.Unmarshal(b, &limits)
	i.Lo, i.Hi = limits[0], limits[1]
	return err
}
