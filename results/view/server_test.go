package view_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bench"
	"bench/results"
	"bench/results/view"
)

// source has runs that were made up.
type source []results.Run

func (s source) Runs(context.Context) ([]results.Run, error) { return s, nil }

var moment = time.Date(2026, 3, 14, 1, 2, 3, 0, time.UTC)

// three are a run that has ended, one that goes on, and one of published points.
func three() source {
	return source{
		{ID: "done", Name: "n", StartedAt: moment, EndedAt: moment, UpdatedAt: moment},
		{ID: "on&on", Name: "n", StartedAt: moment, UpdatedAt: moment.Add(time.Second)},
		{ID: "theirs", StartedAt: moment, EndedAt: moment, UpdatedAt: moment, Points: 2},
	}
}

// echo writes which page was asked for.
func echo(_ context.Context, w io.Writer, runs []string, refresh int) error {
	_, err := fmt.Fprintf(w, "page of %q, refresh %d", runs, refresh)
	return err
}

// served is the address of a server, which ends with the test.
func served(t *testing.T, o view.Options) string {
	t.Helper()
	l, err := view.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- view.New(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it ended with: %v", err)
		}
	})
	return "http://" + l.Addr().String()
}

// ask sends a request and returns the answer with its body.
func ask(
	t *testing.T, method, url string, change func(*http.Request),
) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	url := served(t, view.Options{Source: three(), Database: "a&b.db", Page: echo})
	for _, test := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/", 200, `<a href="/run?id=on%26on">on&amp;on</a>`},
		{"GET", "/", 200, `<th scope="row">theirs</th>`},
		{"GET", "/", 200, `<title>Runs in a&amp;b.db`},
		{"GET", "/", 200, `<meta http-equiv="refresh" content="5">`},
		{"GET", "/run?id=done", 200, `page of ["done"], refresh 0`},
		{"GET", "/run?id=on%26on", 200, `page of ["on&on"], refresh 5`},
		{"GET", "/run?id=done&id=theirs", 200, `page of ["done" "theirs"], refresh 0`},
		{"HEAD", "/run?id=done", 200, ""},
		{"HEAD", "/", 200, ""},
		{"GET", "/run?id=gone", 404, `no run "gone" is shown here`},
		{"GET", "/run", 404, "which run?"},
		{"GET", "/../etc/passwd", 404, "nothing is here"},
		{"POST", "/", 405, "only reads"},
		{"DELETE", "/run?id=done", 405, "only reads"},
		{"OPTIONS", "/", 405, "only reads"},
	} {
		resp, body := ask(t, test.method, url+test.path, nil)
		if resp.StatusCode != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s %s: %s, %s; want %d and %s", test.method, test.path, resp.Status, body,
				test.status, test.says)
		}
		if test.method == http.MethodHead && body != "" {
			t.Errorf("HEAD %s has a body", test.path)
		}
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options"} {
			if resp.Header.Get(header) == "" {
				t.Errorf("%s %s has no %s", test.method, test.path, header)
			}
		}
	}
}

// What is sent to another name than this machine's is refused: a page of somebody
// else's may have had that name lead here.
func TestRebinding(t *testing.T) {
	t.Parallel()
	url := served(t, view.Options{Source: three(), Page: echo})
	port := url[strings.LastIndex(url, ":"):]
	for host, want := range map[string]int{
		"127.0.0.1" + port: 200, "localhost" + port: 200, "127.0.0.1": 403, "127.0.0.1:1": 403,
		"evil.example" + port: 403, "localhost.evil.example" + port: 403, "127.0.0.2" + port: 403,
		"[::1]" + port: 403,
	} {
		resp, body := ask(t, http.MethodGet, url, func(r *http.Request) { r.Host = host })
		if resp.StatusCode != want {
			t.Errorf("Host %q: %s, want %d", host, resp.Status, want)
		}
		if want != 200 && strings.Contains(body, "done") {
			t.Errorf("Host %q: it tells about runs", host)
		}
	}
}

// Only what was chosen is shown, in a list and by its address.
func TestChosen(t *testing.T) {
	t.Parallel()
	url := served(t, view.Options{Source: three(), Runs: []string{"done", "theirs"}, Page: echo})
	_, body := ask(t, http.MethodGet, url, nil)
	if strings.Contains(body, "on%26on") || !strings.Contains(body, `href="/run?id=done&amp;id=theirs"`) {
		t.Errorf("the list of two runs: %s", body)
	}
	if strings.Contains(body, `http-equiv="refresh"`) {
		t.Error("nothing goes on, and the list is loaded again")
	}
	if resp, _ := ask(t, http.MethodGet, url+"/run?id=on%26on", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a run that was not chosen: %s", resp.Status)
	}
}

