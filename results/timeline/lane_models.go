package timeline

import (
	"slices"

	"bench"
	"bench/results"
)

// LaneModel is what one of the models did that an agent's turns went to.
type LaneModel struct {
	Model      string      `json:"model"`
	Calls      int         `json:"calls"`
	Usage      bench.Usage `json:"tokens"`
	Cost       bench.USD   `json:"cost_usd"`
	Unreported bench.USD   `json:"unreported_cost_usd,omitempty"` // estimated, besides the cost
}

// routed reports whether the model of an agent may change from turn to turn.
func (b laneBuilder) routed(agent string) bool {
	return slices.ContainsFunc(b.Routes, func(r results.Route) bool { return r.Agent == agent })
}

// models are those of an agent whose model may change, in the order in which they were
// first called; nil of all others.
func (b laneBuilder) models(agent string) (out []LaneModel) {
	if !b.routed(agent) {
		return nil
	}
	for _, c := range b.Calls {
		if c.Agent != agent {
			continue
		}
		i := slices.IndexFunc(out, func(m LaneModel) bool { return m.Model == c.WireModel })
		if i < 0 {
			i = len(out)
			out = append(out, LaneModel{Model: c.WireModel})
		}
		m := &out[i]
		m.Calls, m.Usage, m.Cost = m.Calls+1, m.Usage.Add(c.Usage), m.Cost+c.Cost
		m.Unreported += c.EstimatedUnknown
	}
	return out
}

// Rows are the lanes, each with one below it for every model that its turns went to,
// if these may change: pictures draw them alike.
func (t Timeline) Rows() (out []Lane) {
	for _, l := range t.Lanes {
		out = append(out, l)
		for _, m := range l.Models {
			row := Lane{Agent: "  " + m.Model, Role: l.Role, Model: m.Model, Calls: m.Calls,
				Usage: m.Usage, Cost: m.Cost, Unreported: m.Unreported}
			for _, s := range l.Spans {
				if s.Kind == SegmentCall && s.Model == m.Model {
					row.Spans = append(row.Spans, s)
				}
			}
			out = append(out, row)
		}
	}
	return out
}
