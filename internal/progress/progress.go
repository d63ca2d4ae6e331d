package progress

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"bench"
	"bench/internal/width"
)

// state is the fold, shared between the goroutine that observes events and
// the one that draws.
type state struct {
	mu      sync.Mutex
	run     *bench.Run
	started map[bench.TrialKey]int  // order in which trials began to run
	waiting map[bench.TrialKey]bool // for a grader: their patches are taken
}

func newState(run *bench.Run) *state {
	return &state{
		run: run, started: map[bench.TrialKey]int{},
		waiting: map[bench.TrialKey]bool{},
	}
}

// apply folds e, and returns the trial it ended, if it ended one.
func (s *state) apply(e bench.Event) (line string, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run.Apply(e) != nil { // the runner keeps the order; the log shows what broke it
		return "", false
	}
	switch e.Payload.(type) {
	case bench.Patch:
		s.waiting[e.Trial] = true
	case bench.PhaseStarted:
		delete(s.waiting, e.Trial)
		if _, ok := s.started[e.Trial]; !ok {
			s.started[e.Trial] = len(s.started)
		}
	case bench.TrialEnded:
		delete(s.waiting, e.Trial)
		return s.ended(s.run.Trials[e.Trial]), true
	}
	return "", false
}

// ended is the line about a trial that has just ended.
func (s *state) ended(t *bench.TrialStatus) string {
	n := s.run.Totals()
	digits := len(fmt.Sprint(n.Trials))
	line := fmt.Sprintf("[%*d/%d] %-16s %6s %8s  %s", digits, n.Done, n.Trials, t.Outcome,
		t.EndedAt.Sub(t.StartedAt).Round(100*time.Millisecond),
		bench.Spending(t.Cost, t.Unreported), width.Line(t.Key.String()))
	if t.Limit != "" && t.Resolved != nil && *t.Resolved {
		line += "  (resolved)"
	}
	if t.Error != "" && t.Outcome != bench.OutcomeCancelled { // that says it all
		first, _, _ := strings.Cut(t.Error, "\n")
		line += "  " + width.Line(first)
	}
	return line
}

// overall is the line about the whole run while it goes on.
func (s *state) overall(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.run.Totals()
	line := s.sums(n) + fmt.Sprintf("  %d running", n.Running-len(s.waiting))
	if len(s.waiting) > 0 {
		line += fmt.Sprintf("  %d to grade", len(s.waiting))
	}
	if left, ok := s.run.Left(now); ok && n.Done < n.Trials {
		line += "  ~" + left.Round(time.Second).String() + " left"
	}
	return line
}

// final is the line about the whole run after its end.
func (s *state) final() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sums(s.run.Totals())
}

func (s *state) sums(n bench.Totals) string {
	line := fmt.Sprintf("%d/%d done  %d/%d resolved  %s",
		n.Done, n.Trials, n.Resolved, n.Graded, bench.Spending(n.Cost, n.Unreported))
	if n.Infra > 0 {
		line += fmt.Sprintf("  %d infra", n.Infra)
	}
	if n.Cancelled > 0 {
		line += fmt.Sprintf("  %d cancelled", n.Cancelled)
	}
	return line
}

// live is one line for each trial that is worked on, the oldest first.
func (s *state) live(now time.Time, limit int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var running []*bench.TrialStatus
	for _, t := range s.run.Trials {
		if t.Phase != bench.PhaseQueued && t.Phase != bench.PhaseDone && !s.waiting[t.Key] {
			running = append(running, t)
		}
	}
	slices.SortFunc(running, func(a, b *bench.TrialStatus) int {
		return s.started[a.Key] - s.started[b.Key]
	})
	lines := make([]string, 0, limit)
	for _, t := range running[:min(limit, len(running))] {
		lines = append(lines, trialLine(t, now))
	}
	return lines
}

func trialLine(t *bench.TrialStatus, now time.Time) string {
	line := fmt.Sprintf("  %-8s %5s %8s  %s", t.Phase, now.Sub(t.StartedAt).Round(time.Second),
		bench.Spending(t.Cost, t.Unreported), width.Line(t.Key.String()))
	if t.Phase == bench.PhaseSolve && t.Turn > 0 {
		line += fmt.Sprintf("  %s turn %d", t.Role, t.Turn)
	}
	switch {
	case t.Sidekicks == 1:
		line += ", 1 sidekick"
	case t.Sidekicks > 1:
		line += fmt.Sprintf(", %d sidekicks", t.Sidekicks)
	}
	return line
}

// Plain prints a line for each trial that ends, for logs and pipes. It is an
// observer of a run's events.
type Plain struct {
	w     io.Writer
	state *state
}

// NewPlain returns a Plain that prints to w what happens to a run from here on.
func NewPlain(w io.Writer, run *bench.Run) *Plain {
	return &Plain{w: w, state: newState(run)}
}

// Observe folds an event, and prints a line if it ended a trial.
func (p *Plain) Observe(e bench.Event) {
	if line, ended := p.state.apply(e); ended {
		fmt.Fprintln(p.w, line)
	}
}

// Close prints the last line.
func (p *Plain) Close(dropped int64) {
	fmt.Fprintln(p.w, p.state.final())
	warnDropped(p.w, dropped)
}

func warnDropped(w io.Writer, dropped int64) {
	if dropped > 0 {
		fmt.Fprintf(w, "progress fell behind and missed %d events; the database has them all\n", dropped)
	}
}