// A page that a browser has is not made again before there is something new.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	runs, made := three(), 0
	url := served(t, view.Options{Source: runs, Page: func(
		ctx context.Context, w io.Writer, ids []string, refresh int,
	) error {
		made++
		return echo(ctx, w, ids, refresh)
	}})
	first, _ := ask(t, http.MethodGet, url+"/run?id=done", nil)
	have := func(r *http.Request) { r.Header.Set("If-None-Match", first.Header.Get("ETag")) }
	if resp, _ := ask(t, http.MethodGet, url+"/run?id=done", have); resp.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %s", resp.Status)
	}
	if made != 1 {
		t.Errorf("the page was made %d times", made)
	}
	runs[0].UpdatedAt = runs[0].UpdatedAt.Add(time.Millisecond)
	if resp, _ := ask(t, http.MethodGet, url+"/run?id=done", have); resp.StatusCode != http.StatusOK || made != 2 {
		t.Errorf("changed: %s, made %d times", resp.Status, made)
	}
}

// What cannot be made is said, and tried again while there may be more to come. Half a
// page is not taken for a whole one.
func TestErrors(t *testing.T) {
	t.Parallel()
	url := served(t, view.Options{Source: three(), Page: func(
		_ context.Context, w io.Writer, ids []string, _ int,
	) error {
		switch ids[0] {
		case "on&on":
			return bench.Usagef("nothing to show yet")
		case "theirs":
			if _, err := io.WriteString(w, strings.Repeat("half", 10_000)); err != nil {
				return err
			}
		}
		return errors.New("disk on fire")
	}})
	resp, body := ask(t, http.MethodGet, url+"/run?id=on%26on", nil)
	if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "nothing to show yet") ||
		resp.Header.Get("Refresh") != "5" || resp.Header.Get("ETag") != "" {
		t.Errorf("%s %v: %s", resp.Status, resp.Header, body)
	}
	resp, body = ask(t, http.MethodGet, url+"/run?id=done", nil)
	if resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "disk on fire") ||
		resp.Header.Get("Refresh") != "" {
		t.Errorf("%s %v: %s", resp.Status, resp.Header, body)
	}
	half, err := http.Get(url + "/run?id=theirs") //nolint:noctx // it ends at once
	if err == nil {
		_, err = io.Copy(io.Discard, half.Body)
		half.Body.Close()
	}
	if err == nil {
		t.Error("half a page looks like a whole one")
	}
}

// However many ask, one page is made at a time.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	var making, made atomic.Int32
	url := served(t, view.Options{Source: three(), Page: func(
		ctx context.Context, w io.Writer, ids []string, refresh int,
	) error {
		if making.Add(1) > 1 {
			t.Error("two pages are made at once")
		}
		defer making.Add(-1)
		made.Add(1)
		return echo(ctx, w, ids, refresh)
	}})
	var asking sync.WaitGroup
	for range 20 {
		asking.Go(func() { ask(t, http.MethodGet, url+"/run?id=done", nil) })
	}
	asking.Wait()
	if made.Load() != 20 {
		t.Errorf("%d pages of 20", made.Load())
	}
}

// The end of a server ends what it is at.
func TestEnd(t *testing.T) {
	t.Parallel()
	l, err := view.Listen(t.Context(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := view.New(view.Options{Source: three(), Page: func(
		making context.Context, _ io.Writer, _ []string, _ int,
	) error {
		cancel()
		<-making.Done()
		return making.Err()
	}})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/run?id=done") //nolint:noctx // see above
	if err == nil {
		resp.Body.Close()
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("something listens still")
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{
		"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0", "[::ffff:192.0.2.1]:0", "localhost.:0",
	} {
		l, err := view.Listen(t.Context(), addr)
		if err == nil {
			l.Close()
		}
		if !errors.Is(err, view.ErrNotLoopback) {
			t.Errorf("listen on %s: %v", addr, err)
		}
	}
	if _, err := view.Listen(t.Context(), "127.0.0.1"); err == nil || errors.Is(err, view.ErrNotLoopback) {
		t.Errorf("without a port: %v", err)
	}
	l, err := view.Listen(t.Context(), "127.1.2.3:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}
