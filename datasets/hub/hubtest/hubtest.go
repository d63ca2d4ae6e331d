// Package hubtest is a server with the API of Hugging Face to test fetching
// datasets with.
package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// What the server has: one commit, with a file of each of two splits.
const (
	Commit = "0123456789abcdef0123456789abcdef01234567"
	Token  = "hf_secret-token-value"
	Shard  = "data/test-00000-of-00001.jsonl"
)

// Server is a loopback server with the API of Hugging Face, whose large files
// lie on another host. The zero value serves the files of SWE-bench Lite.
type Server struct {
	Files        map[string][]byte // by path; default: a row of test and one of dev
	AskFor       string            // the token that is asked for; "" for none
	Breaks       int               // how many downloads break off half way
	IgnoresRange bool              // sends all of a file whatever the header Range says
	Busy         int               // how many requests are answered with 429
	Status       map[string]int    // of paths that contain the key
	Stall        bool              // downloads bring nothing
	Lies         bool              // the content is another one than was listed

	// What was served. Read it when no request is under way.
	Served int      // bytes of files
	Ranges []string // headers of downloads

	t   *testing.T
	mu  sync.Mutex
	hub *httptest.Server
	cdn *httptest.Server
}

// Start serves until the test ends, to which HF_ENDPOINT, HF_TOKEN and an empty
// BENCH_CACHE are set.
func (s *Server) Start(t *testing.T) *Server {
	t.Helper()
	s.t = t
	if s.Files == nil {
		row := `{"instance_id":"acme__rocket-1","repo":"sympy/sympy","base_commit":"` + Commit +
			`","problem_statement":"p","version":"1.0","test_patch":"t","FAIL_TO_PASS":["x"],` +
			`"PASS_TO_PASS":[],"hints_text":"` + strings.Repeat("long ", 5000) + `"}`
		s.Files = map[string][]byte{
			Shard: []byte(row + "\n"), "README.md": []byte("# read me\n"),
			"data/dev-00000-of-00001.jsonl": []byte(strings.Replace(row, "rocket-1", "rocket-2", 1)),
		}
	}
	s.hub = httptest.NewServer(http.HandlerFunc(s.api))
	s.cdn = httptest.NewServer(http.HandlerFunc(s.content))
	t.Cleanup(s.Close)
	t.Setenv("BENCH_CACHE", t.TempDir())
	t.Setenv("HF_ENDPOINT", s.hub.URL+"/")
	t.Setenv("HF_TOKEN", Token)
	return s
}

// Close ends the server before the test does.
func (s *Server) Close() {
	s.hub.Close()
	s.cdn.Close()
}

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.AskFor != "" && r.Header.Get("Authorization") != "Bearer "+s.AskFor {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	if s.Busy > 0 {
		s.Busy--
		w.Header().Set("Retry-After", "0")
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	}
	for part, status := range s.Status {
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
		fmt.Fprintf(w, `{"sha": %q, "id": "x"}`, Commit)
	case path == "/api/datasets/"+repo+"/tree/"+Commit:
		s.tree(w, r)
	case strings.HasPrefix(path, "/datasets/"+repo+"/resolve/"+Commit+"/"):
		_, file, _ := strings.Cut(path, Commit+"/")
		http.Redirect(w, r, s.cdn.URL+"/"+file+"?signature=abc", http.StatusFound)
	default:
		http.Error(w, "no", http.StatusNotFound)
	}
}

// tree lists one file per page.
func (s *Server) tree(w http.ResponseWriter, r *http.Request) {
	names := slices.Sorted(maps.Keys(s.Files))
	page, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	if page+1 < len(names) {
		w.Header().Set("Link", fmt.Sprintf(
			`<https://elsewhere.example/api?recursive=true&cursor=%d>; rel="next"`, page+1))
	}
	sum := sha256.Sum256(s.Files[names[page]])
	entry := map[string]any{
		"type": "file", "path": names[page], "size": len(s.Files[names[page]]), "oid": "1234",
		"lfs": map[string]any{"oid": hex.EncodeToString(sum[:])},
	}
	folder := map[string]any{"type": "directory", "path": "data"}
	if err := json.NewEncoder(w).Encode([]any{entry, folder}); err != nil {
		s.t.Error(err)
	}
}

// content serves files, as the host does that the hub redirects to.
func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		s.t.Error("the token went to another host")
	}
	body := s.Files[strings.TrimPrefix(r.URL.Path, "/")]
	if s.Lies {
		body = bytes.ReplaceAll(body, []byte("rocket"), []byte("racket"))
	}
	s.Ranges = append(s.Ranges, r.Header.Get("Range"))
	from := 0
	if n, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && err == nil && !s.IgnoresRange {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(body)-1, len(body)))
		w.Header().Set("Content-Length", strconv.Itoa(len(body)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		from = 0
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	rest := body[from:]
	if s.Stall {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	if s.Breaks > 0 {
		s.Breaks--
		if s.Breaks == 4 {
			panic(http.ErrAbortHandler) // before the first byte
		}
		rest = rest[:len(rest)/2]
		s.Served += len(rest)
		if _, err := w.Write(rest); err != nil {
			s.t.Error(err)
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	s.Served += len(rest)
	if _, err := w.Write(rest); err != nil {
		s.t.Log(err) // a client that gave up
	}
}
