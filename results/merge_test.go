package results

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// mergeSpec is a run with all kinds of trials, which tests of merging divide.
var mergeSpec = resultstest.Spec{RunID: "r", Tasks: 7, Attempts: 2, Faults: true, Turns: 4}

// shardsOf are the logs of a run's shards.
func shardsOf(events []bench.Event, count int) [][]bench.Event {
	whole := events[0].Payload.(bench.RunStarted)
	takes := map[string]time.Duration{}
	for _, t := range whole.Tasks {
		takes[t.InstanceID] = time.Minute
	}
	of := bench.Divide(takes, count)
	logs := make([][]bench.Event, count)
	for i := range logs {
		h := whole
		h.Shard = bench.NewShard(whole, i+1, count, of)
		h.Tasks = slices.DeleteFunc(slices.Clone(h.Tasks), func(t bench.TaskRef) bool {
			return of[t.InstanceID] != i+1
		})
		h.Trials = slices.DeleteFunc(slices.Clone(h.Trials), func(k bench.TrialKey) bool {
			return of[k.InstanceID] != i+1
		})
		h.Limits = whole.Limits.Share(len(h.Trials), len(whole.Trials))
		for _, e := range events {
			switch {
			case e.Payload.Type() == bench.EventRunStarted:
				e.Payload = h
			case !e.Trial.IsZero() && of[e.Trial.InstanceID] != i+1:
				continue
			}
			logs[i] = append(logs[i], e)
		}
	}
	return logs
}

