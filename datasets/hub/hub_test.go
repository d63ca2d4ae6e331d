package hub

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bench/datasets"
	"bench/datasets/hub/hubtest"
)

// pulled runs a pull with short pauses; said is all that it prints.
func pulled(t *testing.T, s *hubtest.Server, split string) (m datasets.Manifest, said string, err error) {
	t.Helper()
	var out strings.Builder
	h, err := New(func(format string, a ...any) { fmt.Fprintf(&out, format+"\n", a...) })
	if err != nil {
		t.Fatal(err)
	}
	h.pause, h.stall = time.Millisecond, 200*time.Millisecond
	known, _, _ := datasets.Lookup("swe-bench-lite")
	m, err = h.Pull(t.Context(), known, "main", split)
	said = out.String()
	if err != nil {
		said += err.Error()
	}
	if strings.Contains(said, hubtest.Token) || strings.Contains(said, "signature") {
		t.Errorf("the token or a signed address is printed: %s", said)
	}
	return m, said, err
}

func rows(t *testing.T, o datasets.Options) int {
	t.Helper()
	set, err := datasets.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return set.Rows
}

// TestPull: from a hub that asks for a token and redirects, once; offline
// afterwards.
func TestPull(t *testing.T) {
	s := (&hubtest.Server{AskFor: hubtest.Token, Busy: 2}).Start(t)
	m, said, err := pulled(t, s, "test")
	if err != nil {
		t.Fatal(said)
	}
	if len(m.Files) != 1 || m.Files[0].Path != hubtest.Shard || m.Commit != hubtest.Commit || m.Revision != "main" {
		t.Errorf("%+v", m)
	}
	served := s.Served
	if m, said, err = pulled(t, s, ""); err != nil || len(m.Files) != 2 {
		t.Fatalf("%+v\n%s", m, said)
	}
	if s.Served != served+len(s.Files["data/dev-00000-of-00001.jsonl"]) {
		t.Error("what was there is downloaded again")
	}
	if m, _, err = pulled(t, s, "dev"); err != nil || len(m.Files) != 2 {
		t.Errorf("a second split takes the first one's place: %+v, %v", m, err)
	}
	s.Close()
	for _, source := range []string{"swe-bench-lite", "swe-bench-lite@main", "swe-bench-lite@0123456"} {
		if n := rows(t, datasets.Options{Source: source}); n != 1 {
			t.Errorf("%s: %d rows", source, n)
		}
	}
	if n := rows(t, datasets.Options{Source: "swe-bench-lite", Split: "dev"}); n != 1 {
		t.Errorf("%d rows of dev", n)
	}
}

// TestPullBroken: downloads that break off are resumed where they ended.
func TestPullBroken(t *testing.T) {
	s := (&hubtest.Server{Breaks: 9}).Start(t)
	if _, said, err := pulled(t, s, "test"); err != nil {
		t.Fatal(said)
	}
	// What is sent just before a connection breaks may be lost on the way. From the start
	// each time, it would be five times as much.
	if size := len(s.Files[hubtest.Shard]); s.Served < size || s.Served >= 2*size {
		t.Errorf("%d bytes for a file of %d", s.Served, size)
	}
	if len(s.Ranges) < 10 || s.Ranges[0] != "" || !strings.HasPrefix(s.Ranges[9], "bytes=") {
		t.Errorf("ranges %q", s.Ranges)
	}
}

