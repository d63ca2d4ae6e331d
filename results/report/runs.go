package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"bench"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/results"
)

// Runs writes a list of runs.
func Runs(w io.Writer, runs []results.Run) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(w, "No runs.")
		return err
	}
	return runGrid(runs).write(w, text)
}

// RunSheet is the same list, with a row for each run.
func RunSheet(runs []results.Run) Sheet { return runGrid(runs).sheet() }

func runGrid(runs []results.Run) grid {
	g := grid{
		title: "Runs", align: "lllr",
		header: []string{"run", "name", "state", "trials", "resolved", "cost", "took", "started"},
	}
	for _, r := range runs {
		end := r.EndedAt
		if end.IsZero() {
			end = r.UpdatedAt
		}
		lasted := took(end.Sub(r.StartedAt))
		if r.Imported != "" {
			lasted = none // nobody says how long its run took
		}
		trials, resolved := progress(r.Ended, r.Trials), progress(r.Resolved, r.Graded)
		cost := spending(r.Cost, r.Unreported, r.NoCost)
		if r.Points > 0 {
			trials, resolved, cost = plural.Count(r.Points, "point"), none, none
		}
		name := r.Name
		if r.Shard > 0 {
			name += fmt.Sprintf(", shard %d/%d", r.Shard, r.Shards)
		}
		name = repetitionTitle(replayTitle(name, r.Replay), r.RepetitionOf)
		name = importedTitle(titled(name, r.Simulated), r.Imported != "")
		g.add(r.ID, name, string(r.State),
			trials, resolved, cost, lasted, r.StartedAt.Local().Format("2006-01-02 15:04"))
	}
	return g
}

func progress(done, all int) string { return fmt.Sprintf("%d/%d", done, all) }

// Status writes how a run stands at a moment: sums, configurations, and the
// trials under way.
func Status(w io.Writer, r *bench.Run, now time.Time) error {
	s := r.Totals()
	end := r.EndedAt
	if end.IsZero() {
		end = now
	}
	h := r.Header
	part := ""
	if s := h.Shard; s.Part() {
		part = fmt.Sprintf(", shard %d of %d (%d of %s)", s.Index, s.Count, len(h.Tasks),
			plural.Count(len(s.Tasks), "task"))
	}
	title := fmt.Sprintf("Run %s (%s)%s: %s", r.ID, h.Name, part, r.State)
	title = titled(repetitionTitle(replayTitle(title, h.Replay), h.RepetitionOf), h.Simulated)
	fmt.Fprintln(w, importedTitle(title, h.Imported != ""))
	if r.Error != "" {
		fmt.Fprintln(w, " "+width.Line(r.Error))
	}
	fmt.Fprintf(w, " %d of %d trials ended, %d under way, %d of %d resolved, ", s.Done, s.Trials,
		s.Running, s.Resolved, s.Graded)
	fmt.Fprintln(w, plural.Count(s.Infra, "infrastructure fault"))
	line := fmt.Sprintf(" %s spent", spending(s.Cost, s.Unreported, s.NoCost))
	switch {
	case h.Replay.Mixed():
		line = fmt.Sprintf(" %s, in part spent by %s", spending(s.Cost, s.Unreported, s.NoCost),
			h.Replay.Of)
	case h.Replay != nil:
		line = fmt.Sprintf(" %s as %s spent, nothing now", spending(s.Cost, s.Unreported, s.NoCost),
			h.Replay.Of)
	case s.Earlier > 0:
		line = fmt.Sprintf("%s, %s of it before, for answers from the cache", line, s.Earlier)
	}
	if h.Limits.Cost > 0 {
		line += fmt.Sprintf(" of %s", h.Limits.Cost)
	}
	if h.Imported != "" {
		line += ", imported from " + h.Imported
	} else {
		line += fmt.Sprintf(", %s since the start", took(end.Sub(r.StartedAt)))
	}
	if left, ok := r.Left(now); ok && r.State == bench.RunRunning && left > 0 {
		line += fmt.Sprintf(", about %s left", took(left))
	}
	if silent := now.Sub(r.UpdatedAt); r.State == bench.RunRunning && silent > time.Minute {
		line += fmt.Sprintf(", last heard of %s ago", took(silent))
	}
	fmt.Fprintln(w, line)
	fmt.Fprintln(w)
	for _, g := range []grid{standing(r), underWay(r, now)} {
		if len(g.rows) == 0 {
			continue
		}
		if err := g.write(w, text); err != nil {
			return err
		}
	}
	return nil
}

// standing has a row for each configuration of a run.
func standing(r *bench.Run) grid {
	g := grid{
		title: importedTitle(titled("Configurations", r.Header.Simulated), r.Header.Imported != ""),
		align: "lr",
		header: []string{"configuration", "queued", "under way", "ended", "resolved", "infra",
			"cancelled", "cost", "per trial"},
	}
	for _, c := range r.Header.Configurations {
		only := bench.Run{Trials: map[bench.TrialKey]*bench.TrialStatus{}}
		for k, t := range r.Trials {
			if k.Configuration == c.Name {
				only.Trials[k] = t
			}
		}
		s := only.Totals()
		each := none
		if s.Done > 0 {
			done := bench.USD(s.Done)
			each = spending(s.Cost/done, s.Unreported/done, s.NoCost)
		}
		g.add(c.Name, fmt.Sprint(s.Trials-s.Running-s.Done), fmt.Sprint(s.Running),
			progress(s.Done, s.Trials), progress(s.Resolved, s.Graded), fmt.Sprint(s.Infra),
			fmt.Sprint(s.Cancelled), spending(s.Cost, s.Unreported, s.NoCost), each)
	}
	return g
}

// underWay has a row for each trial that is being worked on.
func underWay(r *bench.Run, now time.Time) grid {
	g := grid{
		title: titled("Under way", r.Header.Simulated), align: "llllr",
		header: []string{"configuration", "task", "phase", "agent", "turn", "sidekicks", "cost", "since"},
	}
	var running []*bench.TrialStatus
	for _, t := range r.Trials {
		if t.Phase != bench.PhaseQueued && t.Phase != bench.PhaseDone {
			running = append(running, t)
		}
	}
	slices.SortFunc(running, func(a, b *bench.TrialStatus) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.Key.String(), b.Key.String()))
	})
	for _, t := range running {
		task := t.Key.InstanceID
		if t.Key.Attempt > 1 {
			task += fmt.Sprintf("#%d", t.Key.Attempt)
		}
		g.add(t.Key.Configuration, task, string(t.Phase), or(t.Agent), fmt.Sprint(t.Turn),
			fmt.Sprint(t.Sidekicks), bench.Spending(t.Cost, t.Unreported), took(now.Sub(t.StartedAt)))
	}
	return g
}
