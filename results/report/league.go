package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
	"bench/results/compare"
	"bench/stats"
)

// League writes how sidekicks rank, as text: for each main model a table with a row for
// each candidate, and one with the probabilities of ranks.
func League(w io.Writer, s compare.Standings) error { return leagueTables(w, s, text) }

// LeagueMarkdown writes the same in Markdown.
func LeagueMarkdown(w io.Writer, s compare.Standings) error { return leagueTables(w, s, markdown) }

func leagueTables(w io.Writer, s compare.Standings, st style) error {
	var lines []string
	for _, l := range s.Leagues {
		for _, g := range []grid{ranking(s, l), ranks(l)} {
			if len(g.rows) == 0 {
				continue
			}
			if err := g.write(w, st); err != nil {
				return err
			}
		}
		lines = append(lines, leagueRemarks(s, l)...)
	}
	return remarks(w, lines, st)
}

// ranking has a row for each candidate by rank, and one for the main model alone.
func ranking(s compare.Standings, l compare.League) grid {
	title := fmt.Sprintf("Sidekicks of %s at %s for one more resolved task", l.Main,
		usd(s.Lambda))
	g := grid{
		title: without(based(title, s.Simulated, s.Imported, s.Repricing), s.Excluded), align: "lrlr",
		header: []string{"configuration", "rank", "sidekick", "resolved", "cost per task",
			"net benefit"},
	}
	if l.Alone != nil {
		g.header = append(g.header, "more than "+l.Alone.Name)
	}
	for i, c := range l.Candidates {
		g.add(placedRow(c, strconv.Itoa(i+1), l.Alone != nil)...)
	}
	if l.Alone != nil {
		g.add(placedRow(*l.Alone, none, true)...)
	}
	return g
}

// placedRow is what came of a configuration.
func placedRow(c compare.Placed, rank string, alone bool) []string {
	row := []string{c.Name, rank, or(c.Sidekick), number(stats.Number(c.Rate), compare.Percent),
		number(stats.Number(c.Cost), compare.Dollars), worthOf(c.NetBenefit, c.Interval)}
	if alone {
		row = append(row, worthOf(c.Gain, c.GainInterval))
	}
	return row
}

// worthOf is money that may be below nothing, with its interval.
func worthOf(n stats.Number, i stats.Interval) string {
	if !n.OK() {
		return none
	}
	out := usd(float64(n))
	if i.OK() {
		out += fmt.Sprintf(" [%s, %s]", usd(float64(i.Lo)), usd(float64(i.Hi)))
	}
	return out
}

// ranks has the probability of each rank of each candidate, and of more net benefit
// than the main model alone.
func ranks(l compare.League) grid {
	g := grid{title: "Probability of each rank", header: []string{"configuration"}, align: "lr"}
	if l.Alone != nil {
		g.header = append(g.header, "better than "+l.Alone.Name)
	}
	for i, c := range l.Candidates {
		g.header = append(g.header, strconv.Itoa(i+1))
		row := []string{c.Name}
		if l.Alone != nil {
			row = append(row, number(c.Beats, compare.Percent))
		}
		for _, p := range c.Ranks {
			row = append(row, number(stats.Number(p), compare.Percent))
		}
		if c.Ranks != nil {
			g.rows = append(g.rows, row)
		}
	}
	return g
}

func leagueRemarks(s compare.Standings, l compare.League) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if l.Tasks == 0 {
		say("Sidekicks of %s: no task has verdicts of all candidates.", l.Main)
	} else {
		say("Sidekicks of %s: by %s · rate − cost per task, on %s that all have verdicts for.",
			l.Main, usd(s.Lambda), plural.Count(l.Tasks, "task"))
	}
	if l.Tasks > 0 && l.Candidates[0].Ranks == nil {
		say("Note: fewer than six tasks have no intervals, and no probabilities.")
	}
	if len(l.NoCost) > 0 {
		say("Note: left out, as what they cost is not known: %s.", strings.Join(l.NoCost, ", "))
	}
	return slices.Concat(lines, repriced(s.Repricing), excludedNote(s.Excluded))
}

