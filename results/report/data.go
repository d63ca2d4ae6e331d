package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"bench"
	"bench/results/compare"
	"bench/stats"
)

// CSV writes a comparison with one line per configuration: what it is, every
// metric under its name in the JSON document (intervals as name.lo and name.hi,
// what it is taken over as name.n), its outcomes, and how it compares with the
// baseline, whose own cells are empty there. Absent numbers are empty.
func CSV(w io.Writer, c compare.Comparison) error {
	out := csv.NewWriter(w)
	header := csvHeader()
	if err := out.Write(header); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	byCandidate := map[string]compare.Pair{}
	for _, p := range c.Pairs {
		byCandidate[p.Candidate] = p
	}
	for _, conf := range c.Configurations {
		row := csvConfiguration(conf)
		if p, ok := byCandidate[conf.Name]; ok {
			row = append(row, csvPair(p)...)
		}
		row = append(row, make([]string, len(header)-len(row))...)
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write comparison: %w", err)
		}
	}
	out.Flush()
	return out.Error()
}

func csvHeader() []string {
	h := []string{"run", "configuration", "kind", "main_model", "sidekick_model", "advisor_model",
		"simulated", "imported"}
	for _, m := range compare.Metrics {
		h = append(h, m.Name)
		if m.Interval != "" {
			h = append(h, m.Name+".lo", m.Name+".hi")
		}
		if m.Per != "" {
			h = append(h, m.Name+".n")
		}
	}
	for _, o := range bench.Outcomes {
		h = append(h, "outcomes."+string(o))
	}
	return append(h, "cost_known", "baseline", "n_pairs", "both", "only_baseline", "only_candidate",
		"neither",
		"delta_pp", "delta_pp.lo", "delta_pp.hi", "p_value", "test", "margin_pp", "non_inferior",
		"cost_ratio", "cost_ratio.lo", "cost_ratio.hi", "cost_ratio.median", "tokens_ratio",
		"tokens_ratio.lo", "tokens_ratio.hi", "tokens_ratio.median", "time_ratio", "time_ratio.lo",
		"time_ratio.hi", "time_ratio.median", "non_inferiority_p", "holm.p_value",
		"holm.non_inferiority_p", "pairs_needed", "pair_displacement", "pair_displacement.lo",
		"pair_displacement.hi", "ceiling.resolved", "ceiling.cost_usd", "ceiling.head_room_pp",
		"ceiling.head_room_used", "verdict", "word", "quality", "cost")
}

func csvConfiguration(c compare.Configuration) []string {
	row := []string{
		c.Run, c.Name, string(c.Kind), c.MainModel, optional(c.SidekickModel), optional(c.AdvisorModel),
		strconv.FormatBool(c.Simulated), strconv.FormatBool(c.Imported),
	}
	for _, m := range compare.Metrics {
		v := c.Value(m)
		row = append(row, plain(v.Number))
		if m.Interval != "" {
			row = append(row, limits(v.Interval)...)
		}
		if m.Per != "" {
			row = append(row, strconv.Itoa(v.N))
		}
	}
	for _, o := range bench.Outcomes {
		row = append(row, strconv.Itoa(c.Outcomes[o]))
	}
	return append(row, string(c.Cost))
}

// optional is a text that may be absent.
func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func csvPair(p compare.Pair) []string {
	d := documentOf(p)
	row := []string{d.Baseline}
	for _, n := range []int{d.N, d.Both, d.OnlyBaseline, d.OnlyCandidate, d.Neither} {
		row = append(row, strconv.Itoa(n))
	}
	row = append(append(row, plain(d.DeltaPP)), limits(d.DeltaCI)...)
	row = append(row, plain(d.PValue), string(d.Test), plain(d.MarginPP),
		strconv.FormatBool(d.NonInferior))
	row = append(append(row, plain(d.CostRatio)), limits(d.CostRatioCI)...)
	row = append(row, plain(d.CostRatioMedian), plain(d.Tokens))
	row = append(append(row, limits(d.TokensCI)...), plain(d.TokensMedian), plain(d.Time))
	row = append(append(row, limits(d.TimeCI)...), plain(d.TimeMedian), plain(d.NonInferiorityP),
		plain(d.Holm.PValue), plain(d.Holm.NonInferiorityP), strconv.Itoa(d.Needed))
	row = append(append(row, plain(d.Displacement)), limits(d.DisplacementCI)...)
	row = append(row, strconv.Itoa(d.Ceiling.Resolved), plain(d.Ceiling.Cost),
		plain(d.Ceiling.HeadRoom), plain(d.Ceiling.Used))
	return append(row, d.Verdict, string(d.Word), string(d.Quality), string(d.Cost))
}

func plain(n stats.Number) string {
	if !n.OK() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'f', -1, 64)
}

func limits(i stats.Interval) []string { return []string{plain(i.Lo), plain(i.Hi)} }
