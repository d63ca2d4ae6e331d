package recur

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

var dayCodes = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

func parseDays(s string) ([]time.Weekday, error) {
	var days []time.Weekday
	for code := range strings.SplitSeq(strings.ToUpper(s), ",") {
		i := slices.Index(dayCodes, code)
		if i < 0 {
			return nil, fmt.Errorf("unknown day %q", code)
		}
		days = append(days, time.Weekday(i))
	}
	slices.SortFunc(days, func(a, b time.Weekday) int { return fromMonday(a) - fromMonday(b) })
	return slices.Compact(days), nil
}

// fromMonday numbers the days of a week that begins on Monday from 0.
func fromMonday(d time.Weekday) int { return (int(d) + 6) % 7 }
