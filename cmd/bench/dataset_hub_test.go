package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bench"
	"bench/datasets"
)

const (
	hubCommit = "0123456789abcdef0123456789abcdef01234567"
	hubToken  = "hf_secret-token-value"
	hubShard  = "data/test-00000-of-00001.jsonl"
)

// standIn is a loopback server with the API of Hugging Face, whose large files
// lie on another host.
type standIn struct {
	t       *testing.T
	files   map[string][]byte
	token   string         // asked for, if not ""
	breaks  int            // how many downloads break off half way
	ignores bool           // the header Range
	busy    int            // how many requests are answered with 429
	status  map[string]int // of paths that contain the key
	stall   bool
	lies    bool // the content is another one than was listed

	mu     sync.Mutex
	served int // bytes of files
	ranges []string
	hub    *httptest.Server
	cdn    *httptest.Server
}

func startHub(t *testing.T, s *standIn) *standIn {
	t.Helper()
	s.t = t
	if s.files == nil {
		row := `{"instance_id":"acme__rocket-1","repo":"sympy/sympy","base_commit":"` + hubCommit +
			`","problem_statement":"p","version":"1.0","test_patch":"t","FAIL_TO_PASS":["x"],"PASS_TO_PASS":[],"hints_text":"` +
			strings.Repeat("long ", 5000) + `"}`
		s.files = map[string][]byte{
			hubShard: []byte(row + "\n"), "README.md": []byte("# read me\n"),
			"data/dev-00000-of-00001.jsonl": []byte(strings.Replace(row, "rocket-1", "rocket-2", 1)),
		}
	}
	s.hub = httptest.NewServer(http.HandlerFunc(s.api))
	s.cdn = httptest.NewServer(http.HandlerFunc(s.content))
	t.Cleanup(func() { s.hub.Close(); s.cdn.Close() })
	t.Setenv("BENCH_CACHE", t.TempDir())
	t.Setenv("HF_ENDPOINT", s.hub.URL+"/")
	t.Setenv("HF_TOKEN", hubToken)
	return s
}

func (s *standIn) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	if s.busy > 0 {
		s.busy--
		w.Header().Set("Retry-After", "0")
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	for part, status := range s.status {
		if strings.Contains(r.URL.Path, part) {
			http.Error(w, "no", status)
			return
		}
	}
	const repo = "SWE-bench/SWE-bench_Lite"
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/api/datasets/"+repo+"/revision/"):
		if strings.Count(r.URL.EscapedPath(), "/") != 6 {
			s.t.Errorf("revision in %s", r.URL.EscapedPath())
		}
		fmt.Fprintf(w, `{"sha": %q, "id": "x"}`, hubCommit)
	case path == "/api/datasets/"+repo+"/tree/"+hubCommit:
		s.tree(w, r)
	case strings.HasPrefix(path, "/datasets/"+repo+"/resolve/"+hubCommit+"/"):
		_, file, _ := strings.Cut(path, hubCommit+"/")
		http.Redirect(w, r, s.cdn.URL+"/"+file+"?signature=abc", http.StatusFound)
	default:
		http.Error(w, "no", http.StatusNotFound)
	}
}

// tree lists one file per page.
func (s *standIn) tree(w http.ResponseWriter, r *http.Request) {
	names := slices.Sorted(maps.Keys(s.files))
	page, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	if page+1 < len(names) {
		w.Header().Set("Link", fmt.Sprintf(
			`<https://elsewhere.example/api?recursive=true&cursor=%d>; rel="next"`, page+1))
	}
	sum := sha256.Sum256(s.files[names[page]])
	entry := map[string]any{
		"type": "file", "path": names[page], "size": len(s.files[names[page]]), "oid": "1234",
		"lfs": map[string]any{"oid": hex.EncodeToString(sum[:])},
	}
	if err := json.NewEncoder(w).Encode([]any{entry, map[string]any{"type": "directory", "path": "data"}}); err != nil {
		s.t.Error(err)
	}
}

