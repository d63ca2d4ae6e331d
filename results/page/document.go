package page

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"bench"
	"bench/results"
	"bench/results/chart"
	"bench/results/compare"
	"bench/results/draw"
	"bench/results/report"
)

// builder reads what a page is made of.
type builder struct {
	source     Source
	comparison compare.Comparison
	options    Options

	runs   []results.Run
	trials []*trial
	flips  []flips
	hidden *strings.Replacer // of what must not be named
	cards  []string          // of the trials, as HTML
}

// trial is one of the comparison.
type trial struct {
	results.Trial
	ID     string // of its anchor
	Column int    // its configuration among those of the comparison
	first  []step // what its main agent did, to compare trials by; see flips
	failed []string
}

// document is what the template of a page is given.
type document struct {
	Title      string
	Policy     string
	Style      template.CSS
	Data       template.JS // the comparison as `bench compare --format json` prints it
	Refresh    int
	List       string
	Simulated  bool
	Alarms     []string
	Runs       []results.Run
	Verdicts   []verdictView
	Frontier   *draw.Picture // nil: no configuration has a cost and a rate
	Points     []bench.Point // of others
	Beaten     []string
	Acceptable *draw.Picture // nil: too few tasks
	Worth      []string
	Warnings   []string
	Flips      []flips
	Costs      *draw.Picture
	Tokens     *draw.Picture
	Tasks      taskCosts
	Parallel   *draw.Picture
	Sheets     []report.Sheet
	Matrix     matrix
	Origin     origin
	Together   int // cards that are packed as one
	Talks      int // trials whose conversations are asked for
}

func (b *builder) document(ctx context.Context) (*document, error) {
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	c := b.comparison
	parallel, err := b.details(ctx)
	if err != nil {
		return nil, err
	}
	data, err := comparisonJSON(c)
	if err != nil {
		return nil, err
	}
	d := &document{
		Title: b.title(), Policy: Policy(), Style: template.CSS(sheet()), Data: data,
		Refresh: b.options.Refresh, List: b.options.List, Simulated: c.Simulated,
		Alarms: alarms(c), Runs: b.runs,
		Verdicts: verdicts(c), Frontier: chart.Frontier(c, b.options.Points), Points: b.options.Points,
		Beaten:     c.Frontier,
		Acceptable: chart.Acceptability(c), Worth: report.Worth(c), Warnings: c.Warnings,
		Flips: b.flips, Costs: chart.Roles(c), Tokens: chart.Tokens(c), Tasks: b.taskCosts(),
		Parallel: parallel.picture(c), Sheets: report.Sheets(c), Matrix: b.matrix(),
		Together: together, Talks: len(b.talking()),
	}
	d.Origin, err = b.origin(ctx)
	return d, err
}

// alarms are what must be known before any number is read: what was left out, too.
func alarms(c compare.Comparison) []string {
	if c.Excluded == nil {
		return c.Alarms
	}
	return append(slices.Clone(c.Alarms), report.LeftOut(c.Excluded))
}

// title names the experiment, or the runs.
func (b *builder) title() string {
	var names []string
	for _, r := range b.runs {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}

// read reads the runs and which trials they have.
func (b *builder) read(ctx context.Context) error {
	columns := map[[2]string]int{}
	for i, c := range b.comparison.Configurations {
		columns[[2]string{c.Run, plainName(c)}] = i
	}
	for _, id := range b.comparison.Runs {
		run, err := b.source.Run(ctx, id)
		if err != nil {
			return err
		}
		b.runs = append(b.runs, run)
		trials, err := b.source.Trials(ctx, id)
		if err != nil {
			return err
		}
		for _, t := range trials {
			if b.comparison.Excluded.Has(t.Key.InstanceID) {
				continue
			}
			column := columns[[2]string{id, t.Key.Configuration}]
			b.trials = append(b.trials, &trial{
				Trial: t, ID: fmt.Sprintf("t%d", len(b.trials)+1), Column: column,
			})
		}
	}
	return b.findHidden(ctx)
}

// plainName is a configuration's name in its run.
func plainName(c compare.Configuration) string { return strings.TrimSuffix(c.Name, "@"+c.Run) }

// comparisonJSON is the comparison's document, safe within an element of HTML.
func comparisonJSON(c compare.Comparison) (template.JS, error) {
	var b bytes.Buffer
	if err := report.JSON(&b, c); err != nil {
		return "", err
	}
	// In JSON, these stand in strings alone.
	text := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(b.String())
	return template.JS(text), nil //nolint:gosec // escaped for its place just above
}

// took writes a duration.
func took(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// outcome says how a trial ended.
func outcome(t results.Trial) string {
	switch {
	case t.Outcome == "":
		return "in phase " + string(t.Phase)
	case t.Resolved != nil && *t.Resolved:
		return string(bench.OutcomeResolved)
	}
	return string(t.Outcome)
}
