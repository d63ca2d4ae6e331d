package page

import (
	"context"
	"fmt"
	"strings"

	"bench"
	"bench/internal/plural"
	"bench/results"
	"bench/results/draw"
	"bench/results/timeline"
)

// card is what a page shows of one trial.
type card struct {
	ID, Name    string
	Task, Repo  string
	Attempt     int
	Outcome     string
	Blame       bench.Blame
	Error       string
	Cost        string
	Calls       string
	Timeline    *draw.Picture
	Delegations []results.Delegation
	Notes       []results.Note
	Findings    []bench.Finding // of contamination
	Grade       *results.Grade
	Tests       string
	Failed      []string
	More        int
	Log         string
	Patch       []patchLine
	Talk        string // id of the packed conversation, if the page has it
	Dropped     string // the day on which what was said was dropped; "" if it is there
	Image       bench.Image
	Host        *results.Host // nil: not known, or not to be told; and so of the tests
	GradingHost *results.Host
	Simulated   bool
}

// patchLine is a line of a patch with its class: add, del, hunk, file or none.
type patchLine struct{ Class, Text string }

const (
	mostTests = 40 // failed tests of a card
	logLines  = 60
)

// done is what was done in a trial, counted.
func done(t timeline.Timeline) string {
	tools := plural.Count(t.Totals.Tools, "tool call")
	if t.NoUsage {
		return tools
	}
	return plural.Count(t.Totals.Calls, "model call") + ", " + tools
}

// card draws a trial's card.
func (b *builder) card(ctx context.Context, t *trial, d results.Detail) (string, error) {
	line := timeline.Of(d)
	c := card{
		ID: t.ID, Name: b.comparison.Configurations[t.Column].Name, Task: t.Key.InstanceID,
		Repo: t.Repo, Attempt: t.Key.Attempt, Outcome: outcome(t.Trial), Blame: t.Blame,
		Error: b.hidden.Replace(t.Error), Cost: line.Cost(t.Cost, t.Unreported), Calls: done(line),
		Delegations: d.Delegations, Notes: d.Notes, Grade: d.Grade, Patch: patchLines(d.Patch),
		Image: d.Image, Simulated: d.Configuration.Simulated(), Talk: talkID(t), Dropped: t.Dropped(),
	}
	if !b.options.Anonymous {
		c.Host, c.GradingHost = d.Host, d.GradingHost
	}
	for i := range c.Notes {
		c.Notes[i].Text = b.hidden.Replace(c.Notes[i].Text)
	}
	if x := d.Examined; x != nil {
		c.Findings = x.Findings
	}
	if line.Totals.Wall > 0 {
		c.Timeline = draw.Timeline(line).Simulated(c.Simulated)
	}
	if g := d.Grade; g != nil {
		c.Tests = fmt.Sprintf("FAIL_TO_PASS %d of %d, PASS_TO_PASS %d of %d", g.F2PSuccess,
			g.F2PSuccess+g.F2PFailure, g.P2PSuccess, g.P2PSuccess+g.P2PFailure)
		log, err := b.source.Body(ctx, g.Log)
		if err != nil {
			return "", err
		}
		c.Log = tail(string(log), logLines)
	}
	c.Failed = t.failed[:min(mostTests, len(t.failed))]
	c.More = len(t.failed) - len(c.Failed)
	var html strings.Builder
	err := render(&html, "trial", c)
	return html.String(), err
}

// patchLines are the lines of a patch.
func patchLines(patch string) (out []patchLine) {
	if patch == "" {
		return nil
	}
	for _, l := range strings.Split(strings.TrimRight(short(patch), "\n"), "\n") {
		class := ""
		switch {
		case strings.HasPrefix(l, "diff "), strings.HasPrefix(l, "+++"), strings.HasPrefix(l, "---"):
			class = "file"
		case strings.HasPrefix(l, "@@"):
			class = "hunk"
		case strings.HasPrefix(l, "+"):
			class = "add"
		case strings.HasPrefix(l, "-"):
			class = "del"
		}
		out = append(out, patchLine{class, l})
	}
	return out
}