// content serves files, as the host does that the hub redirects to.
func (s *standIn) content(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		s.t.Error("the token went to another host")
	}
	body := s.files[strings.TrimPrefix(r.URL.Path, "/")]
	if s.lies {
		body = bytes.ReplaceAll(body, []byte("rocket"), []byte("racket"))
	}
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	from := 0
	if n, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && err == nil && !s.ignores {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		from = 0
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	rest := body[from:]
	if s.stall {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	if s.breaks > 0 {
		s.breaks--
		if s.breaks == 4 {
			panic(http.ErrAbortHandler) // before the first byte
		}
		rest = rest[:len(rest)/2]
		s.served += len(rest)
		if _, err := w.Write(rest); err != nil {
			s.t.Error(err)
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	s.served += len(rest)
	if _, err := w.Write(rest); err != nil {
		s.t.Log(err) // a client that gave up
	}
}

// pulled runs a pull with short pauses; said is all that it prints.
func pulled(t *testing.T, s *standIn, split string) (m datasets.Manifest, said string, err error) {
	t.Helper()
	var out strings.Builder
	h, err := newHub(func(format string, a ...any) { fmt.Fprintf(&out, format+"\n", a...) })
	if err != nil {
		t.Fatal(err)
	}
	h.pause, h.stall = time.Millisecond, 200*time.Millisecond
	known, _, _ := datasets.Lookup("swe-bench-lite")
	m, err = pull(t.Context(), h, known, "main", split)
	said = out.String()
	if err != nil {
		said += err.Error()
	}
	if strings.Contains(said, hubToken) || strings.Contains(said, "signature") {
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
	s := startHub(t, &standIn{token: hubToken, busy: 2})
	m, said, err := pulled(t, s, "test")
	if err != nil {
		t.Fatal(said)
	}
	if len(m.Files) != 1 || m.Files[0].Path != hubShard || m.Commit != hubCommit || m.Revision != "main" {
		t.Errorf("%+v", m)
	}
	served := s.served
	if m, said, err = pulled(t, s, ""); err != nil || len(m.Files) != 2 {
		t.Fatalf("%+v\n%s", m, said)
	}
	if s.served != served+len(s.files["data/dev-00000-of-00001.jsonl"]) {
		t.Error("what was there is downloaded again")
	}
	if m, _, err = pulled(t, s, "dev"); err != nil || len(m.Files) != 2 {
		t.Errorf("a second split takes the first one's place: %+v, %v", m, err)
	}
	s.hub.Close()
	s.cdn.Close()
	for _, source := range []string{"swe-bench-lite", "swe-bench-lite@main", "swe-bench-lite@0123456"} {
		if n := rows(t, datasets.Options{Source: source}); n != 1 {
			t.Errorf("%s: %d rows", source, n)
		}
	}
	if n := rows(t, datasets.Options{Source: "swe-bench-lite", Split: "dev"}); n != 1 {
		t.Errorf("%d rows of dev", n)
	}
}

// TestPullBroken: downloads that break off are carried on where they ended.
func TestPullBroken(t *testing.T) {
	s := startHub(t, &standIn{breaks: 9})
	if _, said, err := pulled(t, s, "test"); err != nil {
		t.Fatal(said)
	}
	if size := len(s.files[hubShard]); s.served != size {
		t.Errorf("%d bytes for a file of %d", s.served, size)
	}
	if len(s.ranges) < 10 || s.ranges[0] != "" || !strings.HasPrefix(s.ranges[9], "bytes=") {
		t.Errorf("ranges %q", s.ranges)
	}
}

// TestPullWhole: a server that knows no ranges sends all of it again.
func TestPullWhole(t *testing.T) {
	s := startHub(t, &standIn{breaks: 2, ignores: true})
	if _, said, err := pulled(t, s, "test"); err != nil {
		t.Fatal(said)
	}
	if n := rows(t, datasets.Options{Source: "swe-bench-lite"}); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestPullStale: what a download of another content left is thrown away.
func TestPullStale(t *testing.T) {
	s := startHub(t, &standIn{})
	part := filepath.Join(os.Getenv("BENCH_CACHE"), "datasets/swe-bench-lite", hubCommit, hubShard+".part")
	if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, left := range []int{100, len(s.files[hubShard]), len(s.files[hubShard]) + 5} {
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
		hub  *standIn
		want string
	}{
		"content":   {&standIn{lies: true}, "data/test-00000-of-00001.jsonl: checksum "},
		"forbidden": {&standIn{token: "other"}, "401 Unauthorized: it does not exist, or asks for permission"},
		"gated":     {&standIn{status: map[string]int{"resolve": 403}}, "403 Forbidden"},
		"unknown":   {&standIn{status: map[string]int{"revision": 404}}, "there is no such dataset, revision"},
		"busy":      {&standIn{busy: 99}, "429 Too Many Requests (tried 6 times)"},
		"broken":    {&standIn{status: map[string]int{"tree": 502}}, "502 Bad Gateway (tried 6 times)"},
		"silence":   {&standIn{stall: true}, "nothing came for 200ms (tried 6 times)"},
		"path":      {&standIn{files: evil}, `a file is called "../../evil.parquet"`},
		"split":     {&standIn{files: map[string][]byte{"a.parquet": nil}}, `no file of the split "test"; it has ["a.parquet"]`},
	} {
		t.Run(name, func(t *testing.T) {
			_, said, err := pulled(t, startHub(t, c.hub), "test")
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
	s := startHub(t, &standIn{})
	part := filepath.Join(os.Getenv("BENCH_CACHE"), "datasets/swe-bench-lite", hubCommit, hubShard+".part")
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
	startHub(t, &standIn{stall: true})
	h, err := newHub(func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, context.DeadlineExceeded)
	defer cancel()
	known, _, _ := datasets.Lookup("swe-bench-lite")
	if _, err := pull(ctx, h, known, "main", "test"); err == nil || ctx.Err() == nil {
		t.Error(err)
	}
}

// TestHubAddress: the token is never sent where others can read it.
func TestHubAddress(t *testing.T) {
	t.Setenv("HF_TOKEN", hubToken)
	for address, want := range map[string]string{
		"http://mirror.example": "HF_ENDPOINT is not https: HF_TOKEN is not sent there; unset one of them",
		"https://user:pw@x.org": "HF_ENDPOINT is no address such as https://huggingface.co",
		"mirror":                "HF_ENDPOINT is no address such as https://huggingface.co",
		"http://[::1]:80/hf/":   "", "": "", "https://mirror.example/hf": "",
	} {
		t.Setenv("HF_ENDPOINT", address)
		_, err := newHub(func(string, ...any) {})
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
}

// TestPullCommand: the whole way, from the command line to a config that names
// the dataset and nothing else.
func TestPullCommand(t *testing.T) {
	s := startHub(t, &standIn{})
	var out, errs bytes.Buffer
	if got := run([]string{"dataset", "pull", "swe-bench-lite@refs/pr/1"}, &out, &errs); got != int(bench.ExitDone) {
		t.Fatalf("exit status %d: %s", got, &errs)
	}
	if !strings.Contains(errs.String(), "SWE-bench/SWE-bench_Lite@refs/pr/1 is 0123456789ab: 1 file, ") ||
		!strings.HasSuffix(strings.TrimSpace(out.String()), hubCommit) {
		t.Errorf("%s\n%s", &out, &errs)
	}
	s.hub.Close()
	config := filepath.Join(t.TempDir(), "bench.yaml")
	text := "dataset: {source: swe-bench-lite}\nmodels:\n  m: {provider: openai, model: m, " +
		"api_key_env: HF_TOKEN, price: {input: 1, output: 1}}\nconfigurations:\n  s: {kind: single, model: m}\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if got := run([]string{"validate", config}, &out, &errs); got != int(bench.ExitDone) ||
		!strings.Contains(out.String(), "1 task ") {
		t.Errorf("exit status %d: %s\n%s", got, &out, &errs)
	}
	errs.Reset()
	if got := run([]string{"dataset", "pull", "nowhere"}, &out, &errs); got != int(bench.ExitUsage) {
		t.Errorf("exit status %d: %s", got, &errs)
	}
}
