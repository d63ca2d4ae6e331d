package swebench

import (
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"bench"
)

// fuzzParser runs a parser on any text: it must not panic, must not depend on
// anything but the text, and must know each test once and by valid text.
func fuzzParser(f *testing.F, parser string) {
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
		// Two parsers choose their form by the number in the id.
		id := "jekyll__jekyll-8761"
		if parser == "parse_log_immutable_js" {
			id = "immutable-js__immutable-js-2006"
		}
		task := bench.Task{InstanceID: id, Version: version}
		for _, rules := range []Rules{V5, V4} {
			m, err := Parse(parser, rules, task, log)
			again, err2 := Parse(parser, rules, task, log)
			if describe(m, err) != describe(again, err2) {
				t.Fatalf("%s: two answers", rules)
			}
			seen := map[string]bool{}
			for _, s := range m.Tests() {
				if seen[s.Test] || !utf8.ValidString(s.Test) || !utf8.ValidString(s.Status) {
					t.Fatalf("%s: %q", rules, s)
				}
				seen[s.Test] = true
			}
		}
	})
}

// One target for each parser, so that each gets its own time.

func FuzzParsePytest(f *testing.F)        { fuzzParser(f, "parse_log_pytest") }
func FuzzParsePytestOptions(f *testing.F) { fuzzParser(f, "parse_log_pytest_options") }
func FuzzParsePytestV2(f *testing.F)      { fuzzParser(f, "parse_log_pytest_v2") }
func FuzzParseMatplotlib(f *testing.F)    { fuzzParser(f, "parse_log_matplotlib") }
func FuzzParseSeaborn(f *testing.F)       { fuzzParser(f, "parse_log_seaborn") }
func FuzzParseSympy(f *testing.F)         { fuzzParser(f, "parse_log_sympy") }
func FuzzParseDjango(f *testing.F)        { fuzzParser(f, "parse_log_django") }
func FuzzParseGotest(f *testing.F)        { fuzzParser(f, "parse_log_gotest") }
func FuzzParseCargo(f *testing.F)         { fuzzParser(f, "parse_log_cargo") }
func FuzzParseRedis(f *testing.F)         { fuzzParser(f, "parse_log_redis") }
func FuzzParseJq(f *testing.F)            { fuzzParser(f, "parse_log_jq") }
func FuzzParseDoctest(f *testing.F)       { fuzzParser(f, "parse_log_doctest") }
func FuzzParseMicropython(f *testing.F)   { fuzzParser(f, "parse_log_micropython_test") }
func FuzzParseGoogletest(f *testing.F)    { fuzzParser(f, "parse_log_googletest") }
func FuzzParseMaven(f *testing.F)         { fuzzParser(f, "parse_log_maven") }
func FuzzParseAnt(f *testing.F)           { fuzzParser(f, "parse_log_ant") }
func FuzzParseGradleCustom(f *testing.F)  { fuzzParser(f, "parse_log_gradle_custom") }
func FuzzParsePhpunit(f *testing.F)       { fuzzParser(f, "parse_log_phpunit") }
func FuzzParseMinitest(f *testing.F)      { fuzzParser(f, "parse_log_minitest") }
func FuzzParseCucumber(f *testing.F)      { fuzzParser(f, "parse_log_cucumber") }
func FuzzParseRubyUnit(f *testing.F)      { fuzzParser(f, "parse_log_ruby_unit") }
func FuzzParseRspec(f *testing.F)         { fuzzParser(f, "parse_log_rspec_transformed_json") }
func FuzzParseJekyll(f *testing.F)        { fuzzParser(f, "parse_log_jekyll") }
func FuzzParseJest(f *testing.F)          { fuzzParser(f, "parse_log_jest") }
func FuzzParseJestJSON(f *testing.F)      { fuzzParser(f, "parse_log_jest_json") }
func FuzzParseVitest(f *testing.F)        { fuzzParser(f, "parse_log_vitest") }
func FuzzParseTap(f *testing.F)           { fuzzParser(f, "parse_log_tap") }
func FuzzParseImmutableJS(f *testing.F)   { fuzzParser(f, "parse_log_immutable_js") }
func FuzzParseKarma(f *testing.F)         { fuzzParser(f, "parse_log_karma") }
func FuzzParseCarbon(f *testing.F)        { fuzzParser(f, "parse_log_carbon") }
func FuzzParseGrommet(f *testing.F)       { fuzzParser(f, "parse_log_grommet") }
func FuzzParseHighlightJS(f *testing.F)   { fuzzParser(f, "parse_log_highlightjs") }
func FuzzParseLighthouse(f *testing.F)    { fuzzParser(f, "parse_log_lighthouse") }
func FuzzParseNext(f *testing.F)          { fuzzParser(f, "parse_log_next") }
func FuzzParsePrism(f *testing.F)         { fuzzParser(f, "parse_log_prismjs") }
func FuzzParseQuarto(f *testing.F)        { fuzzParser(f, "parse_log_quarto_cli") }
func FuzzParseCalypso(f *testing.F)       { fuzzParser(f, "parse_log_calypso") }
func FuzzParseChartJS(f *testing.F)       { fuzzParser(f, "parse_log_chart_js") }
func FuzzParseMarked(f *testing.F)        { fuzzParser(f, "parse_log_marked") }
func FuzzParseEslint(f *testing.F)        { fuzzParser(f, "parse_log_eslint") }
func FuzzParseBpmnJS(f *testing.F)        { fuzzParser(f, "parse_log_bpmn_js") }
func FuzzParseOpenlayers(f *testing.F)    { fuzzParser(f, "parse_log_openlayers") }
func FuzzParseP5js(f *testing.F)          { fuzzParser(f, "parse_log_p5js") }
func FuzzParseTestsJSON(f *testing.F)     { fuzzParser(f, "parse_log_tests_json") }

// TestEveryParserIsFuzzed: a parser that is added gets a target.
func TestEveryParserIsFuzzed(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("fuzz_test.go")
	if err != nil {
		t.Fatal(err)
	}
	fuzzed := map[uintptr]bool{}
	for name, entry := range parsers {
		if strings.Contains(string(source), strconv.Quote(name)) {
			fuzzed[reflect.ValueOf(entry.parse).Pointer()] = true
		}
	}
	for name, entry := range parsers {
		if !fuzzed[reflect.ValueOf(entry.parse).Pointer()] {
			t.Errorf("parser %s has no fuzz target", name)
		}
	}
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
