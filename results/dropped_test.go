package results

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// dropped drops what was said in a run, and returns what that was to be.
func dropped(t *testing.T, s *Store, run string) Said {
	t.Helper()
	said, err := s.Said(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	e := bench.Event{RunID: run, Time: time.UnixMilli(2e12), Payload: bench.BodiesDropped{}}
	if _, err := s.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return said
}

func mustBeSound(t *testing.T, s *Store, texts int) {
	t.Helper()
	if h, err := s.Check(t.Context()); err != nil || len(h.Faults) > 0 || h.Bodies != texts {
		t.Errorf("%d texts, want %d; %q, %v", h.Bodies, texts, h.Faults, err)
	}
}

func storedTexts(t *testing.T, s *Store) int { return int(count(t, s, "SELECT count(*) FROM bodies")) }

// What was said goes, all figures stay, and so does what another run says, too.
func TestBodiesDropped(t *testing.T) {
	t.Parallel()
	spec := resultstest.Spec{RunID: "a", Tasks: 3, Faults: true}
	s := filled(t, spec)
	twin := spec
	twin.RunID = "b"
	resultstest.Write(t, s.Append, twin) // says the same
	facts, err := s.Facts(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	all := storedTexts(t, s)
	if said := dropped(t, s, "a"); said.Texts != 0 || storedTexts(t, s) != all {
		t.Errorf("of a, %+v, and %d of %d texts are left", said, storedTexts(t, s), all)
	}
	said := dropped(t, s, "b")
	if said.Texts < all/2 || said.Bytes < int64(said.Texts) || storedTexts(t, s) != all-said.Texts {
		t.Errorf("of b, %+v, and %d of %d texts are left", said, storedTexts(t, s), all)
	}
	mustBeSound(t, s, all-said.Texts)
	now, err := s.Facts(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	for i, trial := range now.Trials {
		if trial.BodiesDroppedAt.IsZero() == !trial.StartedAt.IsZero() {
			t.Errorf("%s: dropped at %s", trial.Key, trial.BodiesDroppedAt)
		}
		now.Trials[i].BodiesDroppedAt = time.Time{}
	}
	now.Run.UpdatedAt = facts.Run.UpdatedAt
	if !reflect.DeepEqual(now, facts) {
		t.Errorf("the figures are\n%+v\nwant\n%+v", now, facts)
	}
	// A run that says the same again stores it again.
	twin.RunID = "c"
	resultstest.Write(t, s.Append, twin)
	mustBeSound(t, s, all)
	for _, run := range []string{"a", "b", "c"} {
		if err := s.RemoveRun(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	mustBeSound(t, s, 0)
	if n := count(t, s, "SELECT count(*) FROM dropped_bodies"); n != 0 {
		t.Errorf("%d dropped texts are remembered of no run", n)
	}
}

// A text that was dropped is another thing than one that never was.
func TestBodyThatWasDropped(t *testing.T) {
	t.Parallel()
	s := filled(t, resultstest.Spec{RunID: "a", Tasks: 1})
	facts, err := s.Facts(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	dropped(t, s, "a")
	if _, err := s.Body(t.Context(), facts.ToolCalls[0].Result); !errors.Is(err, ErrDropped) {
		t.Errorf("what a tool answered: %v", err)
	}
	if _, err := s.Body(t.Context(), "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what nobody said: %v", err)
	}
	patches := 0
	for _, x := range facts.Trials {
		if x.Patch != "" {
			patches++
			if _, err := s.Body(t.Context(), x.Patch); err != nil {
				t.Errorf("the patch of %s: %v", x.Key, err)
			}
		}
	}
	if patches == 0 {
		t.Error("no trial has a patch")
	}
}

// A run of which what was said was dropped in some shards is merged as it is.
func TestMergeDropped(t *testing.T) {
	t.Parallel()
	logs := shardsOf(resultstest.Events(mergeSpec), 2)
	one, two := database(t, "one.db", logs[0]), database(t, "two.db", logs[1])
	s, err := Open(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	dropped(t, s, "r")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir() + "/all.db"
	merges(t, out, one, two)
	all, err := OpenReadOnly(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	mustBeSound(t, all, storedTexts(t, all))
	trials, err := all.Trials(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	own := logs[0][0].Payload.(bench.RunStarted)
	gone := map[string]bool{}
	for _, task := range own.Tasks {
		gone[task.InstanceID] = true
	}
	for _, x := range trials {
		if !x.BodiesDroppedAt.IsZero() != (gone[x.Key.InstanceID] && !x.StartedAt.IsZero()) {
			t.Errorf("%s: dropped at %s", x.Key, x.BodiesDroppedAt)
		}
	}
}
