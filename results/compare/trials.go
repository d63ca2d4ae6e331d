package compare

import (
	"slices"

	"bench"
	"bench/results"
)

// TrialValues are the metrics of one trial.
type TrialValues struct {
	results.Trial
	Configuration bench.Configuration
	Cost          Knowledge // how much of what it cost was reported
	values        map[string]Value
}

// Value is the value of a metric of one trial.
func (t TrialValues) Value(m Metric) Value { return t.values[m.Name] }

// OfOneTrial are the metrics that say something of a trial by itself.
func OfOneTrial() []Metric {
	return slices.DeleteFunc(slices.Clone(Metrics), func(m Metric) bool { return m.OfMany })
}

// OfTrials measures each trial of a run by itself. A metric that its configuration
// does not have is absent.
func OfTrials(f results.Facts) (out []TrialValues) {
	metrics := OfOneTrial()
	for _, all := range columns([]digest{digestOf(f)}, Options{}) {
		described := Configuration{
			Kind: all.config.Kind, Roles: all.roles(), delegates: delegates(all.config),
		}
		for _, t := range all.trials {
			c := newColumn(all.run, all.config, Options{})
			c.take(t)
			v := TrialValues{
				Trial: t.Trial, Configuration: c.config, Cost: c.known(), values: map[string]Value{},
			}
			for _, m := range metrics {
				if v.values[m.Name] = (Value{}).absent(); m.Has(described) {
					v.values[m.Name] = c.of(m)
				}
			}
			out = append(out, v)
		}
	}
	return out
}
