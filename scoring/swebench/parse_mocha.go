package swebench

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// suiteStack has the titles of the suites a line is in, by indentation.
type suiteStack []suite

type suite struct {
	title  string
	indent int
}

// push closes the suites that are not indented less than line and opens the
// one it names. Lines that are not indented at all are no suites.
func (s *suiteStack) push(line string) {
	indent := indentOf(line)
	if indent == 0 {
		return
	}
	for n := len(*s); n > 0 && (*s)[n-1].indent >= indent; n-- {
		*s = (*s)[:n-1]
	}
	*s = append(*s, suite{trim(line), indent})
}

// titles joins the titles with " - ".
func (s suiteStack) titles() string {
	var b strings.Builder
	for i, t := range s {
		if i > 0 {
			b.WriteString(" - ")
		}
		b.WriteString(t.title)
	}
	return b.String()
}

// key is the name of a test in the open suites.
func (s suiteStack) key(test string) string {
	if len(s) == 0 {
		return test
	}
	return s.titles() + " - " + test
}

var (
	highlightEnd  = lazy(`\n[ \t]*\d+ passing`)
	mochaTime     = lazy(`\(\d+ms\)`)
	lighthouseRun = lazy(`running\s\d+\stest\sfiles`)
	lighthouseEnd = lazy(`\d+\spassing`)
	mochaTimed    = lazy(`^(.*)\s\(\d+m+s\)`)
)

// parseHighlightJS reads mocha's spec reporter up to its summary. Lines
// indented by two blanks name the suite, only the last of which is kept; "✓" or
// "✔" passed, "1)" failed. Durations are removed. The key is "suite.name".
func parseHighlightJS(_ input, log string, m *StatusMap) error {
	if at := highlightEnd().FindStringIndex(log); at != nil {
		log = log[:at[0]]
	}
	prefix := ""
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		text := trimLeft(line)
		name, status := "", ""
		if rest, ok := cutAny(text, "✓", "✔"); ok {
			name, status = rest, statusPassed
		} else if n := digitsLen(text); n > 0 && strings.HasPrefix(text[n:], ")") {
			name, status = text[n+1:], statusFailed
		} else {
			if strings.HasPrefix(line, "  ") {
				prefix = trim(line) + "."
			}
			continue
		}
		m.set(prefix+trim(mochaTime().ReplaceAllLiteralString(name, "")), status)
	}
	return nil
}

// cutAny cuts the first of the prefixes that s has.
func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}

// parseLighthouse chooses by version: mocha's spec reporter, jest's lines per
// file, or mocha's JSON reporter.
func parseLighthouse(in input, log string, m *StatusMap) error {
	switch in.version {
	case "9.5", "10.0", "10.2":
		lighthouseMocha(log, m)
		return nil
	}
	v, err := strconv.ParseFloat(trim(in.version), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("version %q is no number", in.version)
	}
	if v >= 3 {
		return parseCarbon(in, log, m)
	}
	runs := strings.Split(log, "./node_modules/.bin/mocha --reporter json")
	for _, run := range runs[1:] {
		fullTitles(run, `"passes": [`, "]", statusPassed, m)
		fullTitles(run, `"failures": [`, "],", statusFailed, m)
	}
	return nil
}

// fullTitles records the titles between the last open and the last end after it.
func fullTitles(text, open, end, status string, m *StatusMap) {
	if i := strings.LastIndex(text, open); i >= 0 {
		text = text[i+len(open):]
	}
	if i := strings.LastIndex(text, end); i >= 0 {
		text = text[:i]
	}
	for at := indexTitle(text); at >= 0; at = indexTitle(text) {
		text = text[at:]
		line, rest, more := nextLine(text)
		if title, ok := strings.CutSuffix(line, `",`); ok && more {
			m.set(title, status)
		}
		text = rest
	}
}

// indexTitle is where the value of the first `"fullTitle": "` of text begins.
func indexTitle(text string) int {
	const key = `"fullTitle":`
	for i := strings.Index(text, key); i >= 0; i = indexFrom(text, key, i+1) {
		if rest, ok := cutSpace(text[i+len(key):]); ok && strings.HasPrefix(rest, `"`) {
			return len(text) - len(rest) + 1
		}
	}
	return -1
}