// LeagueCSV writes a line for each candidate, and one without a rank for the main model
// alone.
func LeagueCSV(w io.Writer, s compare.Standings) error {
	header := []string{"main_model", "configuration", "sidekick_model", "rank", "n_tasks",
		"lambda_usd", "resolved_rate", "cost_usd_per_task", "net_benefit_usd", "net_benefit_usd.lo",
		"net_benefit_usd.hi", "gain_usd", "gain_usd.lo", "gain_usd.hi", "beats_alone_probability"}
	most := 0
	for _, l := range s.Leagues {
		most = max(most, len(l.Candidates))
	}
	for i := range most {
		header = append(header, fmt.Sprintf("rank_probability.%d", i+1))
	}
	rows := [][]string{header}
	for _, l := range s.Leagues {
		add := func(c compare.Placed, rank string) {
			row := []string{width.Cell(l.Main), width.Cell(c.Name), width.Cell(c.Sidekick), rank,
				strconv.Itoa(l.Tasks),
				plain(stats.Number(s.Lambda)), plain(stats.Number(c.Rate)), plain(stats.Number(c.Cost)),
				plain(c.NetBenefit)}
			row = append(append(row, limits(c.Interval)...), plain(c.Gain))
			row = append(append(row, limits(c.GainInterval)...), plain(c.Beats))
			for _, p := range c.Ranks {
				row = append(row, plain(stats.Number(p)))
			}
			rows = append(rows, append(row, make([]string, len(header)-len(row))...))
		}
		for i, c := range l.Candidates {
			add(c, strconv.Itoa(i+1))
		}
		if l.Alone != nil {
			add(*l.Alone, "")
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// standingsDocument is how sidekicks rank, for programs. Money is per task.
type standingsDocument struct {
	Runs      []string           `json:"runs"`
	Simulated bool               `json:"simulated"`
	Imported  bool               `json:"imported"`
	Lambda    float64            `json:"lambda_usd"`
	Leagues   []leagueDocument   `json:"leagues"`
	Repricing *compare.Repricing `json:"repricing"` // null: costs are as they were recorded
	Excluded  *results.Exclusion `json:"excluded"`  // null: nobody asked
}

type leagueDocument struct {
	Main       string           `json:"main_model"`
	Tasks      int              `json:"n_tasks"`
	Alone      *placedDocument  `json:"alone"` // null: it did not take part
	Candidates []placedDocument `json:"candidates"`
	NoCost     []string         `json:"cost_not_known"` // left out
}

type placedDocument struct {
	Rank         int            `json:"rank,omitempty"`
	Name         string         `json:"name"`
	Sidekick     *string        `json:"sidekick_model"`
	Rate         float64        `json:"resolved_rate"`
	Cost         float64        `json:"cost_usd_per_task"`
	NetBenefit   stats.Number   `json:"net_benefit_usd"`
	Interval     stats.Interval `json:"net_benefit_ci"`
	Gain         stats.Number   `json:"gain_usd"` // over the main model alone
	GainInterval stats.Interval `json:"gain_ci"`
	Beats        stats.Number   `json:"beats_alone_probability"`
	Ranks        []float64      `json:"rank_probability"` // null for fewer than six tasks
}

func placedDocumentOf(c compare.Placed, rank int) placedDocument {
	d := placedDocument{
		Rank: rank, Name: c.Name, Rate: c.Rate, Cost: c.Cost, NetBenefit: c.NetBenefit,
		Interval: c.Interval, Gain: c.Gain, GainInterval: c.GainInterval, Beats: c.Beats, Ranks: c.Ranks,
	}
	if c.Sidekick != "" {
		d.Sidekick = &c.Sidekick
	}
	return d
}

// LeagueJSON writes how sidekicks rank as one document.
func LeagueJSON(w io.Writer, s compare.Standings) error {
	d := standingsDocument{Runs: s.Runs, Simulated: s.Simulated, Imported: s.Imported,
		Lambda: s.Lambda, Leagues: []leagueDocument{}, Repricing: s.Repricing, Excluded: s.Excluded}
	for _, l := range s.Leagues {
		x := leagueDocument{Main: l.Main, Tasks: l.Tasks, Candidates: []placedDocument{},
			NoCost: listed(l.NoCost)}
		for i, c := range l.Candidates {
			x.Candidates = append(x.Candidates, placedDocumentOf(c, i+1))
		}
		if l.Alone != nil {
			alone := placedDocumentOf(*l.Alone, 0)
			x.Alone = &alone
		}
		d.Leagues = append(d.Leagues, x)
	}
	return document(w, d, "league")
}
