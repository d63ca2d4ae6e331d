package results

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// counts sums trials up to how many calls they have, and knows how many it summed up.
func counts(basis string, trials *int) Summing {
	return Summing{
		Basis: func(Facts) string { return basis },
		Of: func(f Facts) map[int64][]byte {
			n := map[int64]int{}
			for _, c := range f.Calls {
				n[c.Trial]++
			}
			out := map[int64][]byte{}
			for _, t := range f.Trials {
				*trials++
				out[t.ID] = fmt.Append(nil, n[t.ID], " calls")
			}
			return out
		},
	}
}

// summedUp reads sums, checks them, and returns how many had to be made.
func summedUp(t *testing.T, s *Store, basis string) (made int) {
	t.Helper()
	_, got, err := s.Summed(t.Context(), "r", counts(basis, &made))
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if want := counts("", &n).Of(f); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	return made
}

func manyTrials(t *testing.T) (path string, all int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "bench.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	const tasks = 2 + batch/3 // more than one batch
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: tasks, Seed: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, 3 * tasks
}

// Sums are made once, by whoever reads them first, and again when an event has come or
// the basis is another.
func TestSumsAreKept(t *testing.T) {
	t.Parallel()
	path, all := manyTrials(t)
	reader, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, step := range []struct {
		basis string
		want  int
	}{{"a", all}, {"a", 0}, {"b", all}, {"b", 0}, {"", all}, {"", all}, {"b", 0}} {
		if made := summedUp(t, reader, step.basis); made != step.want {
			t.Errorf("basis %q: %d sums were made, want %d", step.basis, made, step.want)
		}
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f, err := s.Facts(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	late := bench.Event{RunID: "r", Time: time.UnixMilli(1), Trial: f.Trials[3].Key, Agent: "main"}
	for name, p := range map[string]bench.Payload{
		"a notice": bench.Notice{Code: "x"}, "a grade": bench.Grade{}, "a call": bench.LLMCall{CallID: "x"},
	} {
		late.Payload = p
		if _, err := s.Append(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if made := summedUp(t, reader, "b"); made != want {
				t.Errorf("after %s %d sums were made, want %d", name, made, want)
			}
		}
	}
	late.Payload = bench.TrialResumed{}
	if _, err := s.Append(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is open, so that nothing of it is kept
		if made := summedUp(t, reader, "b"); made != 1 {
			t.Errorf("of an open trial %d sums were made", made)
		}
	}
}

// Where others write, sums are right, and are made again.
func TestSumsWhereNobodyMayWrite(t *testing.T) {
	t.Parallel()
	path, all := manyTrials(t)
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	busy, err := sql.Open("sqlite", dsn(path, writeParams))
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	tx, err := busy.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if made := summedUp(t, s, "a"); made != all {
			t.Errorf("%d sums were made of %d", made, all)
		}
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{all, 0} {
		if made := summedUp(t, s, "a"); made != want {
			t.Errorf("%d sums were made, want %d", made, want)
		}
	}
}