// lighthouseMocha reads "✔ name (12ms)" and "1) name" from each "running N test
// files" to its "N passing".
func lighthouseMocha(log string, m *StatusMap) {
	starts := lighthouseRun().FindAllStringIndex(log, -1)
	for i, at := range starts {
		run := log[at[1]:]
		if i+1 < len(starts) {
			run = log[at[1]:starts[i+1][0]]
		}
		if end := lighthouseEnd().FindStringIndex(run); end != nil {
			run = run[:end[0]]
		}
		var suites suiteStack
		run = trim(run)
		for more := true; more; {
			var line string
			line, run, more = nextLine(run)
			if name, status := lighthouseTest(trim(line)); status != "" {
				m.set(suites.key(name), status)
			} else {
				suites.push(line)
			}
		}
	}
}

// lighthouseTest reads one line of a test; the status is "" for other lines.
func lighthouseTest(line string) (name, status string) {
	if rest, ok := strings.CutPrefix(line, "✔"); ok {
		name, status = rest, statusPassed
	} else if n := digitsLen(line); n > 0 && strings.HasPrefix(line[n:], ")") {
		name, status = line[n+1:], statusFailed
	}
	name, ok := cutSpace(name)
	if !ok {
		return "", ""
	}
	if at := mochaTimed().FindStringSubmatchIndex(name); at != nil {
		name = name[:at[3]]
	}
	return name, status
}

// parsePrism reads mocha's JSON reports, one per command in the shell's trace:
// failures, then passes. JSON that does not parse, or without either list, is
// an error.
func parsePrism(_ input, log string, m *StatusMap) error {
	runs := strings.Split(log, "./node_modules/.bin/mocha tests/run.js --reporter json")
	for _, run := range runs[1:] {
		if _, rest, ok := strings.Cut(run, "{"); ok {
			run = rest
		}
		if i := strings.LastIndexByte(run, '}'); i >= 0 {
			run = run[:i]
		}
		var report map[string]json.RawMessage
		if err := json.Unmarshal([]byte("{"+run+"}"), &report); err != nil {
			return err
		}
		if err := prismTitles(report["failures"], statusFailed, m); err != nil {
			return fmt.Errorf("failures: %w", err)
		}
		if err := prismTitles(report["passes"], statusPassed, m); err != nil {
			return fmt.Errorf("passes: %w", err)
		}
	}
	return nil
}

func prismTitles(list json.RawMessage, status string, m *StatusMap) error {
	if s := string(list); s == `""` || s == "{}" {
		return nil // nothing to go through, in Python, as with an empty list
	}
	var tests []map[string]json.RawMessage
	if err := json.Unmarshal(list, &tests); err != nil {
		return err
	}
	if tests == nil {
		return errors.New("null is no list")
	}
	for _, t := range tests {
		var title string
		if err := json.Unmarshal(t["fullTitle"], &title); err != nil {
			return fmt.Errorf("fullTitle: %w", err)
		}
		m.set(title, status)
	}
	return nil
}

var errCalypsoLine = errors.New("test line without indentation, or with text after its duration")

// parseCalypso reads jest --verbose, one run per command in the shell's trace,
// up to its details. "✓" passed, "✕" failed; suites are kept from run to run.
func parseCalypso(_ input, log string, m *StatusMap) error {
	var suites suiteStack
	runs := strings.Split(log, " ./node_modules/.bin/jest ")
	for _, run := range runs[1:] {
		for more := true; more; {
			var line string
			line, run, more = nextLine(run)
			if strings.HasPrefix(line, "Test Suites") || strings.HasPrefix(line, "  ● ") {
				break
			}
			text, status := trimLeft(line), statusPassed
			rest, ok := strings.CutPrefix(text, "✓")
			if !ok {
				status = statusFailed
				rest, ok = strings.CutPrefix(text, "✕")
			}
			if !ok {
				suites.push(line)
				continue
			}
			name, ok := calypsoName(line, rest)
			if !ok || len(text) == len(line) {
				return errCalypsoLine
			}
			m.set(trim(suites.titles()+" - "+name), status)
		}
	}
	return nil
}