// database is a new database with a log in it, closed.
func database(t *testing.T, name string, events []bench.Event) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for len(events) > 0 {
		n := min(200, len(events))
		if _, err := s.AppendAll(t.Context(), events[:n]); err != nil {
			t.Fatal(err)
		}
		events = events[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// contents are the rows of a database's runs, table by table, without the numbers that
// events and trials have in this file.
func contents(t *testing.T, path string) map[string][]string {
	t.Helper()
	s, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if h, err := s.Check(t.Context()); err != nil || len(h.Faults) > 0 {
		t.Fatalf("%s: %v, %v", path, h.Faults, err)
	}
	tables, err := query(t.Context(), s.reader, scanText, `SELECT name FROM pragma_table_list
		WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
			AND name NOT IN ('trial_sums', 'shards')`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, table := range tables {
		all[table] = contentsOf(t, s, table)
	}
	return all
}

func contentsOf(t *testing.T, s *Store, table string) []string {
	t.Helper()
	columns, err := query(t.Context(), s.reader, scanText, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, c := range columns {
		value := "quote(x." + c + ")"
		switch c {
		case "event_id", "last_event", "seq", "plan", "shards":
			continue
		case "trial_id":
			value = "(SELECT configuration || instance_id || attempt FROM trials t WHERE t.trial_id = x.trial_id)"
		case "payload":
			value = "iif(x.trial_id IS NULL, '', x.payload)"
		}
		values = append(values, "coalesce("+value+", '-')")
	}
	order := "1" // where rows have no order of their own
	if table == "trials" {
		order = "trial_id"
	}
	where := ""
	if table == "events" { // shards have some of their own
		where = " WHERE trial_id IS NOT NULL"
	}
	rows, err := query(t.Context(), s.reader, scanText, fmt.Sprintf("SELECT %s FROM %s x%s ORDER BY %s",
		strings.Join(values, " || ' ' || "), table, where, order))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sameContents fails where two databases do not hold the same.
func sameContents(t *testing.T, got, want string) {
	t.Helper()
	a, b := contents(t, got), contents(t, want)
	for table := range b {
		for i := range max(len(a[table]), len(b[table])) {
			if i >= len(a[table]) || i >= len(b[table]) || a[table][i] != b[table][i] {
				t.Errorf("%s: row %d of %d and %d:\n got %.300q\nwant %.300q", table, i, len(a[table]),
					len(b[table]), rest(a[table], i), rest(b[table], i))
				break
			}
		}
	}
}

// merges merges, and returns what became of the one run.
func merges(t *testing.T, out string, in ...string) Merged {
	t.Helper()
	all, err := Merge(t.Context(), out, in)
	if err != nil || len(all) != 1 {
		t.Fatalf("merge %v: %+v, %v", in, all, err)
	}
	return all[0]
}

// Shards that are merged, in any order and in any states on the way, are the run as one
// process would have written it.
func TestMerge(t *testing.T) {
	t.Parallel()
	events := resultstest.Events(mergeSpec)
	whole := database(t, "whole.db", events)
	logs := shardsOf(events, 3)
	var parts []string
	for i, log := range logs {
		parts = append(parts, database(t, fmt.Sprintf("%d.db", i+1), log))
	}
	at := filepath.Join(t.TempDir(), "at once.db")
	if m := merges(t, at, parts[2], parts[0], parts[1]); m.Before || !m.Changed || m.Shards != 3 ||
		len(m.Missing)+len(m.Open) > 0 {
		t.Errorf("at once: %+v", m)
	}
	sameContents(t, at, whole)

	out := filepath.Join(t.TempDir(), "step by step.db")
	early := database(t, "early.db", logs[1][:len(logs[1])/2])
	if m := merges(t, out, early); !slices.Equal(m.Missing, []int{1, 3}) || !slices.Equal(m.Open, []int{2}) {
		t.Errorf("one that is not done: %+v", m)
	}
	late := database(t, "late.db", logs[1][:len(logs[1])-1]) // all but its end
	merges(t, out, parts[2], late)
	if m := merges(t, out, early); m.Changed {
		t.Errorf("an earlier state changes something: %+v", m)
	}
	merges(t, out, parts[0], early)
	if m := merges(t, out, parts[1]); !m.Changed || len(m.Missing)+len(m.Open) > 0 {
		t.Errorf("its end: %+v", m)
	}
	sameContents(t, out, whole)
	if m := merges(t, out, append(parts, at, late)...); m.Changed {
		t.Errorf("all again: %+v", m)
	}
}

// Other runs are carried over as they are, whatever numbers their rows have.
func TestMergeNights(t *testing.T) {
	t.Parallel()
	second := mergeSpec
	second.RunID, second.Seed = "s", 3
	var both []bench.Event
	both = append(append(both, resultstest.Events(mergeSpec)...), resultstest.Events(second)...)
	out := database(t, "out.db", both[:len(resultstest.Events(mergeSpec))])
	night := resultstest.Events(second)
	early := database(t, "early.db", night[:len(night)/3])
	if _, err := Merge(t.Context(), out, []string{early}); err != nil {
		t.Fatal(err)
	}
	all, err := Merge(t.Context(), out, []string{database(t, "night.db", night)})
	if err != nil || len(all) != 2 || all[0].Changed || !all[1].Before || !all[1].Changed {
		t.Fatalf("%+v, %v", all, err)
	}
	sameContents(t, out, database(t, "both.db", both))
}

// A link to the file stays one.
func TestMergeIntoLink(t *testing.T) {
	t.Parallel()
	out := database(t, "out.db", resultstest.Events(resultstest.Spec{RunID: "a", Tasks: 1}))
	in := database(t, "in.db", resultstest.Events(resultstest.Spec{RunID: "b", Tasks: 1}))
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(out, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Merge(t.Context(), link, []string{in}); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != out {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	s, err := OpenReadOnly(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if runs, err := s.Runs(t.Context()); err != nil || len(runs) != 2 {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

// A merge that cannot be done leaves the file as it was, and nothing beside it.
func TestMergeThatFails(t *testing.T) {
	t.Parallel()
	logs := shardsOf(resultstest.Events(mergeSpec), 2)
	first, second := database(t, "1.db", logs[0]), database(t, "2.db", logs[1])
	damaged := database(t, "damaged.db", logs[1])
	db, err := sql.Open("sqlite", damaged)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("UPDATE bodies SET content = x'00' WHERE hash = (SELECT max(hash) FROM bodies)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.db")
	merges(t, out, first)
	before, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(out+".merging/left", 0o755); err != nil { // by a process that died
		t.Fatal(err)
	}
	for name, in := range map[string]string{"damaged": damaged, "none": filepath.Join(t.TempDir(), "none.db")} {
		if _, err := Merge(t.Context(), out, []string{in}); err == nil {
			t.Errorf("%s: merged", name)
		}
		after, err := os.ReadFile(out)
		if err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: the file is another, %v", name, err)
		}
		if _, err := os.Stat(out + ".merging"); err == nil {
			t.Errorf("%s: something is left behind", name)
		}
	}
	merges(t, out, second)
}

// What was resumed after it had been merged takes no more, as that would be lost.
func TestMergeResumed(t *testing.T) {
	t.Parallel()
	logs := shardsOf(resultstest.Events(mergeSpec), 2)
	first, second := database(t, "1.db", logs[0]), database(t, "2.db", logs[1])
	out := filepath.Join(t.TempDir(), "out.db")
	merges(t, out, first)
	s, err := Open(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	resumed := bench.Event{RunID: "r", Time: time.Now(), Payload: bench.RunResumed{}}
	if _, err := s.Append(t.Context(), resumed); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if m := merges(t, out, first); m.Changed {
		t.Errorf("%+v", m)
	}
	_, err = Merge(t.Context(), out, []string{second})
	if err == nil || !strings.Contains(err.Error(), "was resumed in "+out) ||
		bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("error %v", err)
	}
}

// What was found in trials by their last events still is of these, whatever their numbers
// are now.
func TestMergeLookedAt(t *testing.T) {
	t.Parallel()
	var paths []string
	for i, log := range shardsOf(resultstest.Events(mergeSpec), 2) {
		path := database(t, fmt.Sprintf("%d.db", i+1), log)
		s, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.tx.conn.ExecContext(t.Context(), `INSERT INTO contamination (trial_id, version,
				last_event, findings)
			SELECT trial_id, 1, max(event_id), '[]' FROM events WHERE trial_id > 0 GROUP BY trial_id`)
		if err := errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	out := filepath.Join(t.TempDir(), "out.db")
	merges(t, out, paths...)
	s, err := OpenReadOnly(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := count(t, s, `SELECT count(*) FROM contamination c WHERE last_event = (SELECT max(event_id)
		FROM events e WHERE e.trial_id = c.trial_id)`)
	if trials := count(t, s, "SELECT count(DISTINCT trial_id) FROM events"); n != trials || n < 30 {
		t.Errorf("%d of %d trials", n, trials)
	}
}
