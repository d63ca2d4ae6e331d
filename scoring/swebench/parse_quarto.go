package swebench

import (
	"strconv"
	"strings"
)

var quartoFiles = [...]struct {
	find func(string) []int
	all  func(text, with string) string
}{
	{func(s string) []int { return quartoQmd().FindStringIndex(s) },
		func(s, with string) string { return quartoQmd().ReplaceAllLiteralString(s, with) }},
	{func(s string) []int { return quartoDir().FindStringIndex(s) },
		func(s, with string) string { return quartoDir().ReplaceAllLiteralString(s, with) }},
}

var (
	quartoQmd = lazy(`/tmp/(\w+)\.qmd`)
	quartoDir = lazy(`/tmp/(\w+)/`)
)

// parseQuarto reads deno's "[smoke] > name ... ok" and "[unit] > …", in colour,
// up to the first line with ERRORS or "failures:". Names of temporary files are
// replaced by numbers, in the order of their appearance. A test whose line has
// no status failed, unless the line is a summary.
func parseQuarto(_ input, log string, m *StatusMap) error {
	numbers := map[string]string{}
	for more := true; more; {
		var line string
		line, log, more = nextLine(log)
		if strings.Contains(line, "ERRORS") || strings.Contains(line, "failures:") {
			return nil
		}
		if !strings.Contains(line, "[smoke]") && !strings.Contains(line, "[unit]") {
			continue
		}
		for _, p := range quartoFiles {
			at := p.find(line)
			if at == nil {
				continue
			}
			file := line[at[0]:at[1]]
			if numbers[file] == "" {
				numbers[file] = "/tmp/" + strconv.Itoa(len(numbers))
			}
			line = p.all(line, numbers[file])
		}
		if isQuartoSummary(line) {
			continue
		}
		name, _, _ := strings.Cut(line, "...")
		name = trim(name)
		if strings.Contains(line, "32mok") {
			m.set(name, statusPassed)
		} else if strings.Contains(line, "31mFAILED") {
			m.set(name, statusFailed)
		} else if _, known := m.Get(name); !known {
			m.set(name, statusFailed)
		}
	}
	return nil
}

func isQuartoSummary(line string) bool {
	return strings.HasPrefix(line, "test result:") || strings.Contains(line, "34mINFO") ||
		strings.Contains(line, "passed") && strings.Contains(line, "failed") &&
			strings.Contains(line, "steps")
}
