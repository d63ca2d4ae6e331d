package page

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/draw"
)

// Bodies says of which trials a page holds what was said.
type Bodies string

// The choices of bodies.
const (
	NoBodies     Bodies = "none"
	FailedBodies Bodies = "failed" // of those without the verdict resolved
	AllBodies    Bodies = "all"
)

// Options are what a page may be told.
type Options struct {
	Bodies    Bodies
	Anonymous bool          // without paths, the dataset's name, engines and machines
	Command   string        // that repeats the run
	Refresh   int           // seconds after which a browser loads it again; 0: never
	Points    []bench.Point // of others, drawn beside the comparison
	List      string        // where a list of all runs is; empty if there is none
	// MostBytes is how large conversations may make the page; those that have no room
	// are left out. 0 is no bound. What else a page has is always there.
	MostBytes int64
}

// Written is what a page came to be.
type Written struct {
	Bytes int64
	Talks int // conversations that it holds
	Asked int // conversations that were asked for
}

// Source is where a page reads its runs, such as a results.Store.
type Source interface {
	Run(ctx context.Context, id string) (results.Run, error)
	Trials(ctx context.Context, run string) ([]results.Trial, error)
	Detail(ctx context.Context, run string, key bench.TrialKey) (results.Detail, error)
	TrialEvents(ctx context.Context, run string, key bench.TrialKey) ([]bench.Event, error)
	Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error)
}

//go:embed page.css
var style string

//go:embed page.js
var script string

// Write writes the page of a comparison.
func Write(
	ctx context.Context, w io.Writer, s Source, c compare.Comparison, o Options,
) (Written, error) {
	b := &builder{source: s, comparison: c, options: o}
	if o.Anonymous {
		b.comparison = c.WithoutHosts()
	}
	doc, err := b.document(ctx)
	if err != nil {
		return Written{}, err
	}
	buffer := bufio.NewWriterSize(w, 1<<20)
	out := &counter{to: buffer}
	if err := render(out, "page", doc); err != nil {
		return Written{}, err
	}
	if err := packCards(out, b.cards); err != nil {
		return Written{}, err
	}
	talks, err := b.writeTalks(ctx, out)
	if err != nil {
		return Written{}, err
	}
	fmt.Fprintf(out, "<script>%s</script>\n</body>\n</html>\n", script)
	return Written{out.bytes, talks, doc.Talks}, buffer.Flush()
}

// counter counts what is written.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Policy is the Content-Security-Policy of pages: it lets their own style and script
// work, and nothing else. What they are told is escaped anyway; this is the second wall.
func Policy() string {
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; base-uri 'none'; "+
		"form-action 'none'", sourceOf(sheet()), sourceOf(script))
}

// sheet is the whole style sheet.
func sheet() string { return style + draw.Style }

// sourceOf names a text in a Content-Security-Policy.
func sourceOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

//go:embed templates/*.html
var files embed.FS

// render writes a template, cleaned of what a browser would obey.
func render(w io.Writer, name string, data any) error {
	var b strings.Builder
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	_, err := io.WriteString(w, draw.Clean(b.String()))
	return err
}

var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"svg":   func(p *draw.Picture) template.HTML { return template.HTML(p.String()) },
		"day":   func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"short": short,
	}).ParseFS(files, "templates/*.html"))
})
