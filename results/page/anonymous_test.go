package page_test

import (
	"strings"
	"testing"

	"bench"
	"bench/results/compare"
	"bench/results/page"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// TestHosts: a page says on which machines trials ran and warns of unequal ones; an
// anonymous one only counts, whatever the config, errors and notices say.
func TestHosts(t *testing.T) {
	t.Parallel()
	s := storetest.Stored(t)
	config := bench.Body(`{"sandbox":{"engines":[{"host":"ssh://me@rack-9","name":"big-1"}]}}`)
	const said = "engine big-1: create: connect to ssh://me@rack-9: no route"
	for _, e := range resultstest.Events(resultstest.Spec{RunID: runID, Tasks: 4, Seed: 5, Engines: true}) {
		switch p := e.Payload.(type) {
		case bench.RunStarted:
			p.Config = config.Hash()
			e.Payload, e.Bodies = p, append(e.Bodies, config)
		case bench.TrialEnded:
			p.Error = said
			e.Payload = p
			note := e
			note.Payload = bench.Notice{Code: "machine_lost", Text: said}
			if _, err := s.Append(t.Context(), note); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	c, err := compare.Runs(t.Context(), s, []string{runID}, compare.Options{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	all := func(o page.Options) string {
		html := written(t, s, c, o)
		for _, card := range unpacked(t, html) {
			html += card
		}
		return html
	}
	names := []string{"rack-", "engine-of-", "big-1", "ssh://", "16 CPUs"}
	for _, name := range names {
		if !strings.Contains(all(page.Options{Bodies: page.NoBodies}), name) {
			t.Errorf("the page does not have %q", name)
		}
		if strings.Contains(all(page.Options{Bodies: page.NoBodies, Anonymous: true}), name) {
			t.Errorf("the anonymous page has %q", name)
		}
	}
	const warning = "4 of 4 pairs ran on unequal machines"
	for _, anonymous := range []bool{false, true} {
		if !strings.Contains(all(page.Options{Bodies: page.NoBodies, Anonymous: anonymous}), warning) {
			t.Errorf("anonymous %t: no warning", anonymous)
		}
	}
}
