package page_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bench"
	"bench/llm"
	"bench/results"
	"bench/results/compare"
	"bench/results/page"
	"bench/results/report"
	"bench/results/resultstest"
	"bench/results/storetest"
)

const runID = "2026-03-14-fusion-vs-solo"

// stored is a database with one made-up run, and its comparison.
func stored(t testing.TB, tasks int) (*results.Store, compare.Comparison) {
	t.Helper()
	s := storetest.Stored(t, resultstest.Spec{
		RunID: runID, Tasks: tasks, Seed: 5, Faults: true, Simulated: true,
	})
	c, err := compare.Runs(t.Context(), s, []string{runID}, compare.Options{Resamples: 500})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func written(t testing.TB, s page.Source, c compare.Comparison, o page.Options) string {
	t.Helper()
	var b bytes.Buffer
	w, err := page.Write(t.Context(), &b, s, c, o)
	if err != nil {
		t.Fatal(err)
	}
	if w.Bytes != int64(b.Len()) {
		t.Errorf("%d bytes are written, and %d said", b.Len(), w.Bytes)
	}
	return b.String()
}

var packed = regexp.MustCompile(`<script type="application/gzip" id="([^"]+)">([^<]*)</script>`)

// unpacked is what a page holds packed, by id.
func unpacked(t testing.TB, html string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range packed.FindAllStringSubmatch(html, -1) {
		data, err := base64.StdEncoding.DecodeString(m[2])
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		group, ok := strings.CutPrefix(m[1], "cards")
		if !ok {
			out[m[1]] = string(text)
			continue
		}
		first, err := strconv.Atoi(group)
		if err != nil {
			t.Fatal(err)
		}
		for i, card := range strings.Split(string(text), "\x1e") {
			out[fmt.Sprintf("t%d", 8*first+i+1)] = card
		}
	}
	return out
}

// The numbers behind a page are those of `bench compare --format json`.
func TestDataIsTheComparison(t *testing.T) {
	t.Parallel()
	s, c := stored(t, 6)
	html := written(t, s, c, page.Options{Bodies: page.NoBodies})
	_, rest, _ := strings.Cut(html, `<script type="application/json" id="data">`)
	data, _, found := strings.Cut(rest, "</script>")
	if !found {
		t.Fatal("the page has no data")
	}
	var want bytes.Buffer
	if err := report.JSON(&want, c); err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal([]byte(data), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(want.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Error("the page's data are not the comparison's")
	}
	for _, p := range c.Pairs {
		if !strings.Contains(html, report.Say(p).CostRatio) {
			t.Errorf("the page lacks the cost ratio %s", report.Say(p).CostRatio)
		}
	}
}

// Every trial has a card; conversations are those that were asked for.
func TestBodies(t *testing.T) {
	t.Parallel()
	s, c := stored(t, 4)
	trials, err := s.Trials(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, trial := range trials {
		if trial.Resolved == nil || !*trial.Resolved {
			failed++
		}
	}
	for bodies, want := range map[page.Bodies]int{
		page.NoBodies: 0, page.FailedBodies: failed, page.AllBodies: len(trials),
	} {
		talks := 0
		parts := unpacked(t, written(t, s, c, page.Options{Bodies: bodies}))
		for id := range parts {
			if strings.HasSuffix(id, "-talk") {
				talks++
			}
		}
		if talks != want || len(parts)-talks != len(trials) {
			t.Errorf("%s: %d conversations and %d cards of %d trials, want %d", bodies, talks,
				len(parts)-talks, len(trials), want)
		}
	}
}

// Conversations have room until the page is as large as it may be, those of tasks that
// one side alone has resolved first.
func TestMostBytes(t *testing.T) {
	t.Parallel()
	s, c := stored(t, 12)
	all := written(t, s, c, page.Options{Bodies: page.AllBodies})
	none := written(t, s, c, page.Options{Bodies: page.NoBodies})
	flipped := map[string]bool{}
	for _, m := range regexp.MustCompile(`#trial=(t\d+)`).FindAllStringSubmatch(
		all[strings.Index(all, `id="flips"`):strings.Index(all, `id="money"`)], -1) {
		flipped[m[1]+"-talk"] = true
	}
	most := int64(len(none)+len(all)) / 2
	var b bytes.Buffer
	w, err := page.Write(t.Context(), &b, s, c, page.Options{Bodies: page.AllBodies, MostBytes: most})
	if err != nil {
		t.Fatal(err)
	}
	talks, others := 0, 0
	for id := range unpacked(t, b.String()) {
		if strings.HasSuffix(id, "-talk") {
			talks++
			if !flipped[id] {
				others++
			}
		}
	}
	if int64(b.Len()) > most || talks != w.Talks || talks == 0 || talks == w.Asked || w.Asked != 36 {
		t.Errorf("%d bytes of %d, %d conversations, %+v", b.Len(), most, talks, w)
	}
	if len(flipped) == 0 || talks-others != min(talks, len(flipped)) {
		t.Errorf("of %d conversations %d are not of the %d flipped trials", talks, others, len(flipped))
	}
	b.Reset()
	w, err = page.Write(t.Context(), &b, s, c, page.Options{Bodies: page.AllBodies, MostBytes: 1})
	if err != nil || w.Talks != 0 || b.Len() > len(none)+100 {
		t.Errorf("without room: %+v, %v, %d bytes", w, err, b.Len())
	}
}

// hostile is what a model, a repository or a test may write.
const hostile = "</script><script>window.hacked=1</script><img src=x onerror=\"window.hacked=1\">" +
	"\x1b[31mred\x1b]0;t\a \u202egnirts\u2066 \x00\xff javascript:hacked {{.}} '\"`--><!--]]>"

// hostileSource is a source whose every text is hostile.
type hostileSource struct{ page.Source }

func (h hostileSource) Detail(
	ctx context.Context, run string, key bench.TrialKey,
) (results.Detail, error) {
	d, err := h.Source.Detail(ctx, run, key)
	d.Tests = append(d.Tests, results.TestResult{Test: "x", OK: new(bool)})
	d.Notes = append(d.Notes, results.Note{Text: "x"})
	poison(reflect.ValueOf(&d).Elem())
	d.Patch = "diff " + hostile + "\n+" + hostile + strings.Repeat("x", 10<<20)
	return d, err
}

func (h hostileSource) Trials(ctx context.Context, run string) ([]results.Trial, error) {
	ts, err := h.Source.Trials(ctx, run)
	for i := range ts {
		ts[i].Repo, ts[i].Error = hostile, hostile
	}
	return ts, err
}

func (h hostileSource) Body(ctx context.Context, hash bench.BodyHash) (bench.Body, error) {
	b, err := h.Source.Body(ctx, hash)
	if err != nil {
		return nil, err
	}
	if m, err := llm.ParseMessage(b); err == nil && m.Role == "user" {
		return llm.User(hostile).JSON, nil
	} else if err == nil && m.Role != "" {
		return b, nil
	}
	return bench.Body(hostile), nil
}

// poison replaces every text of a value, but for names that join its parts.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !joins[f.Name] {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.String:
		if v.Type().PkgPath() == "" && v.CanSet() { // not those with words of their own
			v.SetString(hostile)
		}
	}
}

var joins = map[string]bool{"ID": true, "Agent": true, "Child": true, "Parent": true, "BatchID": true}

// poisoned is a page whose every text is hostile.
func poisoned(t testing.TB) string {
	t.Helper()
	s, c := stored(t, 2)
	for i := range c.Configurations {
		c.Configurations[i].MainWire = hostile
	}
	c.Warnings, c.Alarms = []string{hostile}, []string{hostile}
	return written(t, hostileSource{s}, c, page.Options{Bodies: page.AllBodies, Command: hostile})
}

// Nothing of what was written by models, repositories and tests is markup, and
// nothing of it turns the direction of writing or rings a bell.
func TestNothingActs(t *testing.T) {
	t.Parallel()
	html := poisoned(t)
	parts := unpacked(t, html)
	parts["page"] = packed.ReplaceAllString(html, "")
	if len(parts) < 3 {
		t.Fatalf("only %d parts", len(parts))
	}
	for id, text := range parts {
		for _, bad := range []string{"<img", "<script>window", "\x1b", "\x00", "\a", "\u202e", "\u2066"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", id, bad)
			}
		}
		if !strings.Contains(text, "hacked") {
			t.Errorf("%s was not poisoned: the test shows nothing about it", id)
		}
		if len(text) > 2<<20 {
			t.Errorf("%s has %d bytes", id, len(text))
		}
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	s, c := stored(t, 1)
	if !strings.Contains(written(t, s, c, page.Options{Refresh: 5}), `http-equiv="refresh" content="5"`) {
		t.Error("a page that is watched is not loaded again")
	}
	if strings.Contains(written(t, s, c, page.Options{}), `http-equiv="refresh"`) {
		t.Error("a page that is not watched is loaded again")
	}
}
