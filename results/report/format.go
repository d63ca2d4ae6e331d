package report

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"bench"
	"bench/results/compare"
	"bench/stats"
)

// none stands for a number there is no data for.
const none = "–"

// unknown stands for one that was not reported.
const unknown = "?"

// number writes a number in its unit.
func number(n stats.Number, u compare.Unit) string {
	if !n.OK() {
		return none
	}
	f := float64(n)
	switch u {
	case compare.Dollars:
		return bench.Dollars(f).String()
	case compare.Percent:
		return fmt.Sprintf("%.1f%%", 100*f)
	case compare.Tokens:
		return tokens(int64(f))
	case compare.Times:
		if f < 0.1 {
			return fmt.Sprintf("%.4f×", f)
		}
		return fmt.Sprintf("%.2f×", f)
	case compare.Bytes:
		return tokens(int64(f)) + "B"
	case compare.Seconds:
		return took(time.Duration(f * float64(time.Second)))
	case compare.Count:
	}
	if f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return fmt.Sprintf("%.2f", f)
}

// within writes the interval of a number, as precisely as the number; nothing
// if there is none.
func within(i stats.Interval, of stats.Number, u compare.Unit) string {
	lo, hi, digits := float64(i.Lo), float64(i.Hi), 2
	switch {
	case !i.OK():
		return ""
	case u == compare.Percent:
		lo, hi, digits = 100*lo, 100*hi, 0
	case of < 0.1:
		digits = 4
	}
	return fmt.Sprintf("[%.*f, %.*f]", digits, lo, digits, hi)
}

// tokens writes a number of tokens with three digits.
func tokens(n int64) string {
	switch f := float64(n); {
	case f < 1e4:
		return strconv.FormatInt(n, 10)
	case f < 1e5:
		return fmt.Sprintf("%.1fk", f/1e3)
	case f < 1e6:
		return fmt.Sprintf("%.0fk", f/1e3)
	case f < 1e8:
		return fmt.Sprintf("%.1fM", f/1e6)
	case f < 1e9:
		return fmt.Sprintf("%.0fM", f/1e6)
	default:
		return fmt.Sprintf("%.1fG", f/1e9)
	}
}

// took writes a duration with the two units that matter.
func took(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d > 0 && d < time.Millisecond:
		return "<1ms"
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd%02dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
}

// waited writes how long something waited; less than a millisecond is no wait.
func waited(d time.Duration) string { return took(d.Truncate(time.Millisecond)) }

// share writes a part of a whole in percent.
func share(part, whole int64) string {
	if whole == 0 {
		return none
	}
	return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
}

// titled marks the title of whatever rests on scripts instead of models.
func titled(title string, simulated bool) string {
	if simulated {
		return title + " · simulated"
	}
	return title
}

// importedTitle marks the title of what rests on trials that were made elsewhere.
func importedTitle(title string, imported bool) string {
	if imported {
		return title + " · imported"
	}
	return title
}

// replayTitle marks the title of what rests on a run that plays another one again.
func replayTitle(title string, r *bench.Replay) string {
	if r != nil {
		return title + " · " + r.String()
	}
	return title
}

// repetitionTitle marks the title of what rests on a repetition of a run.
func repetitionTitle(title, of string) string {
	if of != "" {
		return title + " · repetition of " + of
	}
	return title
}

// spending writes what something cost of which noCost parts have no known cost.
func spending(cost, unreported bench.USD, noCost int) string {
	switch {
	case noCost == 0:
		return bench.Spending(cost, unreported)
	case cost == 0:
		return unknown
	}
	return "≥" + cost.String()
}

// or is s, or a dash where there is nothing.
func or(s string) string {
	if s == "" {
		return none
	}
	return s
}
