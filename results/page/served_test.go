package page_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bench/internal/require"
	"bench/results"
	"bench/results/compare"
	"bench/results/page"
	"bench/results/resultstest"
	"bench/results/storetest"
	"bench/results/view"
)

// served is the address of a server of the runs of a store.
func served(t *testing.T, s *results.Store) string {
	t.Helper()
	l, err := view.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := view.New(view.Options{Source: s, Database: "bench.db", Page: func(
		ctx context.Context, w io.Writer, ids []string, refresh int,
	) error {
		c, err := compare.Runs(ctx, s, ids, compare.Options{Resamples: 500})
		if err != nil {
			return err
		}
		_, err = page.Write(ctx, w, s, c, page.Options{
			Bodies: page.AllBodies, Command: "bench report", List: "/", Refresh: min(refresh, 1),
		})
		return err
	}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with: %v", err)
		}
	})
	return "http://" + l.Addr().String() + "/"
}

// A served page works as one in a file does, and follows a run until it has ended.
func TestServedInBrowser(t *testing.T) {
	t.Parallel()
	require.Browser(t)
	s := storetest.Stored(t)
	events := resultstest.Events(resultstest.Spec{RunID: runID, Tasks: 6, Seed: 5})
	half := len(events) / 2
	if _, err := s.AppendAll(t.Context(), events[:half]); err != nil {
		t.Fatal(err)
	}
	url := served(t, s)
	b := visit(t, url, "dark", 390)
	b.accessible()
	b.do(chromedp.Click("#runs a"), chromedp.WaitVisible("#tasks"))
	b.eventually(`document.querySelectorAll("#tasks .mark.open").length > 0`) // the run goes on
	b.eventually(`location.hash = "#trial=t1", document.querySelector("#card h3") !== null`)
	if _, err := s.AppendAll(t.Context(), events[half:]); err != nil {
		t.Fatal(err)
	}
	b.eventually(`document.querySelectorAll("#tasks .mark.open").length === 0`)
	b.do(chromedp.WaitVisible("#card h3"))
	if at := eval[string](b, "location.hash"); at != "#trial=t1" {
		t.Errorf("loaded again, it shows %q", at)
	}
	if eval[bool](b, `document.querySelector("html[data-refresh]") !== null`) {
		t.Error("the run has ended, and its page is loaded again")
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("nav a").click()`),
		chromedp.WaitVisible("#runs"))
	b.mu.Lock()
	defer b.mu.Unlock()
	outside := func(request string) bool { return !strings.HasPrefix(request, url) }
	if slices.ContainsFunc(b.requests, outside) || len(b.said) > 0 {
		t.Errorf("requests: %q, said: %q", b.requests, b.said)
	}
}

// eventually waits until an expression is true, also while the page is loaded again.
func (b *tab) eventually(expression string) {
	b.t.Helper()
	for range 300 {
		if now, err := chromedp.Run(b, chromedp.Evaluate[bool](expression)); err == nil && now {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("it never became true: %s", expression)
}
