package nights

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"

	"bench/stats"
)

var full = flag.Bool("full", false, "run the whole simulation")

// coarse resamples are enough where intervals are not looked at.
var coarse = stats.Resampling{Resamples: 20, Confidence: Confidence}

// change is where a measure of a series changes first, or 0.
func (s Series) change(m Measure) (at int) {
	for _, c := range s.Changes {
		if c.Measure == m {
			return c.At
		}
	}
	return 0
}

// TestTrendFindsChanges: what breaks and what becomes dearer is found where it does, each
// in its measure, one after the other; what stays the same has no change.
func TestTrendFindsChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(5, 150)
	var all []Night
	for i := range 15 {
		drop := 0.0
		if i >= 9 {
			drop = 0.15
		}
		w.dearer = 1
		if i >= 5 {
			w.dearer = 1.2
		}
		if i >= 10 {
			w.dearer = 1.4
		}
		all = append(all, w.night(drop))
	}
	trend := Trends(all, ByNight, coarse)
	s := trend.Series[0]
	var found []string
	for _, c := range s.Changes {
		found = append(found, fmt.Sprintf("%s %d", c.Measure, c.At))
		if c.Corrected > Alpha || c.Corrected != min(1, c.P*stats.Number(trend.Looks)) || trend.Looks != 14*3 {
			t.Errorf("%+v with %d looks", c, trend.Looks)
		}
	}
	if want := []string{"quality 9", "cost 5", "cost 10"}; !slices.Equal(found, want) {
		t.Fatalf("got %v, want %v", found, want)
	}
	if q := s.Changes[0]; q.Change > -0.1 || q.Change < -0.2 || q.Before-q.After != -q.Change {
		t.Errorf("got %+v", q)
	}
	if c := s.Changes[1].Change; c < 1.15 || c > 1.25 {
		t.Errorf("cost changed %.2f times, want 1.2", float64(c))
	}
}

// TestTrendLevel: where nothing changes, few series are said to have a change, even if
// whole nights are slow or unlucky: no more than 5 %, as far as so few can tell. With
// -full it is more series of several shapes, whose figures are in docs/gate.md.
func TestTrendLevel(t *testing.T) {
	t.Parallel()
	type shape struct {
		tasks, nights    int
		slower, unsteady float64
	}
	shapes, worlds := []shape{{60, 12, 0.1, 0.03}}, 80
	if *full {
		shapes, worlds = append(shapes, shape{60, 12, 0, 0}, shape{60, 12, 0.1, 0.06}, shape{60, 4, 0, 0},
			shape{20, 12, 0, 0}, shape{300, 30, 0.1, 0.02}, shape{300, 6, 0.1, 0.02}), 1000
	}
	for _, x := range shapes {
		found := map[Measure]int{}
		any := 0
		for seed := range uint64(worlds) {
			w := newWorld(1000+seed, x.tasks)
			w.slower, w.unsteady = x.slower, x.unsteady
			var all []Night
			for range x.nights {
				all = append(all, w.night(0))
			}
			s := Trends(all, ByNight, coarse).Series[0]
			for _, m := range Measures {
				if s.change(m) > 0 {
					found[m]++
				}
			}
			any += min(1, len(s.Changes))
		}
		if *full {
			t.Logf("%+v: %d of %d series, %v", x, any, worlds, found)
		}
		// Two standard errors above the 5 % that are promised.
		if most := 0.05 + 2*math.Sqrt(0.05*0.95/float64(worlds)); float64(any) > most*float64(worlds) {
			t.Errorf("%+v: a change in %d of %d series without one: %v", x, any, worlds, found)
		}
	}
}

// TestTrendByVersion: nights of a version are one occasion, wherever they stand, and what
// else differs is named.
func TestTrendByVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(7, 40)
	var all []Night
	for i, version := range []string{"1.0", "1.0", "1.1", "1.0", "1.1"} {
		n := w.night(0)
		n.Run.Version, n.Run.Rules = version, "v5"
		if i == 2 {
			n.Run.Rules = "v4"
		}
		all = append(all, n)
	}
	trend := Trends(all, ByVersion, coarse)
	if len(trend.Occasions) != 2 || len(trend.Occasions[0].Nights) != 3 || trend.Occasions[1].Name != "1.1" {
		t.Fatalf("got %+v", trend.Occasions)
	}
	if got := trend.Occasions[1].Setup; !slices.Equal(got, []string{"bench", "rules"}) {
		t.Errorf("differs in %v", got)
	}
	p := trend.Series[0].Points[0]
	if p.Tasks != 40 || p.Trials != 120 || p.Verdicts != 120 || p.Cost.Trials != 120 {
		t.Errorf("got %+v", p)
	}
	if want := stats.WilsonMean(float64(p.Rate.Number), 40, Confidence); p.Rate.Interval != want {
		t.Errorf("interval %v, want %v", p.Rate.Interval, want)
	}
}

// TestTrendWithGaps: a configuration that some nights lack is judged by the others, and
// trials without a verdict are counted, and no failures.
func TestTrendWithGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(9, 80)
	w.infra = 0.1
	var all []Night
	for i := range 8 {
		drop := 0.0
		if i >= 4 {
			drop = 0.3
		}
		all = append(all, w.night(drop))
	}
	for i := range all[2].Trials {
		all[2].Trials[i].Key.Configuration = "other"
	}
	trend := Trends(all, ByNight, coarse)
	solo := trend.Series[0]
	if len(trend.Series) != 2 || solo.Points[2].Trials != 0 || solo.Points[2].Rate.OK() || solo.change(Quality) != 4 {
		t.Errorf("got %+v, %+v", solo.Points[2], solo.Changes)
	}
	if p := solo.Points[0]; p.Trials != 80 || p.Verdicts >= 80 || p.Verdicts < 60 {
		t.Errorf("got %+v", p)
	}
	if other := trend.Series[1]; len(other.Changes) > 0 || other.Points[2].Trials != 80 {
		t.Errorf("got %+v", other)
	}
}
