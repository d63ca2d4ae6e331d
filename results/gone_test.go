package results

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bench"
)

// What is written to a file that was removed, or behind a log that was cut, would be lost
// without a word. What was committed before is saved beside it.
func TestRemovedDatabase(t *testing.T) {
	t.Parallel()
	another := func(path string) error {
		if err := os.WriteFile(path+"2", nil, 0o644); err != nil {
			return err
		}
		return os.Rename(path+"2", path)
	}
	for name, test := range map[string]struct {
		then func(path string) error
		want string
	}{
		"removed":  {os.Remove, "the database was removed while it was written to"},
		"replaced": {another, "the database was removed while it was written to: another file is in its place"},
		"removed with its log": {func(path string) error {
			for _, end := range []string{"-wal", "-shm", ""} {
				if err := os.Remove(path + end); err != nil {
					return err
				}
			}
			return nil
		}, "the database was removed while it was written to"},
		"without its log": {func(path string) error { return os.Remove(path + "-wal") },
			"the log of the database was removed while it was written to"},
		"with another log": {func(path string) error { return another(path + "-wal") },
			"the log of the database was removed while it was written to: another file is in its place"},
		"with a log that is cut": {func(path string) error { return os.Truncate(path+"-wal", 5000) },
			"the log of the database was cut while it was written to: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "bench.db")
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			e := bench.Event{RunID: "r", Time: time.Now(), Payload: bench.RunStarted{SandboxKind: "local"}}
			if _, err := s.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if err := test.then(path); err != nil {
				t.Fatal(err)
			}
			e.Payload = bench.RunEnded{State: bench.RunDone}
			_, err = s.Append(t.Context(), e)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %s", err, test.want)
			}
			_, again := s.Append(t.Context(), e)
			if fmt.Sprint(again) != err.Error() {
				t.Errorf("the next append: %v, after %v", again, err)
			}
			copies, _ := filepath.Glob(path + ".saved-*")
			said := regexp.MustCompile(`committed is in (\S+), and bench resume RUN --db (\S+) `).FindStringSubmatch(err.Error())
			if name == "with a log that is cut" && said == nil && len(copies) == 0 {
				return // what was cut off may be in the memory of SQLite, or not
			}
			if len(copies) != 1 || said == nil || said[1] != copies[0] || said[2] != copies[0] {
				t.Fatalf("saved in %v: %v", copies, err)
			}
			saved, err := OpenReadOnly(t.Context(), copies[0])
			if err != nil {
				t.Fatal(err)
			}
			defer saved.Close()
			if runs, err := saved.Runs(t.Context()); err != nil || len(runs) != 1 || runs[0].ID != "r" {
				t.Errorf("%+v is saved: %v", runs, err)
			}
		})
	}
}

// A log that SQLite folds into the file, and begins anew, is not one that was cut.
func TestFoldedLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bench.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"} {
		for j, of := range []*Store{s, other, s} {
			e := bench.Event{
				RunID: fmt.Sprint(mode, j), Time: time.Now(), Payload: bench.RunStarted{SandboxKind: "local"},
			}
			if _, err := of.Append(t.Context(), e); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			execute(t, path, "PRAGMA wal_checkpoint("+mode+")")
		}
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	e := bench.Event{RunID: "last", Time: time.Now(), Payload: bench.RunStarted{SandboxKind: "local"}}
	if _, err := s.Append(t.Context(), e); err != nil {
		t.Error(err)
	}
}
