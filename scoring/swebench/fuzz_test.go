package swebench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"bench"
)

// fuzzParsers runs parsers on any text: they must not panic, must not depend on
// anything but the text, and must know each test once and by valid text.
func fuzzParsers(f *testing.F, names ...string) {
	logs, err := filepath.Glob("testdata/parsers/*.log")
	if err != nil || len(logs) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range logs {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		_, log, _ := strings.Cut(string(data), "\n\n")
		f.Add(log, "8.6")
		f.Add(log, "10.0")
	}
	f.Fuzz(func(t *testing.T, log, version string) {
		log = decode([]byte(log))
		task := bench.Task{InstanceID: "jekyll__jekyll-8761", Version: version}
		for _, name := range names {
			for _, rules := range []Rules{V5, V4} {
				m, err := Parse(name, rules, task, log)
				again, err2 := Parse(name, rules, task, log)
				if describe(m, err) != describe(again, err2) {
					t.Fatalf("%s, %s: two answers", name, rules)
				}
				seen := map[string]bool{}
				for _, s := range m.Tests() {
					if seen[s.Test] || !utf8.ValidString(s.Test) || !utf8.ValidString(s.Status) {
						t.Fatalf("%s, %s: %q", name, rules, s)
					}
					seen[s.Test] = true
				}
			}
		}
	})
}

func FuzzPytest(f *testing.F) {
	fuzzParsers(f, "parse_log_pytest", "parse_log_pytest_options", "parse_log_pytest_v2",
		"parse_log_matplotlib", "parse_log_seaborn")
}

func FuzzDjango(f *testing.F) { fuzzParsers(f, "parse_log_django") }

func FuzzSympy(f *testing.F) { fuzzParsers(f, "parse_log_sympy") }

func FuzzCompiled(f *testing.F) {
	fuzzParsers(f, "parse_log_gotest", "parse_log_cargo", "parse_log_redis", "parse_log_jq",
		"parse_log_doctest", "parse_log_micropython_test", "parse_log_googletest",
		"parse_log_maven", "parse_log_ant", "parse_log_gradle_custom")
}

func FuzzRubyAndPHP(f *testing.F) {
	fuzzParsers(f, "parse_log_phpunit", "parse_log_minitest", "parse_log_cucumber",
		"parse_log_ruby_unit", "parse_log_rspec_transformed_json", "parse_log_jekyll")
}

func FuzzJavaScript(f *testing.F) {
	fuzzParsers(f, "parse_log_jest", "parse_log_jest_json", "parse_log_vitest", "parse_log_tap",
		"parse_log_immutable_js", "parse_log_karma", "parse_log_carbon", "parse_log_grommet",
		"parse_log_highlightjs", "parse_log_lighthouse", "parse_log_next", "parse_log_prismjs",
		"parse_log_quarto_cli", "parse_log_calypso")
}

func FuzzFailOnly(f *testing.F) {
	fuzzParsers(f, "parse_log_chart_js", "parse_log_marked", "parse_log_eslint",
		"parse_log_bpmn_js", "parse_log_openlayers", "parse_log_p5js")
}

// FuzzJudge reads and judges any bytes as a log.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(start+"PASSED a::t\n"+end), "a::t")
	f.Add([]byte(start+"\xff\r\nFAILED a::t[x]\r"+end+markExitCode+": 1"), "a::t[")
	f.Add([]byte("Killed\nTests: 3\n"), "")
	f.Fuzz(func(t *testing.T, log []byte, test string) {
		text := decode(log)
		if !utf8.ValidString(text) || strings.Contains(text, "\r") {
			t.Fatalf("text is %q", text)
		}
		for _, rules := range []Rules{V5, V4} {
			if rules == V4 && !utf8.Valid(log) {
				continue
			}
			g, err := Judge(flask([]string{test}, []string{test}), rules, log)
			if err != nil || g.Resolved == nil {
				t.Fatalf("%s: %+v, %v", rules, g, err)
			}
			failures := len(g.FailToPass.Failure) + len(g.PassToPass.Failure)
			if *g.Resolved && (!g.Found || failures > 0) {
				t.Fatalf("%s: resolved with %+v", rules, g)
			}
			if _, err := ReportJSON("pallets__flask-1", true, g); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// FuzzPatchFiles reads any text as a patch.
func FuzzPatchFiles(f *testing.F) {
	f.Add(mixedPatch)
	f.Add("--- a\n+++ b\n@@ -1,99999999999999999999 +1 @@\n x\n")
	f.Fuzz(func(t *testing.T, patch string) {
		for _, p := range patchFiles(patch) {
			if !strings.Contains(patch, strings.TrimPrefix(p.source, devNull)) ||
				!strings.Contains(patch, strings.TrimPrefix(p.target, devNull)) {
				t.Fatalf("%q is not in the patch", p)
			}
		}
		directives("django/django", patch)
	})
}
