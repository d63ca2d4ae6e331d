package page_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"bench/internal/require"
	"bench/results/page"
)

// tab is a page in a browser.
type tab struct {
	context.Context
	t testing.TB

	mu       sync.Mutex
	said     []string // errors and warnings
	requests []string
}

// browse opens a page from a file.
func browse(t *testing.T, html, scheme string, width int64) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, file, scheme, width)
}

// open opens a file in a browser.
func open(t testing.TB, file, scheme string, width int64) *tab {
	t.Helper()
	return visit(t, "file://"+file, scheme, width)
}

// visit opens an address in a browser.
func visit(t testing.TB, url, scheme string, width int64) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.ExecPath(require.Browser(t)))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	b := &tab{Context: ctx, t: t}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	emulated := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulated); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Navigate(url))
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, fmt.Sprint(e.Type, e.Args))
	case *log.EventEntryAdded:
		b.said = append(b.said, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// eval is the value of an expression.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// quiet fails if the page complained or asked for anything but itself.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the page says: %s", s)
	}
	if len(b.requests) != 1 {
		b.t.Errorf("requests: %q", b.requests)
	}
}

func TestInBrowser(t *testing.T) {
	t.Parallel()
	require.Browser(t)
	s, c := stored(t, 6)
	html := written(t, s, c, page.Options{Bodies: page.AllBodies, Command: "bench report r -o r.html"})
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			t.Run(fmt.Sprint(scheme, width), func(t *testing.T) {
				b := browse(t, html, scheme, width)
				b.links()
				b.sorts()
				b.filters()
				b.trials(c.Configurations[0].Name)
				b.accessible()
				if wide := eval[int](b, "document.documentElement.scrollWidth"); wide > int(width) {
					t.Errorf("the page is %d wide", wide)
				}
				b.quiet()
			})
		}
	}
}

// links checks that every link within the page leads somewhere.
func (b *tab) links() {
	b.t.Helper()
	for _, href := range eval[[]string](b, `[...document.links].map(a => a.getAttribute("href"))`) {
		id := strings.TrimPrefix(href, "#")
		if n, ok := strings.CutPrefix(id, "trial=t"); ok { // packed with those beside it
			i, err := strconv.Atoi(n)
			if err != nil {
				b.t.Errorf("%s: %v", href, err)
			}
			id = fmt.Sprintf("cards%d", (i-1)/8)
		}
		if !eval[bool](b, fmt.Sprintf("document.getElementById(%q) !== null", id)) {
			b.t.Errorf("nothing is at %s", href)
		}
	}
}

const taskNames = `[...document.querySelectorAll("#tasks tbody tr:not([hidden]) th")]` +
	`.map(e => e.textContent)`

func (b *tab) sorts() {
	b.t.Helper()
	header := chromedp.Click("#tasks thead th button")
	b.do(header)
	up := eval[[]string](b, taskNames)
	b.do(header)
	down := eval[[]string](b, taskNames)
	if len(up) < 2 || up[0] != down[len(down)-1] || up[0] == down[0] {
		b.t.Errorf("sorted: %q, and the other way: %q", up, down)
	}
}

func (b *tab) filters() {
	b.t.Helper()
	all := len(eval[[]string](b, taskNames))
	first := eval[[]string](b, taskNames)[0]
	b.do(chromedp.SendKeys("#name", first))
	if got := eval[[]string](b, taskNames); len(got) != 1 || got[0] != first {
		b.t.Errorf("only %s was asked for: %q", first, got)
	}
	if got := eval[string](b, `document.getElementById("shown").textContent`); got != "1 task" {
		b.t.Errorf("it counts %q", got)
	}
	b.set("name", "(")
	if got := len(eval[[]string](b, taskNames)); got != all {
		b.t.Errorf("with half an expression, %d of %d tasks are there", got, all)
	}
	b.set("name", "")
	b.set("kind", "different")
	different := len(eval[[]string](b, taskNames))
	want := eval[int](b, `document.querySelectorAll('#tasks tr[data-kinds~="different"]').length`)
	if different != want || want == 0 || want == all {
		b.t.Errorf("%d of %d tasks are different, %d are shown", want, all, different)
	}
}

// set gives a control a value, as its user would.
func (b *tab) set(id, value string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const e = document.getElementById(%q);
		e.value = %q;
		e.dispatchEvent(new Event("input", {bubbles: true}));
	})()`, id, value)))
}

// trials opens a trial by its mark, another by its address, and its conversation.
func (b *tab) trials(name string) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#tasks tr:not([hidden]) a.mark").click()`),
		chromedp.WaitVisible("#card h3"))
	if title := eval[string](b, `document.querySelector("#card h3").textContent`); !strings.Contains(title, name) {
		b.t.Errorf("the trial of %s is called %q", name, title)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#trial=t2"`),
		chromedp.WaitVisible("#card svg.picture"),
		chromedp.Click("#card .unpack"),
		chromedp.WaitVisible("#card .talk .message"))
	if eval[int](b, `document.querySelectorAll("#card .talk details").length`) == 0 {
		b.t.Error("no tool call is in the conversation")
	}
}

