// Package recur computes the dates of things that repeat.
//
// An occurrence has the wall clock of the start, in the start's time zone. The
// n-th occurrence depends on the start and on n alone; a month that is too
// short for the start's day uses its last day.
package recur

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Frequency is the unit in which a rule steps.
type Frequency string

// The frequencies.
const (
	Daily   Frequency = "DAILY"
	Weekly  Frequency = "WEEKLY"
	Monthly Frequency = "MONTHLY"
	Yearly  Frequency = "YEARLY"
)

// Rule says how something repeats.
type Rule struct {
	Freq     Frequency
	Interval int            // every so many units, at least 1
	Count    int            // at most so many occurrences, 0 without a bound
	Until    time.Time      // none after this moment, zero without a bound
	Days     []time.Weekday // weekly only: on these days rather than the start's
}

// Parse reads a rule such as "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10". UNTIL is a
// date and includes that day in UTC.
func Parse(s string) (Rule, error) {
	r := Rule{Interval: 1}
	for part := range strings.SplitSeq(s, ";") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return Rule{}, fmt.Errorf("rule %q: %q is not KEY=VALUE", s, part)
		}
		if err := r.set(key, value); err != nil {
			return Rule{}, fmt.Errorf("rule %q: %s: %w", s, key, err)
		}
	}
	if err := r.Check(); err != nil {
		return Rule{}, fmt.Errorf("rule %q: %w", s, err)
	}
	return r, nil
}

func (r *Rule) set(key, value string) (err error) {
	switch strings.ToUpper(key) {
	case "FREQ":
		r.Freq = Frequency(strings.ToUpper(value))
	case "INTERVAL":
		r.Interval, err = strconv.Atoi(value)
	case "COUNT":
		r.Count, err = strconv.Atoi(value)
	case "UNTIL":
		r.Until, err = time.Parse("20060102", value)
		r.Until = r.Until.Add(24*time.Hour - time.Nanosecond)
	case "BYDAY":
		r.Days, err = parseDays(value)
	default:
		err = fmt.Errorf("unknown key")
	}
	return err
}

// Check reports a rule that makes no sense.
func (r Rule) Check() error {
	switch r.Freq {
	case Daily, Weekly, Monthly, Yearly:
	default:
		return fmt.Errorf("unknown frequency %q", r.Freq)
	}
	switch {
	case r.Interval < 1:
		return fmt.Errorf("interval %d is less than 1", r.Interval)
	case r.Count < 0:
		return fmt.Errorf("count %d is negative", r.Count)
	case len(r.Days) > 0 && r.Freq != Weekly:
		return fmt.Errorf("days of the week need FREQ=WEEKLY")
	}
	return nil
}
