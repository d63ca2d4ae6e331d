package view

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"bench/results"
	"bench/results/page"
)

// runPath is where pages of runs are: /run?id=RUN, of several with more ids.
const runPath = "/run"

// refreshEvery is after how many seconds a browser loads a page again while its runs go on.
const refreshEvery = 5

// address is that of the page of runs.
func address(runs ...string) string {
	return runPath + "?" + url.Values{"id": runs}.Encode()
}

// shown are the runs that the server shows, the latest first.
func (s *Server) shown(r *http.Request) ([]results.Run, error) {
	runs, err := s.options.Source.Runs(r.Context())
	if err != nil || len(s.options.Runs) == 0 {
		return runs, err
	}
	return slices.DeleteFunc(runs, func(r results.Run) bool {
		return !slices.Contains(s.options.Runs, r.ID)
	}), nil
}

// list answers with the list of runs.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	runs, err := s.shown(r)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	l := page.List{Database: s.options.Database, Runs: runs}
	for _, run := range runs {
		link := address(run.ID)
		if run.Points > 0 {
			link = "" // published points have no page of their own
		}
		if l.Links = append(l.Links, link); run.EndedAt.IsZero() {
			l.Refresh = refreshEvery
		}
	}
	if len(s.options.Runs) > 1 {
		l.Together = address(s.options.Runs...)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method == http.MethodHead {
		return
	}
	if err := page.WriteList(w, l); err != nil {
		panic(http.ErrAbortHandler) // who asked has gone
	}
}

// page answers with the page of the runs that the address names.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	all, err := s.shown(r)
	if err != nil {
		refuse(w, statusOf(err), err.Error())
		return
	}
	ids := r.URL.Query()["id"]
	running, version := false, s.since
	for _, id := range ids {
		i := slices.IndexFunc(all, func(run results.Run) bool { return run.ID == id })
		if i < 0 {
			refuse(w, http.StatusNotFound, fmt.Sprintf("no run %q is shown here", id))
			return
		}
		running = running || all[i].EndedAt.IsZero()
		version += fmt.Sprintf("-%x", all[i].UpdatedAt.UnixNano())
	}
	if len(ids) == 0 {
		refuse(w, http.StatusNotFound, "which run? "+runPath+"?id=RUN")
		return
	}
	tag := `"` + version + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if w.Header().Set("Content-Type", "text/html; charset=utf-8"); r.Method == http.MethodGet {
		s.make(w, r, ids, running)
	}
}

// make makes a page, when no other is being made.
func (s *Server) make(w http.ResponseWriter, r *http.Request, ids []string, running bool) {
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-r.Context().Done():
		return
	}
	name, refresh := strings.Join(ids, "\x00"), 0
	if running {
		// Making pages takes no more than a fifth of the time, however big the run.
		refresh = max(refreshEvery, int(5*s.took[name]/time.Second))
	}
	started, out := time.Now(), &answer{ResponseWriter: w}
	err := s.options.Page(r.Context(), out, ids, refresh)
	s.took[name] = time.Since(started)
	switch {
	case err == nil, r.Context().Err() != nil:
	case out.begun:
		panic(http.ErrAbortHandler) // a browser must not take half a page for a whole one
	default:
		w.Header().Del("ETag")
		if running {
			w.Header().Set("Refresh", fmt.Sprint(refresh)) // there may be more to show later
		}
		refuse(w, statusOf(err), err.Error())
	}
}

// answer is the answer to a request that knows whether it has begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

func (a *answer) Write(p []byte) (int, error) {
	a.begun = true
	// Who does not read holds up all others no longer than this.
	err := http.NewResponseController(a.ResponseWriter).SetWriteDeadline(time.Now().Add(writeWithin))
	if err != nil {
		return 0, err
	}
	return a.ResponseWriter.Write(p)
}