// accessible checks names and contrast of what is on the page.
func (b *tab) accessible() {
	b.t.Helper()
	for _, bad := range eval[[]string](b, accessibility) {
		b.t.Error(bad)
	}
}

// accessibility lists controls without a name and texts whose contrast with
// what is behind them is below 4.5 (WCAG 2.2, 1.4.3 and 4.1.2).
const accessibility = `(() => {
const out = [];
for (const e of document.querySelectorAll("a, button, input, select, svg[role=img]")) {
  const name = e.getAttribute("aria-label") || e.textContent.trim() ||
    (e.labels && e.labels[0] && e.labels[0].textContent.trim());
  if (!name) out.push("no name: " + e.outerHTML.slice(0, 80));
}
const rgb = (s) => (s.match(/[\d.]+/g) || []).map(Number);
const light = (c) => {
  const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c;
  }
  return [255, 255, 255];
};
const seen = new Set();
for (const e of document.querySelectorAll("body *")) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || !e.checkVisibility() || ["SCRIPT", "STYLE", "title", "TITLE"].includes(e.tagName)) continue;
  const style = getComputedStyle(e);
  const a = light(rgb(e instanceof SVGElement ? style.fill : style.color)), b = light(behind(e));
  const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  const what = e.tagName + "." + (e.getAttribute("class") || "");
  if (contrast < 4.5 && !seen.has(what)) {
    seen.add(what);
    out.push("contrast " + contrast.toFixed(2) + ": " + what + " " + e.textContent.slice(0, 30));
  }
}
return out;
})()`

// A trial whose conversation had no room says so, and so does the page.
func TestNoRoomInBrowser(t *testing.T) {
	t.Parallel()
	require.Browser(t)
	s, c := stored(t, 4)
	b := browse(t, written(t, s, c, page.Options{Bodies: page.AllBodies, MostBytes: 1}), "dark", 390)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#trial=t12"`),
		chromedp.WaitVisible("#card h3"))
	if !eval[bool](b, `document.querySelector("#card .unpack").checkVisibility() === false &&
		document.querySelector("#card .unpack + span").checkVisibility()`) {
		t.Error("a conversation is offered that is not there")
	}
	if said := eval[string](b, `document.getElementById("held").innerText`); !strings.Contains(said, "of 0 of 12 trials") {
		t.Errorf("the page says %q", said)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#trial=t13"`)) // there are 12
	if _, err := chromedp.Run(b, chromedp.Poll[bool](`document.getElementById("trial").hidden`)); err != nil {
		t.Error(err)
	}
	b.accessible()
	b.quiet()
}

// What is hostile in every place is shown, and does nothing.
func TestHostileInBrowser(t *testing.T) {
	t.Parallel()
	require.Browser(t)
	b := browse(t, poisoned(t), "light", 1280)
	b.do(chromedp.Evaluate[chromedp.Void](`location.hash = "#trial=t1"`),
		chromedp.WaitVisible("#card h3"),
		chromedp.Click("#card .unpack"),
		chromedp.WaitVisible("#card .talk .message"))
	if eval[bool](b, "window.hacked !== undefined") {
		t.Error("a text of a trial was executed")
	}
	b.quiet()
}

// On paper nothing is cut, folded or dark, and tables keep the names of their columns.
func TestPrinted(t *testing.T) {
	t.Parallel()
	require.Browser(t)
	s, c := stored(t, 6)
	html := written(t, s, c, page.Options{Bodies: page.NoBodies, Command: "bench report r -o r.html"})
	const paper = 688 // pixels between the margins of A4
	b := browse(t, html, "dark", paper)
	b.do(chromedp.Evaluate[chromedp.Void](`addEventListener("beforeprint", () => {
		window.folded = document.querySelectorAll("details:not([open])").length;
	})`))
	folded := `document.querySelectorAll("details:not([open])").length`
	before := eval[int](b, folded)
	pdf, err := chromedp.Call(b, devpage.PrintToPDF, devpage.PrintToPDFParams{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(pdf.Data, []byte("%PDF-")) {
		t.Errorf("what is printed begins with %q", pdf.Data[:min(20, len(pdf.Data))])
	}
	if n := eval[int](b, "window.folded"); n > 0 || before == 0 {
		t.Errorf("%d of %d folded things are printed folded", n, before)
	}
	if after := eval[int](b, folded); after != before {
		t.Errorf("%d things are folded after it was printed, %d were", after, before)
	}
	print := emulation.SetEmulatedMediaParams{Media: "print"}
	if _, err := chromedp.Call(b, emulation.SetEmulatedMedia, print); err != nil {
		t.Fatal(err)
	}
	for _, cut := range eval[[]string](b, `[...document.querySelectorAll("table, svg, pre, p")].filter(e =>
		e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth ||
		e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY !== "visible")).map(
		e => e.outerHTML.slice(0, 80))`) {
		t.Errorf("cut: %s", cut)
	}
	if eval[bool](b, `[...document.querySelectorAll("th button")].some(e => !e.checkVisibility())`) {
		t.Error("columns have no names")
	}
	if ink := eval[string](b, `getComputedStyle(document.body).color`); ink != "rgb(27, 31, 36)" {
		t.Errorf("the ink is %s", ink)
	}
}
