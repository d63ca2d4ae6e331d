package recur

import (
	"iter"
	"time"
)

// From yields the occurrences in order, the start first. It panics on a rule
// that Check refuses.
func (r Rule) From(start time.Time) iter.Seq[time.Time] {
	if err := r.Check(); err != nil {
		panic("recur: " + err.Error())
	}
	return func(yield func(time.Time) bool) {
		seen := 0
		for at := range r.all(start) {
			if !r.Until.IsZero() && at.After(r.Until) {
				return
			}
			if !yield(at) {
				return
			}
			if seen++; r.Count > 0 && seen == r.Count {
				return
			}
		}
	}
}

// Next returns the first occurrence after t, and false if there is none.
func (r Rule) Next(start, t time.Time) (time.Time, bool) {
	for at := range r.From(start) {
		if at.After(t) {
			return at, true
		}
	}
	return time.Time{}, false
}

// Between returns the occurrences from a up to but not including b.
func (r Rule) Between(start, a, b time.Time) []time.Time {
	var found []time.Time
	for at := range r.From(start) {
		if !at.Before(b) {
			break
		}
		if !at.Before(a) {
			found = append(found, at)
		}
	}
	return found
}

// all yields occurrences without a bound.
func (r Rule) all(start time.Time) iter.Seq[time.Time] {
	if r.Freq == Weekly && len(r.Days) > 0 {
		return r.weekdays(start)
	}
	return func(yield func(time.Time) bool) {
		for at := start; yield(at); at = r.step(at) {
		}
	}
}

// step moves on by one interval.
func (r Rule) step(at time.Time) time.Time {
	const day = 24 * time.Hour
	switch r.Freq {
	case Daily:
		return at.Add(time.Duration(r.Interval) * day)
	case Weekly:
		return at.Add(time.Duration(r.Interval) * 7 * day)
	case Monthly:
		return at.AddDate(0, r.Interval, 0)
	default:
		return at.AddDate(r.Interval, 0, 0)
	}
}

// weekdays yields the chosen days of every interval-th week from the start on.
func (r Rule) weekdays(start time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		monday := start.AddDate(0, 0, -fromMonday(start.Weekday()))
		for ; ; monday = monday.AddDate(0, 0, 7*r.Interval) {
			for _, d := range r.Days {
				at := monday.AddDate(0, 0, fromMonday(d))
				if !at.Before(start) && !yield(at) {
					return
				}
			}
		}
	}
}
