package compare

import (
	"bench"
	"bench/stats"
)

// Value is what a metric is for one configuration.
type Value struct {
	stats.Number
	Interval stats.Interval // if the metric has one
	N        int            // how many things it is taken over, if the metric says what
	Beside   string         // what stands beside it in tables instead of N
	// Kind is how this one value stands to what it is about, where its metric is
	// exact otherwise. Unknown: it is absent because nothing was reported of it.
	Kind    Kind
	Unknown bool
}

// number is a value without anything beside it.
func number(n stats.Number) Value { return Value{Number: n} }

// count is a number of things.
func count[N ~int | ~int64](n N) Value { return number(stats.Number(n)) }

// usd is money, in dollars.
func usd(u bench.USD) Value { return number(dollars(u)) }

// over is a/b, absent if b is 0.
func over[A, B ~int | ~int64 | ~float64](a A, b B) Value { return number(stats.Over(a, b)) }

// overN is a/b, taken over b things.
func overN[A ~int | ~int64 | ~float64](a A, b int) Value { return over(a, b).per(b) }

// per is a value that is taken over n things.
func (v Value) per(n int) Value {
	v.N = n
	return v
}

// absent is a value without its number.
func (v Value) absent() Value {
	v.Number, v.Interval = stats.None(), stats.NoInterval()
	return v
}

func dollars(u bench.USD) stats.Number { return stats.Number(u.Float()) }

// mean is a mean under way.
type mean struct {
	Sum float64
	N   int
}

func (m *mean) add(xs ...float64) {
	for _, x := range xs {
		m.Sum, m.N = m.Sum+x, m.N+1
	}
}

// value is the mean and what it is taken over, absent if it is of nothing.
func (m mean) value() Value { return overN(m.Sum, m.N) }