// TestPullWhole: a server that knows no ranges sends all of it again.
func TestPullWhole(t *testing.T) {
	s := (&hubtest.Server{Breaks: 2, IgnoresRange: true}).Start(t)
	if _, said, err := pulled(t, s, "test"); err != nil {
		t.Fatal(said)
	}
	if n := rows(t, datasets.Options{Source: "swe-bench-lite"}); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestPullStale: what a download of another content left is thrown away.
func TestPullStale(t *testing.T) {
	s := (&hubtest.Server{}).Start(t)
	part := filepath.Join(os.Getenv("BENCH_CACHE"), "datasets/swe-bench-lite", hubtest.Commit, hubtest.Shard+".part")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, left := range []int{100, len(s.Files[hubtest.Shard]), len(s.Files[hubtest.Shard]) + 5} {
		if err := os.WriteFile(part, bytes.Repeat([]byte("x"), left), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, said, err := pulled(t, s, "test"); err != nil {
			t.Fatalf("%d bytes were left: %s", left, said)
		}
		if err := os.Remove(strings.TrimSuffix(part, ".part")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPullFails: each way to fail says what it is, and leaves no dataset behind.
func TestPullFails(t *testing.T) {
	odd := "data/test-100% [a].jsonl"
	if got := escapePath(odd); got != "data/test-100%25%20%5Ba%5D.jsonl" {
		t.Error(got)
	}
	evil := map[string][]byte{"../../evil.parquet": []byte("x")}
	for name, c := range map[string]struct {
		hub  *hubtest.Server
		want string
	}{
		"content":   {&hubtest.Server{Lies: true}, "data/test-00000-of-00001.jsonl: checksum "},
		"forbidden": {&hubtest.Server{AskFor: "other"}, "401 Unauthorized: it does not exist, or asks for permission"},
		"gated":     {&hubtest.Server{Status: map[string]int{"resolve": 403}}, "403 Forbidden"},
		"unknown":   {&hubtest.Server{Status: map[string]int{"revision": 404}}, "there is no such dataset, revision"},
		"busy":      {&hubtest.Server{Busy: 99}, "429 Too Many Requests (tried 6 times)"},
		"broken":    {&hubtest.Server{Status: map[string]int{"tree": 502}}, "502 Bad Gateway (tried 6 times)"},
		"silence":   {&hubtest.Server{Stall: true}, "nothing came for 200ms (tried 6 times)"},
		"path":      {&hubtest.Server{Files: evil}, `a file is called "../../evil.parquet"`},
		"split":     {&hubtest.Server{Files: map[string][]byte{"a.parquet": nil}}, `no file of the split "test"; it has ["a.parquet"]`},
	} {
		t.Run(name, func(t *testing.T) {
			_, said, err := pulled(t, c.hub.Start(t), "test")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if m, err := datasets.FindCached("swe-bench-lite"); err == nil {
				t.Errorf("%+v is in the cache\n%s", m, said)
			}
		})
	}
}

// TestPullFullDisk: the message says how much is needed and where.
func TestPullFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	s := (&hubtest.Server{}).Start(t)
	part := filepath.Join(os.Getenv("BENCH_CACHE"), "datasets/swe-bench-lite", hubtest.Commit, hubtest.Shard+".part")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", part); err != nil {
		t.Fatal(err)
	}
	_, said, err := pulled(t, s, "test")
	if err == nil || !strings.Contains(err.Error(), "the disk is full; ") {
		t.Error(said)
	}
}

// TestPullInterrupted: ^C ends a pull at once.
func TestPullInterrupted(t *testing.T) {
	(&hubtest.Server{Stall: true}).Start(t)
	h, err := New(func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, context.DeadlineExceeded)
	defer cancel()
	known, _, _ := datasets.Lookup("swe-bench-lite")
	if _, err := h.Pull(ctx, known, "main", "test"); err == nil || ctx.Err() == nil {
		t.Error(err)
	}
}

// TestHubAddress: the token is never sent where others can read it.
func TestHubAddress(t *testing.T) {
	t.Setenv("HF_TOKEN", hubtest.Token)
	for address, want := range map[string]string{
		"http://mirror.example": "HF_ENDPOINT is not https: HF_TOKEN is not sent there; unset one of them",
		"https://user:pw@x.org": "HF_ENDPOINT is no address such as https://huggingface.co",
		"mirror":                "HF_ENDPOINT is no address such as https://huggingface.co",
		"http://[::1]:80/hf/":   "", "": "", "https://mirror.example/hf": "",
	} {
		t.Setenv("HF_ENDPOINT", address)
		_, err := New(func(string, ...any) {})
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
}
