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
	Grade       *results.Grade
	Tests       string
	Failed      []string
	More        int
	Log         string
	Patch       []patchLine
	Talk        string // id of the packed conversation; empty if the page has none
	Image       bench.Image
	Simulated   bool
}

// patchLine is a line of a patch with its class: add, del, hunk, file or none.
type patchLine struct{ Class, Text string }

const (
	mostTests = 40 // failed tests of a card
	logLines  = 60
)

// packTrial packs a trial's card, and what its agents said if that is asked for.
func (b *builder) packTrial(
	ctx context.Context, t *trial, d results.Detail, line timeline.Timeline,
) error {
	c := card{
		ID: t.ID, Name: b.comparison.Configurations[t.Column].Name, Task: t.Key.InstanceID,
		Repo: t.Repo, Attempt: t.Key.Attempt, Outcome: outcome(t.Trial), Blame: t.Blame,
		Error: t.Error, Cost: bench.Spending(t.Cost, t.Unreported),
		Calls: plural.Count(line.Totals.Calls, "model call") + ", " +
			plural.Count(line.Totals.Tools, "tool call"),
		Delegations: d.Delegations, Notes: d.Notes, Grade: d.Grade, Patch: patchLines(d.Patch),
		Image: d.Image, Simulated: d.Configuration.Simulated(),
	}
	if line.Totals.Wall > 0 {
		c.Timeline = draw.Timeline(line)
	}
	if g := d.Grade; g != nil {
		c.Tests = fmt.Sprintf("FAIL_TO_PASS %d of %d, PASS_TO_PASS %d of %d", g.F2PSuccess,
			g.F2PSuccess+g.F2PFailure, g.P2PSuccess, g.P2PSuccess+g.P2PFailure)
		log, err := b.source.Body(ctx, g.Log)
		if err != nil {
			return err
		}
		c.Log = tail(string(log), logLines)
	}
	c.Failed = t.failed[:min(mostTests, len(t.failed))]
	c.More = len(t.failed) - len(c.Failed)
	if b.wantsTalk(t) {
		c.Talk = t.ID + "-talk"
		if err := b.packTalk(ctx, c.Talk, t, d); err != nil {
			return err
		}
	}
	return b.pack(t.ID, "trial", c)
}

// pack renders a template and packs it.
func (b *builder) pack(id, template string, data any) error {
	var html strings.Builder
	if err := render(&html, template, data); err != nil {
		return err
	}
	return pack(&b.packed, id, html.String())
}

// wantsTalk reports whether the page holds what was said in a trial.
func (b *builder) wantsTalk(t *trial) bool {
	switch b.options.Bodies {
	case AllBodies:
		return true
	case FailedBodies:
		return t.Resolved == nil || !*t.Resolved
	case NoBodies:
	}
	return false
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
