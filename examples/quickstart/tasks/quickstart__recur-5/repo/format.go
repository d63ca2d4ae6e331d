package recur

import (
	"fmt"
	"strings"
)

// String prints what Parse reads.
func (r Rule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "FREQ=%s", r.Freq)
	if r.Interval != 1 {
		fmt.Fprintf(&b, ";INTERVAL=%d", r.Interval)
	}
	if len(r.Days) > 0 {
		codes := make([]string, len(r.Days))
		for i, d := range r.Days {
			codes[i] = dayCodes[d]
		}
		fmt.Fprintf(&b, ";BYDAY=%s", strings.Join(codes, ","))
	}
	if r.Count > 0 {
		fmt.Fprintf(&b, ";COUNT=%d", r.Count)
	}
	if !r.Until.IsZero() {
		fmt.Fprintf(&b, ";UNTIL=%s", r.Until.Format("20060102"))
	}
	return b.String()
}
