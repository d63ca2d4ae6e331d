package results_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/results"
)

// What is written to a file that was removed would be lost without a word.
func TestRemovedDatabase(t *testing.T) {
	t.Parallel()
	for name, then := range map[string]func(path string) error{
		"removed":  os.Remove,
		"replaced": func(path string) error { return os.WriteFile(path+"2", nil, 0o644) },
	} {
		path := filepath.Join(t.TempDir(), "bench.db")
		s, err := results.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		e := bench.Event{RunID: "r", Time: time.Now(), Payload: bench.RunStarted{SandboxKind: "local"}}
		if _, err := s.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if err := then(path); err != nil {
			t.Fatal(err)
		}
		if name == "replaced" {
			if err := os.Rename(path+"2", path); err != nil {
				t.Fatal(err)
			}
		}
		e.Payload = bench.RunEnded{State: bench.RunDone}
		if _, err := s.Append(t.Context(), e); err == nil || !strings.Contains(err.Error(), "was removed while it was written to") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
