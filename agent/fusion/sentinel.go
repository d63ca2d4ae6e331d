package fusion

import (
	"regexp"
	"strings"

	"bench"
	"bench/agent"
)

// sentinel is how a sidekick hands its work back in plain text: this word and a
// reason, alone. Models write it in other forms, too, which call reads.
const sentinel = "ESCALATE_TO_MAIN:"

// The parts of a sentinel: what may stand before it on its line, the word, and
// what stands between it and the reason. Marks of Markdown may be around each.
const (
	marks  = "[*_~`#\"'()\\[\\]\\s]*"
	word   = `(?i:escalate([_ -])to[_ -]main(?:\b|__))`
	colons = `\s*(:|：|—|–|--?|->|→|\.)?` // then marks, then the reason
)

var (
	atStart = regexp.MustCompile(`^((?:[-•]\s+)?` + marks + `)(` + word + `)(` +
		marks + `)` + colons + `(` + marks + `)(.*)$`)
	sentence = regexp.MustCompile(`^.*[.!?]["')*_]*\s+(` + marks + word + `.*)$`)
)

// call reads a final text as a call to main: the reason, which may be empty, and
// the form. Of a text that a call to finish hands in as a report only the first
// line counts: who reports and means to hand back says so in the call.
//
// A line of code, a quotation, and what a line ending in a colon introduces is
// text of the repository, and never counts.
func call(text string, report bool) (reason string, form bench.SentinelForm) {
	lines, fenced := unfenced(text)
	if len(lines) == 0 {
		return "", ""
	}
	if reason, form = callIn(lines[0]); form != "" {
		switch {
		case fenced:
			form = bench.SentinelFenced
		case reason == "" && len(lines) > 1:
			reason, form = lines[1], bench.SentinelBare
		}
		return reason, form
	}
	if report || fenced {
		return "", ""
	}
	return callBelow(lines)
}

// callBelow looks for a call after other text: at the end of a sentence, or on a
// line of its own.
func callBelow(lines []string) (string, bench.SentinelForm) {
	code := false
	for i, line := range lines {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if code || strings.HasPrefix(line, ">") || i > 0 && strings.HasSuffix(lines[i-1], ":") {
			continue
		}
		if reason, form := callIn(line); form != "" {
			return reason, bench.SentinelBelow
		}
		if m := sentence.FindStringSubmatch(line); m != nil {
			if reason, form := callIn(m[1]); form != "" {
				return reason, bench.SentinelInSentence
			}
		}
	}
	return "", ""
}

// callIn reads one line that begins with the sentinel.
func callIn(line string) (reason string, form bench.SentinelForm) {
	m := atStart.FindStringSubmatch(line)
	if m == nil {
		return "", ""
	}
	before, spelling, joint := m[1], m[2], m[3]
	after, colon, inside := m[4], m[5], m[6]
	reason = strings.TrimRight(strings.TrimSpace(m[7]), "*_`")
	spoken := joint != "_" // escalate to main: plain English, unless a colon makes it more
	switch {
	case reason == "" && spoken, colon == "" && (spoken || strings.ToUpper(spelling) != spelling):
		return "", ""
	case strings.Trim(before+after+inside, " \t") != "":
		return reason, bench.SentinelMarked
	case spelling+colon != sentinel && strings.ToUpper(spelling) != spelling, spoken:
		return reason, bench.SentinelSpelled
	case reason == "":
		return reason, bench.SentinelBare
	case colon != ":":
		return reason, bench.SentinelSeparated
	}
	return reason, bench.SentinelExact
}

// unfenced are the lines of a text that are not blank, without the fence around
// all of it.
func unfenced(text string) (lines []string, fenced bool) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	n := len(lines)
	if n > 2 && strings.HasPrefix(lines[0], "```") && lines[n-1] == "```" {
		return lines[1 : n-1], true
	}
	return lines, false
}

// misplaced reports whether the sentinel occurs in what a sidekick wrote or
// read, apart from the place in which it counts.
func misplaced(r agent.Result, counts bool) bool {
	if !counts && strings.Contains(r.Message, sentinel) {
		return true
	}
	for i, m := range r.Messages {
		final := i == len(r.Messages)-1 && r.Final == nil && counts
		if (m.Role == "assistant" || m.Role == "tool") && !final && strings.Contains(m.Text, sentinel) {
			return true
		}
	}
	return false
}

// riskLine is the part of a report that states its risk.
var riskLine = regexp.MustCompile(`(?im)^[\s*_#>-]*risk[*_]*\s*[:：][\s*_]*(low|medium|high)\b`)

// statedRisk is how risky a sidekick says it is to rely on its result: in its
// call to finish, else in its report.
func statedRisk(r agent.Result) bench.Risk {
	if r.Final != nil && r.Final.Risk != "" {
		return r.Final.Risk
	}
	if m := riskLine.FindStringSubmatch(r.Message); m != nil {
		return bench.Risk(strings.ToLower(m[1]))
	}
	return ""
}
