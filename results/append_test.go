package results

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/results/resultstest"
)

// started is a database with a run that has begun: two tasks, three
// configurations.
func started(t testing.TB) (*Store, bench.RunStarted) {
	t.Helper()
	s := open(t)
	e := resultstest.Events(resultstest.Spec{RunID: "r", Tasks: 2})[0]
	if _, err := s.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return s, e.Payload.(bench.RunStarted)
}

func notice(run, text string) bench.Event {
	return bench.Event{RunID: run, Time: time.UnixMilli(1), Payload: bench.Notice{Code: "test", Text: text}}
}

func TestAppendNumbersEachRun(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, run := range []string{"a", "b"} {
		for i, e := range resultstest.Events(resultstest.Spec{RunID: run, Tasks: 1, Seed: 3}) {
			seq, err := s.Append(t.Context(), e)
			if err != nil || seq != int64(i+1) {
				t.Fatalf("event %d of run %s: got %d, %v", i+1, run, seq, err)
			}
		}
	}
}

// Many writers share commits, and the log of each run has neither gaps nor
// doubles.
func TestAppendConcurrently(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	const writers, each = 64, 20
	seen := make([]bool, writers*each+2)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			last := int64(0)
			for i := range each {
				seq, err := s.Append(t.Context(), notice("r", fmt.Sprint(w, i)))
				if err != nil {
					t.Error(err)
					return
				}
				if seq <= last {
					t.Errorf("writer %d: %d after %d", w, seq, last)
				}
				last = seq
				mu.Lock()
				if seen[seq] {
					t.Errorf("%d given twice", seq)
				}
				seen[seq] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	n := int64(0)
	for e, err := range s.Events(t.Context(), "r", 0) {
		if n++; err != nil || e.Seq != n {
			t.Fatalf("event %d: got %d, %v", n, e.Seq, err)
		}
	}
	if n != writers*each+1 {
		t.Errorf("%d events, want %d", n, writers*each+1)
	}
}

// Events appended at once are all written, or none is.
func TestAppendAll(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	ctx := t.Context()
	seq, err := s.AppendAll(ctx, []bench.Event{notice("r", "a"), notice("r", "b")})
	if err != nil || seq != 3 {
		t.Errorf("got %d, %v", seq, err)
	}
	_, err = s.AppendAll(ctx, []bench.Event{notice("r", "c"), notice("no such run", "d")})
	if err == nil || !strings.Contains(err.Error(), "never started") {
		t.Errorf("got %v", err)
	}
	if n := count(t, s, "SELECT count(*) FROM notices"); n != 2 {
		t.Errorf("%d notices, want 2", n)
	}
	if seq, err := s.Append(ctx, notice("r", "e")); err != nil || seq != 4 {
		t.Errorf("got %d, %v", seq, err)
	}
}

// An event that is refused must not harm those that share its commit.
func TestRefusedEventHarmsNobody(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	var group []*pending
	for i := range 5 {
		e := notice("r", fmt.Sprint(i))
		if i%2 == 1 {
			e = notice("no such run", "")
		}
		x, err := s.encode(e)
		if err != nil {
			t.Fatal(err)
		}
		group = append(group, &pending{events: []encoded{x}})
	}
	s.commit(group)
	want := int64(1)
	for i, p := range group {
		if i%2 == 1 {
			if p.err == nil || !strings.Contains(p.err.Error(), "never started") {
				t.Errorf("event %d: got %v", i, p.err)
			}
			continue
		}
		if want++; p.err != nil || p.seq != want {
			t.Errorf("event %d: got %d, %v, want %d", i, p.seq, p.err, want)
		}
	}
	if n := count(t, s, "SELECT count(*) FROM notices"); n != 3 {
		t.Errorf("%d notices, want 3", n)
	}
}

func count(t testing.TB, s *Store, query string, args ...any) (n int64) {
	t.Helper()
	if err := s.reader.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	s, h := started(t)
	key := h.Trials[0]
	now := time.UnixMilli(5)
	event := func(k bench.TrialKey, agent string, p bench.Payload) bench.Event {
		return bench.Event{RunID: "r", Time: now, Trial: k, Agent: agent, Payload: p}
	}
	unknown := key
	unknown.Configuration = "nobody"
	other := h
	other.Configurations = resultstest.Configurations(false)
	other.Configurations[0].Main.Price.Input++
	for _, test := range []struct {
		name  string
		event bench.Event
		want  string
	}{
		{"no payload", bench.Event{RunID: "r", Time: now}, "no payload"},
		{"no run", bench.Event{Time: now, Payload: bench.Notice{}}, "without a run"},
		{"no time", bench.Event{RunID: "r", Payload: bench.Notice{}}, "without a time"},
		{"unknown run", notice("x", ""), "never started"},
		{"unknown configuration", event(unknown, "", bench.Patch{}), "FOREIGN KEY"},
		{"no trial", event(bench.TrialKey{}, "", bench.Patch{}), "names no trial"},
		{"no agent", event(key, "", bench.LLMCall{}), "names no agent"},
		{"call of nobody", event(key, "main", bench.LLMCall{CallID: "c"}), "call c of agent main"},
		{"end of nobody", event(key, "main", bench.AgentEnded{}), "agent main never started"},
		{"delegation of nobody", event(key, "main", bench.DelegationEnded{DelegationID: "t1"}), "t1 never spawned"},
		{"price changed", event(bench.TrialKey{}, "", other), "already stands for other rates"},
		{"foreign payload", event(key, "", foreign{}), "no projection"},
	} {
		before := count(t, s, "SELECT count(*) FROM events")
		_, err := s.Append(t.Context(), test.event)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
		if after := count(t, s, "SELECT count(*) FROM events"); after != before {
			t.Errorf("%s: left a trace", test.name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, notice("r", "")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

type foreign struct{}

func (foreign) Type() bench.EventType { return "foreign" }

func TestLogIsAppendOnly(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	for _, text := range []string{
		"UPDATE events SET time = 0",
		"DELETE FROM events",
		"INSERT OR REPLACE INTO events SELECT * FROM events",
		"INSERT INTO events (run_id, seq, time, type, payload) VALUES ('r', 5, 0, 'notice', '{}')",
	} {
		if _, err := s.tx.conn.ExecContext(t.Context(), text); err == nil ||
			!strings.Contains(err.Error(), "events") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestFileTrouble(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, break_, mend, want string }{
		{"full disk", "PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000", "no space left"},
		{"read-only", "PRAGMA query_only = 1", "PRAGMA query_only = 0", "read-only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, _ := started(t)
			pragma := func(text string) {
				if _, err := s.tx.conn.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			pragma(test.break_)
			big := notice("r", strings.Repeat("x", 1<<20))
			_, err := s.Append(t.Context(), big)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			pragma(test.mend)
			if seq, err := s.Append(t.Context(), big); err != nil || seq != 2 {
				t.Fatalf("afterwards: got %d, %v", seq, err)
			}
		})
	}
}

func TestLockedFile(t *testing.T) {
	t.Parallel()
	s, _ := started(t)
	if _, err := s.tx.conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	other, err := Open(t.Context(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.tx.exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), notice("r", "")); err == nil ||
		!strings.Contains(err.Error(), "another process has locked") {
		t.Fatalf("got %v", err)
	}
	if _, err := other.tx.exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), notice("r", "")); err != nil {
		t.Fatal(err)
	}
}

func TestCloseWaitsAndRefuses(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	resultstest.Write(t, s.Append, resultstest.Spec{RunID: "r", Tasks: 1})
	acked := make([]int, 32)
	var wg sync.WaitGroup
	for w := range acked {
		wg.Go(func() {
			for {
				_, err := s.Append(context.Background(), notice("r", ""))
				if errors.Is(err, ErrClosed) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				acked[w]++
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // let some commits be under way
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	want := int64(0)
	for _, n := range acked {
		want += int64(n)
	}
	r, err := OpenReadOnly(t.Context(), s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n := count(t, r, "SELECT count(*) FROM notices WHERE code = 'test'"); n != want {
		t.Errorf("%d events stored, %d acknowledged", n, want)
	}
}

// childEnv makes this test binary a process that appends until it is killed.
const childEnv = "BENCH_RESULTS_CHILD"

func TestMain(m *testing.M) {
	if path, run, ok := strings.Cut(os.Getenv(childEnv), "|"); ok {
		if err := child(path, run); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// child appends from eight goroutines and prints each number it was given.
func child(path, run string) error {
	s, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	e := resultstest.Events(resultstest.Spec{RunID: run, Tasks: 1})[0]
	if _, err := s.Append(context.Background(), e); err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() { // ends with the process
			for {
				seq, err := s.Append(context.Background(), notice(run, "still here"))
				if err != nil {
					failed <- err
					return
				}
				fmt.Println(seq)
			}
		}()
	}
	return <-failed
}

// Two processes write to one file, and both are killed without warning: every
// event that was acknowledged is there.
func TestKilledProcessesLoseNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bench.db")
	acked := map[string]int64{"a": 0, "b": 0}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for run := range map[string]int64{"a": 0, "b": 0} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childEnv+"="+path+"|"+run)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			lines := bufio.NewScanner(out)
			for n := 0; lines.Scan(); n++ {
				if n == 300 {
					_ = cmd.Process.Kill() // and read on what it had printed
				}
				seq, err := strconv.ParseInt(lines.Text(), 10, 64)
				if err != nil {
					continue // a line cut off by the kill
				}
				mu.Lock()
				acked[run] = max(acked[run], seq)
				mu.Unlock()
			}
			_ = cmd.Wait()
		})
	}
	wg.Wait()
	s, err := OpenReadOnly(t.Context(), path) // what they left behind needs no repair
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for run, want := range acked {
		got := count(t, s, "SELECT max(seq) FROM events WHERE run_id = ?", run)
		if got < want || want < 300 {
			t.Errorf("run %s: %d acknowledged, %d stored", run, want, got)
		}
		if n := count(t, s, "SELECT count(*) FROM notices WHERE run_id = ?", run); n != got-1 {
			t.Errorf("run %s: %d notices for %d events", run, n, got)
		}
	}
}
