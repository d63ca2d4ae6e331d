package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// canned is the script command `canned FILE`: it serves the lines of a file as
// long as the script runs, one for each request and the last one for all that
// follow, at the base URL in CANNED. It is how a script plays an answer to the
// byte, whatever it looks like.
func canned(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: canned FILE")
	}
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		line := lines[0]
		if len(lines) > 1 {
			lines = lines[1:]
		}
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write([]byte(line)); err != nil {
			return // the client has gone
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv("CANNED", server.URL+"/v1")
}
