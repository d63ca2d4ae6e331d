package swebench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

// goldenLog reads a file of testdata/parsers: fields, an empty line, the log.
func goldenLog(t *testing.T, name string) (parser string, task bench.Task, log string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, log, ok := strings.Cut(string(data), "\n\n")
	if !ok {
		t.Fatalf("%s has no head", name)
	}
	for field := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(field), ": ")
		switch key {
		case "parser":
			parser = value
		case "instance_id":
			task.InstanceID = value
		case "version":
			task.Version = value
		default:
			t.Fatalf("%s: unknown field %q", name, key)
		}
	}
	return parser, task, log
}

// describe writes a status map as the .want files have it.
func describe(m StatusMap, err error) string {
	if err != nil {
		return "error\n"
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, t := range m.Tests() {
		if err := enc.Encode([2]string{t.Test, t.Status}); err != nil {
			panic(err)
		}
	}
	return strings.ReplaceAll(b.String(), `","`, `", "`)
}

// TestGolden parses one small log per parser and special case. The .want files
// are what the official harness makes of the logs; tests_json is our own. Logs
// called odd_ are lines of made-up text with whitespace, digits and brackets of
// all kinds.
func TestGolden(t *testing.T) {
	t.Parallel()
	logs, err := filepath.Glob("testdata/parsers/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs: %v", err)
	}
	seen := map[string]bool{}
	for _, name := range logs {
		parser, task, log := goldenLog(t, name)
		seen[parser] = true
		base := strings.TrimSuffix(name, ".log")
		for rules, file := range map[Rules]string{V5: base + ".want", V4: base + ".v4.want"} {
			want, err := os.ReadFile(file)
			if rules == V4 && os.IsNotExist(err) {
				want, err = os.ReadFile(base + ".want")
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := Parse(parser, rules, task, log)
			if got := describe(m, err); got != string(want) {
				t.Errorf("%s, rules %s: %v\n got:\n%s\nwant:\n%s", base, rules, err, got, want)
			}
		}
	}
	aliases := map[string]string{
		"parse_log_astroid": "pytest", "parse_log_flask": "pytest", "parse_log_pvlib": "pytest",
		"parse_log_marshmallow": "pytest", "parse_log_pyvista": "pytest",
		"parse_log_sqlfluff": "pytest", "parse_log_xarray": "pytest",
		"parse_log_pydicom": "pytest_options", "parse_log_pylint": "pytest_options",
		"parse_log_requests": "pytest_options", "parse_log_astropy": "pytest_v2",
		"parse_log_scikit": "pytest_v2", "parse_log_sphinx": "pytest_v2",
	}
	for name := range parsers {
		target, alias := aliases[name]
		if !alias {
			if !seen[name] {
				t.Errorf("parser %s has no golden log", name)
			}
			continue
		}
		_, task, log := goldenLog(t, "testdata/parsers/"+target+".log")
		got, err := Parse(name, V5, task, log)
		want, err2 := Parse("parse_log_"+target, V5, task, log)
		if describe(got, err) != describe(want, err2) {
			t.Errorf("parser %s differs from %s", name, target)
		}
	}
}

func TestParseUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Parse("parse_log_cypress", V5, bench.Task{}, "x"); err == nil {
		t.Error("an unregistered parser was accepted")
	}
	if _, err := Parse("parse_log_eslint", V4, bench.Task{}, "x"); err == nil {
		t.Error("a parser of version 5 was accepted under version 4")
	}
	for _, repo := range []string{"cypress-io/cypress", "plotly/plotly.js", "nobody/nothing"} {
		if _, err := Judge(bench.Task{Repo: repo}, V5, []byte("x")); err == nil {
			t.Errorf("%s was judged", repo)
		}
	}
}

// TestEveryRepoHasItsParser holds the embedded facts against the table.
func TestEveryRepoHasItsParser(t *testing.T) {
	t.Parallel()
	unregistered := map[string]bool{
		"cypress-io/cypress": true, "emotion-js/emotion": true, "plotly/plotly.js": true,
	}
	n := 0
	for name, spec := range allSpecs() {
		if spec.Parser == "" {
			continue
		}
		n++
		if _, err := lookup(spec.Parser, V5); (err != nil) != unregistered[name] {
			t.Errorf("%s: parser %s: %v", name, spec.Parser, err)
		}
	}
	if n != 79 {
		t.Errorf("%d repositories have a parser, want 79", n)
	}
}

func TestRemoveXML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a<b>c</b>d":               "ad",
		"<a><a></a>x</a>y":         "y",
		"<a><a></a>x":              "<a>x",
		"<a><b></a></b>":           "</b>",
		"<a </b>":                  "<a </b>",
		"<a<b></b>>x</a>":          "",
		"<a>1</<b></b>a>2":         "2",
		"<a>1<a>2</<b></b>a>3":     "<a>3",
		"<a><a><</<b></b>a></a>x":  "<a>x",
		"<<b></b>/a>":              "</a>",
		"<é>x</é>":                 "",
		"</a><a>":                  "</a><a>",
		"<a><b></<a></a>b>":        "<a>b>",
		"text without any element": "text without any element",
	} {
		if got := removeXML(text); got != want {
			t.Errorf("removeXML(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestPythonText holds the helpers against what Python 3.11 answers.
func TestPythonText(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		" a\x1cb\u00a0c\u2003d\u0085e ": "a b c d e",
		"a\u200bb":                      "a\u200bb", // no whitespace
		"\ufeff a":                      "\ufeff a",
		" \t ":                          "",
		"a  b":                          "a b",
		"x\u3000":                       "x",
	} {
		if got := joinFields(s); got != want {
			t.Errorf("joinFields(%q) = %q, want %q", s, got, want)
		}
	}
	for r, want := range map[rune]int{
		'0': 0, '7': 7, '٣': 3, '９': 9, '\U0001D7DF': 7, 'a': -1, '²': -1,
	} {
		if got := digitValue(r); got != want {
			t.Errorf("digitValue(%q) = %d, want %d", r, got, want)
		}
	}
	if got := shortenOption("t[/a b][c]d"); got != "t[/a b][c]" {
		t.Errorf("shortenOption = %q", got)
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\r\nb\rc\n\r":          "a\nb\nc\n\n",
		"a\xffb":                 "a\ufffdb",
		"\xff\xfe":               "\ufffd\ufffd",
		"\xe2\x82":               "\ufffd",
		"\xe2\x82x":              "\ufffdx",
		"\xed\xa0\x80":           "\ufffd\ufffd\ufffd",
		"\xf0\x9f\x98":           "\ufffd",
		"\xf0\x80\x80\x80":       "\ufffd\ufffd\ufffd\ufffd",
		"\xf4\x90\x80":           "\ufffd\ufffd\ufffd",
		"\xe0\x80\xaf":           "\ufffd\ufffd\ufffd",
		"\xc0\xaf \xc2":          "\ufffd\ufffd \ufffd",
		"\u20ac\xe2\x82\r\n\xe2": "\u20ac\ufffd\n\ufffd",
		"":                       "",
	} {
		if got := decode([]byte(in)); got != want {
			t.Errorf("decode(%q) = %q, want %q", in, got, want)
		}
	}
}