// calypsoName is the name after a mark: without its duration, which must end
// the line if it has one.
func calypsoName(line, rest string) (string, bool) {
	name, ok := cutSpace(rest)
	if !ok || !strings.Contains(line, "ms)") || !mochaTime().MatchString(line) {
		return name, ok
	}
	t, ok := strings.CutSuffix(name, "ms)")
	if !ok {
		return "", false
	}
	if t, ok = cutLastDigits(t); !ok {
		return "", false
	}
	return strings.CutSuffix(t, "(")
}

var (
	ansiCode  = lazy(`\x1B(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])`)
	nextSuite = lazy(`Running:(.*)\)\n{3}\s{2}(.*)\n`)
	nextFail  = lazy(`(?m)^\s{4}\d+\)\s(.*)`)
	nextPass  = lazy(`(?m)^\s{4}✓\s(.*)\(`)
)

// stripANSI removes terminal control sequences.
func stripANSI(text string) string {
	if !strings.Contains(text, "\x1b") {
		return text
	}
	return ansiCode().ReplaceAllLiteralString(text, "")
}

// parseNext chooses by version: 1.27 prints suites as paragraphs, others print
// karma's output.
func parseNext(in input, log string, m *StatusMap) error {
	if in.version == "1.27" {
		nextParagraphs(log, m)
	} else {
		nextKarma(log, m)
	}
	return nil
}

// nextParagraphs reads sections "Running: …)", two empty lines, suite, tests.
func nextParagraphs(log string, m *StatusMap) {
	heads := nextSuite().FindAllStringSubmatchIndex(log, -1)
	for i, at := range heads {
		body := log[at[1]:]
		if i+1 < len(heads) {
			body = log[at[1]:heads[i+1][0]]
		}
		title := log[at[4]:at[5]]
		for _, f := range nextFail().FindAllStringSubmatch(body, -1) {
			m.set(title+": "+trim(f[1]), statusFailed)
		}
		for _, p := range nextPass().FindAllStringSubmatch(body, -1) {
			m.set(title+": "+trim(p[1]), statusPassed)
		}
	}
}

// nextKarma reads the runs under xvfb-run: "✗ name" failed, "✓ name" passed,
// other indented lines name suites, which are kept from run to run.
func nextKarma(log string, m *StatusMap) {
	log = cutAssertions(stripANSI(log))
	var suites suiteStack
	runs := strings.Split(log, " xvfb-run ")
	for _, run := range runs[1:] {
		const start = "Starting browser Chrome"
		if i := strings.LastIndex(run, start); i >= 0 {
			run = run[i+len(start):]
		}
		for more := true; more; {
			var line string
			line, run, more = nextLine(run)
			if strings.HasPrefix(line, "TOTAL") {
				break
			}
			if _, skip := cutAny(trimLeft(line), "ERROR", "LOG", "WARN", "Check", "in"); skip {
				continue
			}
			if _, name, ok := strings.Cut(line, "✗"); ok {
				m.set(suites.key(trimLeft(name)), statusFailed)
			} else if _, name, ok := strings.Cut(line, "✓"); ok {
				m.set(suites.key(trimLeft(name)), statusPassed)
			} else {
				suites.push(line)
			}
		}
	}
}

// cutAssertions removes what `AssertionError:\s+#[\s\S]*?\n\n` matches.
func cutAssertions(log string) string {
	const mark = "AssertionError:"
	var b strings.Builder
	for i := strings.Index(log, mark); i >= 0; {
		next := i + len(mark)
		if n := spaceLen(log[next:]); n > 0 && strings.HasPrefix(log[next+n:], "#") {
			end := strings.Index(log[next+n:], "\n\n")
			if end < 0 {
				break
			}
			b.WriteString(log[:i])
			log, next = log[next+n+end+2:], 0
		}
		i = indexFrom(log, mark, next)
	}
	b.WriteString(log)
	return b.String()
}
