package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"bench/results"
	"bench/results/nights"
	"bench/stats"
)

// TrendCSV writes a line for each configuration on each occasion. Where a measure is
// another from there on, change.quality and others have by how much, and the corrected p
// value; otherwise they are empty.
func TrendCSV(w io.Writer, t nights.Trend) error {
	rows := [][]string{trendHeader(t)}
	for _, c := range t.Series {
		for i, p := range c.Points {
			o := t.Occasions[i]
			row := []string{c.Name, o.Name, strconv.Itoa(len(o.Nights)), o.Nights[0].ID, started(o),
				o.Nights[0].Version, strconv.Itoa(p.Tasks), strconv.Itoa(p.Trials),
				strconv.Itoa(p.Verdicts), strconv.Itoa(p.Resolved)}
			for _, e := range []nights.Estimate{p.Rate, p.Cost, p.Seconds} {
				row = append(append(row, plain(e.Number)), limits(e.Interval)...)
				row = append(row, strconv.Itoa(e.Trials))
			}
			for _, m := range nights.Measures {
				row = append(row, csvChange(c, m, i)...)
			}
			rows = append(rows, append(row, strings.Join(o.Setup, " ")))
		}
	}
	return csv.NewWriter(w).WriteAll(rows)
}

func trendHeader(t nights.Trend) []string {
	h := []string{"configuration", string(t.By), "nights", "first_run", "started_at", "bench_version",
		"n_tasks", "n_trials", "n_graded", "resolved"}
	for _, name := range []string{"resolved_rate", "cost_usd_per_task", "seconds_per_task"} {
		h = append(h, name, name+".lo", name+".hi", name+".n")
	}
	for _, m := range nights.Measures {
		h = append(h, "change."+string(m), "change."+string(m)+".p")
	}
	return append(h, "setup")
}

// csvChange is the change of a measure that begins with an occasion.
func csvChange(c nights.Series, m nights.Measure, occasion int) []string {
	for _, x := range c.Changes {
		if x.Measure == m && x.At == occasion {
			return []string{plain(x.Change), plain(x.Corrected)}
		}
	}
	return []string{"", ""}
}

// started is when an occasion began.
func started(o nights.Occasion) string {
	return o.Nights[0].StartedAt.UTC().Format(time.RFC3339)
}

// trendDocument is how configurations did over time, for programs. Shares are of 1;
// change is a difference for quality and a ratio for the others.
type trendDocument struct {
	By             nights.Grouping      `json:"by"`
	Simulated      bool                 `json:"simulated"`
	Imported       bool                 `json:"imported"`
	Excluded       *results.Exclusion   `json:"excluded"` // null: nobody asked
	Looks          int                  `json:"looks"`
	Alpha          float64              `json:"alpha"` // of corrected p values
	Occasions      []occasionDocument   `json:"occasions"`
	Configurations []trendConfiguration `json:"configurations"`
}

type occasionDocument struct {
	Name    string   `json:"name"`
	Runs    []string `json:"runs"`
	Started string   `json:"started_at"`
	Version string   `json:"bench_version"`
	Setup   []string `json:"setup"` // what differs from the occasion before
}

type trendConfiguration struct {
	Name       string                          `json:"name"`
	Points     []pointDocument                 `json:"points"` // one for each occasion
	Changes    []changeDocument                `json:"changes"`
	Dispersion map[nights.Measure]stats.Number `json:"dispersion"`
}

type pointDocument struct {
	Tasks    int              `json:"n_tasks"`
	Trials   int              `json:"n_trials"`
	Graded   int              `json:"n_graded"`
	Resolved int              `json:"resolved"`
	Rate     estimateDocument `json:"resolved_rate"`
	Cost     estimateDocument `json:"cost_usd_per_task"`
	Seconds  estimateDocument `json:"seconds_per_task"`
}

type estimateDocument struct {
	Value  stats.Number   `json:"value"`
	CI     stats.Interval `json:"ci"`
	Trials int            `json:"n_trials"`
}

type changeDocument struct {
	Measure   nights.Measure `json:"measure"`
	From      string         `json:"from"` // the first occasion
	Before    stats.Number   `json:"before"`
	After     stats.Number   `json:"after"`
	Change    stats.Number   `json:"change"`
	P         stats.Number   `json:"p"`
	Corrected stats.Number   `json:"p_corrected"`
	Sentence  string         `json:"sentence"`
}

// TrendJSON writes how configurations did over time as one document.
func TrendJSON(w io.Writer, t nights.Trend) error {
	d := trendDocument{By: t.By, Excluded: t.Excluded, Looks: t.Looks, Alpha: nights.Alpha,
		Occasions: []occasionDocument{}, Configurations: []trendConfiguration{}}
	d.Simulated, d.Imported = t.Origin()
	for _, o := range t.Occasions {
		x := occasionDocument{Name: o.Name, Started: started(o), Version: o.Nights[0].Version,
			Setup: listed(o.Setup)}
		for _, run := range o.Nights {
			x.Runs = append(x.Runs, run.ID)
		}
		d.Occasions = append(d.Occasions, x)
	}
	for _, c := range t.Series {
		d.Configurations = append(d.Configurations, trendOf(t, c))
	}
	return document(w, d, "trend")
}

func trendOf(t nights.Trend, c nights.Series) trendConfiguration {
	out := trendConfiguration{
		Name: c.Name, Changes: []changeDocument{}, Dispersion: map[nights.Measure]stats.Number{},
	}
	of := func(e nights.Estimate) estimateDocument {
		return estimateDocument{e.Number, e.Interval, e.Trials}
	}
	for _, p := range c.Points {
		out.Points = append(out.Points, pointDocument{
			Tasks: p.Tasks, Trials: p.Trials, Graded: p.Verdicts, Resolved: p.Resolved,
			Rate: of(p.Rate), Cost: of(p.Cost), Seconds: of(p.Seconds),
		})
	}
	for _, x := range c.Changes {
		out.Changes = append(out.Changes, changeDocument{
			Measure: x.Measure, From: t.Occasions[x.At].Name, Before: x.Before, After: x.After,
			Change: x.Change, P: x.P, Corrected: x.Corrected,
			Sentence: fmt.Sprintf("%s: %s.", c.Name, ChangeSentence(t, x)),
		})
	}
	for i, m := range nights.Measures {
		out.Dispersion[m] = c.Dispersion[i]
	}
	return out
}
