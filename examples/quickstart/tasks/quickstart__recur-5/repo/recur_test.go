package recur

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"
)

func dates(t *testing.T, rule string, start time.Time, layout string) []string {
	t.Helper()
	r, err := Parse(rule)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for at := range r.From(start) {
		got = append(got, at.Format(layout))
	}
	return got
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 9, 0, 0, 0, time.UTC) }

func TestSteps(t *testing.T) {
	for rule, want := range map[string][]string{
		"FREQ=DAILY;INTERVAL=10;COUNT=3":             {"2026-01-15", "2026-01-25", "2026-02-04"},
		"FREQ=WEEKLY;INTERVAL=2;COUNT=3":             {"2026-01-15", "2026-01-29", "2026-02-12"},
		"FREQ=MONTHLY;COUNT=3":                       {"2026-01-15", "2026-02-15", "2026-03-15"},
		"FREQ=YEARLY;COUNT=2":                        {"2026-01-15", "2027-01-15"},
		"FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4":            {"2026-01-15", "2026-01-20", "2026-01-22", "2026-01-27"},
		"FREQ=MONTHLY;UNTIL=20260315":                {"2026-01-15", "2026-02-15", "2026-03-15"},
		"FREQ=MONTHLY;INTERVAL=6;COUNT=2":            {"2026-01-15", "2026-07-15"},
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=3": {"2026-01-15", "2026-01-26", "2026-01-29"},
	} {
		if got := dates(t, rule, day(2026, 1, 15), time.DateOnly); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", rule, got, want)
		}
	}
}

func TestNextAndBetween(t *testing.T) {
	r := Rule{Freq: Monthly, Interval: 1, Count: 3}
	start := day(2026, 1, 15)
	if at, ok := r.Next(start, start); !ok || !at.Equal(day(2026, 2, 15)) {
		t.Errorf("next after the start: %s, %t", at, ok)
	}
	if at, ok := r.Next(start, day(2026, 3, 15)); ok {
		t.Errorf("a fourth of three: %s", at)
	}
	got := r.Between(start, day(2026, 2, 1), day(2026, 3, 15))
	if len(got) != 1 || !got[0].Equal(day(2026, 2, 15)) {
		t.Errorf("between: %v", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"", "FREQ=HOURLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;BYDAY=MO",
		"FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;COLOUR=RED",
	} {
		if r, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", s, r)
		}
	}
}

func TestStringRoundTrip(t *testing.T) {
	for _, s := range []string{
		"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=4", "FREQ=YEARLY;UNTIL=20301231",
	} {
		if r, err := Parse(s); err != nil || r.String() != s {
			t.Errorf("Parse(%q) prints %q, %v", s, r, err)
		}
	}
}
