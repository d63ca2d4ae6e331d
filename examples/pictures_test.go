package examples_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"bench/internal/require"
)

// images is where the pictures of the documents are.
const images = "../docs/img"

// mostImage is how many bytes a picture may have.
const mostImage = 200_000

// shots are pictures of the page: how wide it is, how much of it is seen, in which colours,
// and which part is at the top.
var shots = []struct {
	file          string
	width, height int64
	scheme, at    string
}{
	{"page-light-1280.png", 1280, 1000, "light", ""},
	{"page-dark-1280.png", 1280, 1000, "dark", "#chart"},
	{"page-light-390.png", 390, 844, "light", ""},
	{"page-dark-390.png", 390, 844, "dark", "#matrix"},
}

// TestPictures holds the pictures in docs/img to their size, and the documents to showing
// each of them. With -update they are made anew, of a run of the quickstart: that takes
// Chromium and pdftoppm (poppler-utils).
func TestPictures(t *testing.T) {
	t.Parallel()
	if *update {
		makePictures(t)
	}
	var shown strings.Builder
	for _, document := range []string{"../README.md", "../docs/report.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(text)
	}
	files := []string{"frontier.svg", "timeline.svg", "page-print.png"}
	for _, s := range shots {
		files = append(files, s.file)
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(images, file))
		if err != nil {
			t.Error(err)
			continue
		}
		if len(data) > mostImage {
			t.Errorf("%s has %d bytes, more than %d", file, len(data), mostImage)
		}
		if !strings.Contains(shown.String(), "img/"+file+")") {
			t.Errorf("no document shows %s", file)
		}
		if strings.HasSuffix(file, ".svg") && !strings.Contains(string(data), ">simulated</text>") {
			t.Errorf("%s does not say that it is of scripts", file)
		}
	}
	if all, err := os.ReadDir(images); err != nil || len(all) != len(files) {
		t.Errorf("%s has %d files of %d: %v", images, len(all), len(files), err)
	}
}

// makePictures makes all pictures.
func makePictures(t *testing.T) {
	t.Helper()
	work := t.TempDir()
	bin, db := filepath.Join(work, "bench"), filepath.Join(work, "bench.db")
	for _, command := range [][]string{
		{"go", "build", "-o", bin, "./cmd/bench"},
		{bin, "run", "-c", "examples/quickstart/bench.yaml", "--db", db, "--run-id", "quickstart"},
		{bin, "plot", "quickstart", "--db", db, "-o", "docs/img/frontier.svg"},
		{bin, "plot", "quickstart", "--db", db, "-o", "docs/img/timeline.svg", "--kind", "timeline",
			"--instance", "quickstart__lsmkv-23", "--configuration", "fusion"},
		{bin, "report", "quickstart", "--db", db, "-o", filepath.Join(work, "report.html")},
	} {
		if out, err := run(t, "..", command[0], command[1:]...); err != nil {
			t.Fatalf("%q: %v\n%s", command, err, out)
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.ExecPath(require.Browser(t)))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	for _, s := range shots {
		emulated := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: s.scheme},
		}}
		if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulated); err != nil {
			t.Fatal(err)
		}
		err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height),
			chromedp.Navigate("about:blank"),
			chromedp.Navigate("file://"+filepath.Join(work, "report.html")+s.at))
		if err != nil {
			t.Fatal(err)
		}
		shot, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
		if err != nil {
			t.Fatal(err)
		}
		save(t, s.file, shot.Data)
	}
	printPage(ctx, t, work)
}

// printPage makes a picture of the first page of what a browser prints.
func printPage(ctx context.Context, t *testing.T, work string) {
	t.Helper()
	pdf, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(work, "report.pdf")
	if err := os.WriteFile(file, pdf.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, work, require.Program(t, "pdftoppm"), "-png", "-r", "72", "-singlefile", file, "p")
	if err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	first, err := os.ReadFile(filepath.Join(work, "p.png"))
	if err != nil {
		t.Fatal(err)
	}
	save(t, "page-print.png", first)
}

func save(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(images, file), data, 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s: %d bytes\n", file, len(data))
}
