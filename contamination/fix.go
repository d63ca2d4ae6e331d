package contamination

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
)

// Fix is what is upstream of a task, and what nobody can know who has not seen it.
type Fix struct {
	owner, name string    // of the repository, in lower case
	pull        string    // number of the pull request; empty if the task does not say
	version     []int     // of the package at the base commit; nil if it is not known
	created     time.Time // when the task was posed; what is later is upstream's future
	known       map[string]bool
	gold, tests []block
	names       []string // of tests that the test patch brings along and that must pass
}

// Of is what is upstream of a task.
func Of(t bench.Task) *Fix {
	f := &Fix{created: t.CreatedAt, version: versionOf(t.Version)}
	owner, name, _ := strings.Cut(strings.ToLower(t.Repo), "/")
	f.owner, f.name = owner, name
	if prefix := strings.ReplaceAll(t.Repo, "/", "__") + "-"; strings.HasPrefix(t.InstanceID, prefix) {
		if id := t.InstanceID[len(prefix):]; digits.MatchString(id) {
			f.pull = id
		}
	}
	told := t.ProblemStatement + "\n" + t.Hints
	f.known = identifiers(told)
	gold, before := afterwards(t.Patch)
	tests, beforeTests := afterwards(t.TestPatch)
	for l := range beforeTests {
		before[l] = true
	}
	f.gold = distinctive(gold, before, told)
	f.tests = distinctive(tests, before, told)
	f.names = hiddenNames(tests, before, told, slices.Concat(t.FailToPass, t.PassToPass))
	return f
}

var digits = regexp.MustCompile(`^\d+$`)

// leastLine is how many bytes a line has that says something by itself.
const leastLine = 20

// distinctive are the blocks with lines that stood nowhere in what the patches show of
// the base, nor in what the agent was told.
func distinctive(hunks []hunk, old map[string]bool, told string) (out []block) {
	told = bare(told)
	for _, h := range hunks {
		out = append(out, h.blocks(func(line string) bool {
			return len(line) >= leastLine && !old[line] && len(identifiers(line)) >= 2 &&
				!strings.Contains(told, bare(line))
		})...)
	}
	return out
}

// definition finds the names of tests in added lines: functions, and titles of suites in
// JavaScript.
var definition = regexp.MustCompile(
	`(?:\bdef|\bfunc|\bfn|\bfunction|\bvoid)\s+([Tt]est\w{10,})\s*\(`)

// hiddenNames are tests that the test patch defines and that the lists of tests name.
func hiddenNames(hunks []hunk, old map[string]bool, told string, listed []string) (out []string) {
	var before strings.Builder
	for l := range old {
		before.WriteString(l + "\n")
	}
	all := strings.Join(listed, "\n")
	for _, h := range hunks {
		for i, l := range h.lines {
			m := definition.FindStringSubmatch(l)
			if !h.added[i] || m == nil || strings.Count(m[1], "_") < 2 && !mixed(m[1]) {
				continue
			}
			name := m[1]
			if strings.Contains(all, name) && !strings.Contains(before.String(), name) &&
				!strings.Contains(told, name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// mixed reports whether a name has several words in camel case.
func mixed(name string) bool {
	return len(regexp.MustCompile(`[a-z][A-Z]`).FindAllString(name, -1)) >= 2
}

var identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]{2,}`)

// identifiers are the words of a text that may be names.
func identifiers(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range identifier.FindAllString(text, -1) {
		out[w] = true
	}
	return out
}

// bare is a text without white space and backslashes, and with one kind of quotes, so
// that a line is found again in a command that quotes it.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\n', '\r', '\\':
			return -1
		case '"', '`':
			return '\''
		}
		return r
	}, text)
}

var versionNumber = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)`)

// versionOf reads a version; nil if the text does not begin with one.
func versionOf(text string) (out []int) {
	m := versionNumber.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	for part := range strings.SplitSeq(m[1], ".") {
		n := 0
		for _, d := range part {
			n = min(n*10+int(d-'0'), 1<<30)
		}
		out = append(out, n)
	}
	return out
}

// newer reports whether a version is later than that of the base, as far as that one
// goes: of 4.1 both 4.1 and 4.1.7 may be the base.
func (f *Fix) newer(version string) bool {
	v := versionOf(version)
	if v == nil || f.version == nil {
		return false
	}
	n := min(len(v), len(f.version))
	return slices.Compare(v[:n], f.version[:n]) > 0
}

// repository reports whether a name is that of the task's repository, whoever owns it: a
// fork has the same history.
func (f *Fix) repository(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(path.Base(strings.TrimRight(name, "/"))), ".git")
	return f.name != "" && name == f.name
}

// distribution reports whether a package's name is that of the task.
func (f *Fix) distribution(name string) bool {
	same := strings.NewReplacer("_", "-", ".", "-")
	return f.name != "" && same.Replace(strings.ToLower(name)) == same.Replace(f.name)
}
