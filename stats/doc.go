// Package stats is the mathematics of comparisons: intervals and tests for
// proportions, paired differences and ratios. It is pure: no I/O, no state,
// and whatever is drawn at random is drawn from a seed.
//
// A caller says what it knows (these counts are paired, these values belong to
// one task) and gets a number with its interval. What cannot be said, for lack
// of data, is NaN.
package stats
