package scripted

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func page(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/scripted.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fileKeys are the keys of the script itself.
type fileKeys struct {
	Seed, Models, Captures, Rules, Strict any
}

// Every key is in a table of the page, and no other.
func TestPageHasEveryKey(t *testing.T) {
	t.Parallel()
	text := page(t)
	for table, value := range map[string]any{
		"script": fileKeys{}, "model": modelSpec{}, "price": priceSpec{}, "capture": capture{}, "rule": rule{},
		"when": when{}, "think": thought{}, "call": callSpec{}, "usage": usageSpec{}, "stream": pacing{},
		"break": breakage{}, "fault": fault{},
	} {
		_, rest, found := strings.Cut(text, "<!-- keys of "+table+" -->")
		rows, _, _ := strings.Cut(rest, "<!-- end -->")
		if !found {
			t.Errorf("no table of %s", table)
		}
		var got []string
		for line := range strings.Lines(rows) {
			cells := strings.Split(line, "|")
			if len(cells) > 2 && strings.Contains(cells[1], "`") {
				got = append(got, strings.Split(strings.Trim(cells[1], " `"), "`, `")...)
			}
		}
		slices.Sort(got)
		if want := keysOf(value); !slices.Equal(got, want) {
			t.Errorf("keys of %s: the page has %v, want %v", table, got, want)
		}
	}
}

func keysOf(v any) []string {
	var keys []string
	for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
		if f.IsExported() {
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			keys = append(keys, word(name, strings.ToLower(f.Name)))
		}
	}
	slices.Sort(keys)
	return keys
}

// The table of strict servers has the source of every check.
func TestPageHasEverySource(t *testing.T) {
	t.Parallel()
	_, table, _ := strings.Cut(page(t), "## Strict servers")
	got := map[string]bool{}
	for _, m := range regexp.MustCompile(`<(https://[^>]+)>`).FindAllStringSubmatch(table, -1) {
		got[m[1]] = true
	}
	want := map[string]bool{}
	for _, m := range strictServers {
		if !strings.Contains(table, "`"+m.name+"`") {
			t.Errorf("nothing about %s", m.name)
		}
		for _, c := range m.checks {
			want[c.source] = true
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the page has %d sources, the checks %d:\n%v\n%v", len(got), len(want), sorted(got), sorted(want))
	}
}

var fenced = regexp.MustCompile("(?s)```(yaml|json)\n(.*?)```")

// The example of the page does what the page says.
func TestPageExample(t *testing.T) {
	t.Parallel()
	blocks := fenced.FindAllStringSubmatch(page(t), 3)
	if len(blocks) != 3 || blocks[0][1] != "yaml" {
		t.Fatalf("the page does not begin with a script, a request and an answer: %q", blocks)
	}
	_, url := start(t, blocks[0][2])
	_, answer, _ := strings.Cut(exchange(t, url+chat.path, blocks[1][2]), "\n")
	answer = regexp.MustCompile(`"created":\d+,`).ReplaceAllString(answer, "")
	var want bytes.Buffer
	if err := json.Compact(&want, []byte(blocks[2][2])); err != nil {
		t.Fatal(err)
	}
	if answer != want.String() {
		t.Errorf("the page says\n%s\nthe server\n%s", want.String(), answer)
	}
}
