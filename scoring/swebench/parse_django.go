package swebench

import (
	"strings"
	"unicode/utf8"
)

const djangoVersion = "--version is equivalent to version"

// parseDjango reads the output of django's runtests.py --verbosity 2: lines
// "test ... ok|FAIL|ERROR|skipped 'why'", where test is "name (mod.Class)" or
// the test's docstring. A line that begins with "ok" passes the last test that
// was announced, however long ago, because tests print between the two. All
// rules may fire on one line, in the order below. Three forms of interrupted
// output are searched for in the whole text at the end.
func parseDjango(_ input, log string, m *StatusMap) error {
	var prev string
	announced := false
	version := strings.Index(log, djangoVersion)
	for rest, more := log, true; more; {
		var line string
		line, rest, more = nextLine(rest)
		if pos := len(log) - len(rest); version >= 0 && version < pos {
			m.set(djangoVersion, statusPassed)
			version = indexFrom(log, djangoVersion, pos)
		}
		if line = trim(line); line == "" {
			continue
		}
		dots := strings.Index(line, " ... ")
		if dots >= 0 {
			prev, announced = line[:dots], true
			line = djangoPassed(line, m)
		}
		if err := djangoOther(line, dots >= 0, m); err != nil {
			return err
		}
		if announced && strings.HasPrefix(line, "ok") {
			m.set(prev, statusPassed)
		}
	}
	djangoInterrupted(log, m)
	return nil
}

// djangoPassed records a line that ends in "ok" and returns the line without
// the message of a migration that shares it, which one test of one instance
// (django-7188) needs.
func djangoPassed(line string, m *StatusMap) string {
	const migration = "Applying sites.0002_alter_domain_unique...test_no_migrations"
	for _, suffix := range [...]string{" ... ok", " ... OK", " ...  OK"} {
		if !strings.HasSuffix(line, suffix) {
			continue
		}
		if strings.HasPrefix(line, migration) {
			_, line, _ = strings.Cut(line, "...")
			line = trim(line)
		}
		m.set(strings.TrimSuffix(line, suffix), statusPassed)
		break
	}
	return line
}

// djangoOther records what is not a pass. The headers "FAIL: " and "ERROR: " of
// the tracebacks name the bare method; one without a name is an error.
func djangoOther(line string, dotted bool, m *StatusMap) error {
	if dotted {
		if test, _, ok := strings.Cut(line, " ... skipped"); ok {
			m.set(test, statusSkipped)
		}
	}
	for _, o := range [...]struct{ suffix, header, status string }{
		{" ... FAIL", "FAIL:", statusFailed},
		{" ... ERROR", "ERROR:", statusError},
	} {
		if dotted && strings.HasSuffix(line, o.suffix) {
			test, _, _ := strings.Cut(line, o.suffix)
			m.set(test, o.status)
		}
		if strings.HasPrefix(line, o.header) {
			_, test := twoFields(line)
			if test == "" {
				return errNoSecondWord
			}
			m.set(test, o.status)
		}
	}
	return nil
}

// djangoInterrupted finds tests whose "ok" was parted from their name by one of
// three messages.
func djangoInterrupted(text string, m *StatusMap) {
	for _, p := range [...]djangoPattern{
		{"Testing against Django installed in ", djangoSilenced},
		{"Internal Server Error: /", djangoServerError},
		{"System check identified no issues (0 silenced)", djangoCheck},
	} {
		p.find(text, m)
	}
}

// djangoPattern is "test ... message", with any single whitespace, a newline
// even, on each side of the dots. end says what must follow the message: the
// length of the match, or -1 and how much of the text holds no match either.
type djangoPattern struct {
	message string
	end     func(after string) (n, skip int)
}

// find records every match in text, leftmost first and without overlap. A match
// begins at the start of a line.
func (p djangoPattern) find(text string, m *StatusMap) {
	done := 0 // end of the last match
	for at := indexFrom(text, p.message, 0); at >= 0; {
		next := at + len(p.message)
		if name := nameBefore(text[:at]); name >= 0 {
			n, skip := p.end(text[next:])
			if n < 0 {
				next += skip
			} else if start := strings.LastIndexByte(text[:name], '\n') + 1; start >= done {
				m.set(text[start:name], statusPassed)
				next += n
				done = next
			}
		}
		at = indexFrom(text, p.message, next)
	}
}

// nameBefore returns where the test's name ends if s ends in whitespace, three
// dots, whitespace; otherwise -1.
func nameBefore(s string) int {
	r, n := utf8.DecodeLastRuneInString(s)
	if n == 0 || !isSpace(r) {
		return -1
	}
	s = s[:len(s)-n]
	if !strings.HasSuffix(s, "...") {
		return -1
	}
	s = s[:len(s)-3]
	if r, n = utf8.DecodeLastRuneInString(s); n == 0 || !isSpace(r) {
		return -1
	}
	return len(s) - n
}

// okLine is the length of "\nok" at the start of s if that ends a line, or -1.
func okLine(s string) int {
	const ok = "\nok"
	if !strings.HasPrefix(s, ok) || len(s) > len(ok) && s[len(ok)] != '\n' {
		return -1
	}
	return len(ok)
}

// djangoSilenced matches anything up to the first " silenced).", newline, ok.
func djangoSilenced(s string) (n, skip int) {
	const mark = " silenced)."
	for i := strings.Index(s, mark); i >= 0; i = indexFrom(s, mark, i+1) {
		if n := okLine(s[i+len(mark):]); n >= 0 {
			return i + len(mark) + n, 0
		}
	}
	return -1, len(s)
}

// djangoServerError matches the rest of a line, ending in "/", newline, ok.
func djangoServerError(s string) (n, skip int) {
	end := strings.IndexByte(s, '\n')
	if end < 0 {
		return -1, len(s)
	}
	if n := okLine(s[end:]); n >= 0 && end > 0 && s[end-1] == '/' {
		return end + n, 0
	}
	return -1, end
}

// djangoCheck matches newline, ok.
func djangoCheck(s string) (n, skip int) { return okLine(s), 0 }
