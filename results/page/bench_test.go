package page_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bench/results"
	"bench/results/compare"
	"bench/results/page"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// source is code, of which tools print parts.
func source(b *testing.B) []byte {
	b.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		data, err := os.ReadFile(path)
		all.Write(data)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return all.Bytes()
}

// big is a database with 500 tasks in three configurations, whose main and single
// agents make 60 model calls each. What tools print is as long as that of real agents:
// a median of a kilobyte, 7 at the 90th percentile.
func big(b *testing.B) (*results.Store, compare.Comparison) {
	b.Helper()
	code := source(b)
	s := storetest.Stored(b)
	events := resultstest.Events(resultstest.Spec{
		RunID: runID, Tasks: 500, Seed: 5, Faults: true, Turns: 60,
		Output: func(rng *rand.Rand) string {
			n := min(int(1000*math.Exp(1.5*rng.NormFloat64())), 16_000)
			from := rng.IntN(len(code) - n)
			return string(code[from : from+n])
		},
	})
	for some := range slices.Chunk(events, 500) {
		if _, err := s.AppendAll(b.Context(), some); err != nil {
			b.Fatal(err)
		}
	}
	c, err := compare.Runs(b.Context(), s, []string{runID}, compare.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return s, c
}

// heap follows how much memory is in use until it is told to stop, and returns the
// most.
func heap(ctx context.Context) (most uint64) {
	var m runtime.MemStats
	for {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse+m.StackInuse)
		select {
		case <-ctx.Done():
			return most
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// BenchmarkBig writes the page of a big run. It is to be below 15 MB with the
// conversations of failed trials, and to take less than 10 seconds and 500 MB.
func BenchmarkBig(b *testing.B) {
	s, c := big(b)
	runtime.GC()
	for _, bodies := range []page.Bodies{page.NoBodies, page.FailedBodies, page.AllBodies} {
		b.Run(string(bodies), func(b *testing.B) {
			for b.Loop() {
				ctx, cancel := context.WithCancel(b.Context())
				most := make(chan uint64)
				go func() { most <- heap(ctx) }()
				o := page.Options{Bodies: bodies}
				if bodies == page.FailedBodies {
					o.MostBytes = 15e6 // as bench report has it
				}
				w, err := page.Write(b.Context(), io.Discard, s, c, o)
				if err != nil {
					b.Fatal(err)
				}
				cancel()
				b.ReportMetric(float64(<-most)/1e6, "MB-memory")
				b.ReportMetric(float64(w.Bytes)/1e6, "MB-page")
				b.ReportMetric(float64(w.Talks), "conversations")
			}
		})
	}
}

// BenchmarkOpenBig opens that page in a browser: its first paint is to come within 1.5
// seconds, and a trial within 0.3.
func BenchmarkOpenBig(b *testing.B) {
	s, c := big(b)
	file := filepath.Join(b.TempDir(), "report.html")
	f, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	o := page.Options{Bodies: page.FailedBodies, MostBytes: 15e6}
	if _, err := page.Write(b.Context(), f, s, c, o); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tab := open(b, file, "light", 1280)
		b.ReportMetric(eval[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0].startTime`), "ms-paint")
		var opened []float64
		for i := range 5 {
			tab.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`window.asked = performance.now();
				window.shown = 0;
				new MutationObserver((_, watch) => requestAnimationFrame(() => setTimeout(() => {
					window.shown = performance.now() - window.asked;
					watch.disconnect();
				}))).observe(document.getElementById("card"), {childList: true});
				location.hash = "#trial=t%d"`, 100*i+1)))
			took, err := chromedp.Run(tab, chromedp.Poll[float64](`window.shown`))
			if err != nil {
				b.Fatal(err)
			}
			opened = append(opened, took)
		}
		b.ReportMetric(slices.Max(opened), "ms-trial")
	}
}
