package nights

import (
	"slices"

	"bench/results"
	"bench/stats"
)

// Night is a run with what is measured of its trials.
type Night struct {
	Run    results.Run
	Trials []results.Measured
}

// Measure is what is compared from night to night.
type Measure string

// The measures. Quality is the share of trials that are resolved, cost is dollars per
// trial and time the seconds for which agents work on one.
const (
	Quality Measure = "quality"
	Cost    Measure = "cost"
	Time    Measure = "time"
)

// Measures are all measures in the order of tables.
var Measures = []Measure{Quality, Cost, Time}

// of is the value of a trial, if it has one.
func (m Measure) of(t results.Measured) (value float64, ok bool) {
	if !t.Counts() || t.Resolved == nil {
		return 0, false
	}
	switch m {
	case Quality:
		if *t.Resolved {
			value = 1
		}
		return value, true
	case Cost:
		if t.Cost != nil {
			return t.Cost.Float(), true
		}
	case Time:
		if t.Worked != nil {
			return t.Worked.Seconds(), true
		}
	}
	return 0, false
}

// configurations are those that all nights know by name, in the order of the first.
func configurations(all []Night) (names []string) {
	has := func(n Night, name string) bool {
		return slices.ContainsFunc(n.Trials, func(t results.Measured) bool {
			return t.Key.Configuration == name
		})
	}
	for _, t := range all[0].Trials {
		name := t.Key.Configuration
		missing := func(n Night) bool { return !has(n, name) }
		if !slices.Contains(names, name) && !slices.ContainsFunc(all, missing) {
			names = append(names, name)
		}
	}
	return names
}

// totals sums up a measure by task, of one configuration.
func (n Night) totals(m Measure, configuration string) map[string]stats.Total {
	out := map[string]stats.Total{}
	for _, t := range n.Trials {
		if t.Key.Configuration != configuration {
			continue
		}
		if v, ok := m.of(t); ok {
			sum := out[t.Key.InstanceID]
			out[t.Key.InstanceID] = stats.Total{Sum: sum.Sum + v, N: sum.N + 1}
		}
	}
	return out
}

// series has a measure of one configuration, by night and task.
func series(all []Night, m Measure, configuration string) stats.Repeated {
	byNight := make([]map[string]stats.Total, len(all))
	place := map[string]int{}
	for i, n := range all {
		byNight[i] = n.totals(m, configuration)
		for task := range byNight[i] {
			place[task] = 0
		}
	}
	for i, task := range sorted(place) {
		place[task] = i
	}
	rows := make(stats.Repeated, len(all))
	for i, totals := range byNight {
		rows[i] = make([]stats.Total, len(place))
		for task, t := range totals {
			rows[i][place[task]] = t
		}
	}
	return rows
}

// measured reports whether a night has a value of any task.
func measured(night []stats.Total) bool {
	return slices.ContainsFunc(night, func(t stats.Total) bool { return t.N > 0 })
}
