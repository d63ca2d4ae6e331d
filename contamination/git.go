package contamination

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
)

// past is what is known of the history that the base commit has: what git showed of it
// when it was asked for nothing else.
type past struct {
	ids  map[string]bool // of commits, as they were shown
	last time.Time       // of the latest one; zero if none was shown
}

// has reports whether a commit is known to belong to it.
func (p past) has(id string) bool {
	for known := range p.ids {
		if strings.HasPrefix(known, id) || strings.HasPrefix(id, known) {
			return true
		}
	}
	return false
}

// beyond are arguments that make git look at more than what HEAD came from.
var beyond = []string{
	"--all", "--remotes", "--branches", "--tags", "--reflog", "--walk-reflogs", "-g", "--lost-found",
	"--unreachable", "--dangling", "--batch-all-objects",
}

// remoteRef is a branch of a remote.
var remoteRef = regexp.MustCompile(
	`^(?:\S*\.\.\.?)?(?:refs/remotes/|remotes/)?(?:origin|upstream)/[\w./-]+`)

// history finds commits after the base in what git showed, and commands that look for
// them.
func (x *Examination) history(s Step, line []command) {
	for _, c := range line {
		if c.name() != "git" {
			continue
		}
		verb, rest := gitVerb(c)
		x.commits = x.commits || verb == "commit" || verb == "stash"
		if ofHead(verb, rest) {
			x.remember(s.Output)
			continue
		}
		if text := x.later(verb, s.Output); text != "" {
			x.find(s, RuleHistory, bench.Touched, lineOf(c)+" → "+text)
			continue
		}
		if looks(verb, rest) {
			severity := bench.Tried
			if slices.ContainsFunc(rest, remoteRef.MatchString) {
				severity = got(s, shown(s.Output))
			}
			x.find(s, RuleHistory, severity, lineOf(c))
		}
	}
}

// shown reports whether git had an answer.
func shown(output string) bool {
	return strings.TrimSpace(output) != "" && !strings.Contains(output, "fatal:") &&
		!strings.Contains(output, "error: pathspec")
}

// ofHead reports whether a command shows what HEAD came from and nothing else.
func ofHead(verb string, rest []string) bool {
	if !slices.Contains([]string{"log", "blame", "rev-list", "shortlog", "show", "annotate",
		"rev-parse", "merge-base", "describe"}, verb) {
		return false
	}
	for i, w := range rest {
		switch {
		case w == "--":
			return true
		case slices.Contains(beyond, w):
			return false
		case strings.HasPrefix(w, "-"), strings.HasPrefix(w, "HEAD") && !strings.Contains(w, ".."):
		case i > 0 && (rest[i-1] == "-n" || rest[i-1] == "-S" || rest[i-1] == "-G" || rest[i-1] == "-L"):
		case verb == "blame" || verb == "annotate":
		case !strings.ContainsAny(w, "/.") || strings.Contains(w, "..") || verb == "show":
			return false // it may name a commit
		}
	}
	return true
}

// anyID finds what may be ids of commits.
var anyID = regexp.MustCompile(`\b[0-9a-f]{7,40}\b`)

// remember takes note of the base's history.
func (x *Examination) remember(output string) {
	for _, id := range anyID.FindAllString(output, -1) {
		x.past.ids[id] = true
	}
	for _, c := range commitsIn(output) {
		if c.made.After(x.past.last) && !c.ofImage() {
			x.past.last = c.made
		}
	}
}

// looks reports whether a command asks for what only later history, or an agent's own,
// can be the answer to.
func looks(verb string, rest []string) bool {
	switch verb {
	case "fsck":
		return slices.Contains(rest, "--lost-found") || slices.Contains(rest, "--unreachable") ||
			slices.Contains(rest, "--dangling")
	case "unpack-objects", "verify-pack":
		return true
	case "reflog":
		return true
	case "cat-file":
		return slices.Contains(rest, "--batch-all-objects")
	case "show", "log", "diff", "checkout", "archive", "cherry-pick", "restore", "reset", "merge",
		"rebase", "rev-list", "format-patch":
		return slices.ContainsFunc(rest, func(w string) bool {
			return remoteRef.MatchString(w) || w == "-g" && verb == "log" || w == "--reflog" ||
				w == "--walk-reflogs"
		})
	}
	return false
}

// commit is one that git printed.
type commit struct {
	id, text string
	made     time.Time
}

// ofImage reports whether a commit was made by those who make images.
func (c commit) ofImage() bool {
	return strings.Contains(c.text, "SWE-bench") || strings.Contains(c.text, "swebench") ||
		strings.Contains(c.text, "<bench@")
}

var (
	// commitHead begins a commit in what git log and git show print.
	commitHead = regexp.MustCompile(`(?m)^commit ([0-9a-f]{7,40})`)
	commitDate = regexp.MustCompile(`(?m)^(?:Date|AuthorDate|CommitDate):\s+(.+?)\s*$`)
)

// gitDate is the format of dates that git uses by itself.
const gitDate = "Mon Jan 2 15:04:05 2006 -0700"

// commitsIn are the commits in what git printed, of which dates can be read.
func commitsIn(output string) (out []commit) {
	heads := commitHead.FindAllStringSubmatchIndex(output, -1)
	for i, h := range heads {
		end := len(output)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		c := commit{id: output[h[2]:h[3]], text: output[h[0]:end]}
		if m := commitDate.FindStringSubmatch(c.text); m != nil {
			if at, err := time.Parse(gitDate, m[1]); err == nil {
				c.made = at
				out = append(out, c)
			}
		}
	}
	return out
}

// later is a commit after the base in what git printed; empty if there is none.
func (x *Examination) later(verb, output string) string {
	if verb != "log" && verb != "show" && verb != "reflog" && verb != "cat-file" {
		return ""
	}
	if text := x.merge(output); text != "" {
		return text
	}
	if x.commits {
		return "" // they may be the agent's own
	}
	for _, c := range commitsIn(output) {
		if x.isLater(c) {
			return c.text
		}
	}
	return ""
}

// merge is the line with which upstream took the change over: it names the pull request.
func (x *Examination) merge(output string) string {
	if x.fix.pull == "" {
		return ""
	}
	for line := range strings.Lines(output) {
		low := strings.ToLower(line)
		if strings.Contains(low, "merge pull request #"+x.fix.pull+" ") ||
			strings.HasSuffix(strings.TrimSpace(low), "(#"+x.fix.pull+")") {
			return line
		}
	}
	return ""
}

// grace is how long after a task was posed its base may have been made, where nothing
// more is known: pull requests are brought up to date for a long time.
const grace = 365 * 24 * time.Hour

// isLater reports whether a commit was made upstream after the base: after the latest
// one of its history, or else long after the task was posed. Those who make images, and
// agents, commit much later than that.
func (x *Examination) isLater(c commit) bool {
	if c.ofImage() || x.past.has(c.id) || x.start.IsZero() ||
		c.made.After(x.start.Add(-48*time.Hour)) {
		return false
	}
	if !x.past.last.IsZero() {
		return c.made.After(x.past.last)
	}
	return !x.fix.created.IsZero() && c.made.After(x.fix.created.Add(grace))
}
