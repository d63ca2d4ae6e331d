package bench

import (
	"regexp"
	"slices"
	"strings"
)

// SameModel reports whether the name that a provider gives with an answer stands
// for the model that was asked for. Makers, paths, regions, capitals, the order of
// words, tags of routers, and the date of a snapshot where only one name has it
// are no difference; another family, size or version is. Of an alias (-latest, or
// ~ at OpenRouter) the version may be a newer one. A name that nobody gave differs
// from none.
func SameModel(asked, served string) bool {
	if asked == "" || served == "" || strings.EqualFold(asked, served) {
		return true
	}
	a, s := readModelName(asked), readModelName(served)
	if a.alias { // what it stands for may still be a preview
		s.words = slices.DeleteFunc(s.words, func(w string) bool {
			return w == "preview" && !slices.Contains(a.words, w)
		})
		s.numbers = s.numbers[:min(len(s.numbers), len(a.numbers))]
	}
	return !a.empty() && a.sameDate(s) && slices.Equal(a.words, s.words) && slices.Equal(a.numbers,
		s.numbers)
}

// modelName is what the name of a model says, without what only says who serves
// it.
type modelName struct {
	alias   bool     // the newest version
	words   []string // family and size, sorted: claude-sonnet-4 is claude-4-sonnet
	numbers []string // version and size, in order
	date    string   // digits of the snapshot
}

func (n modelName) empty() bool { return len(n.words)+len(n.numbers) == 0 }

// sameDate reports whether two snapshots may be the same: 0613 is 2023-06-13.
func (n modelName) sameDate(other modelName) bool {
	return strings.HasSuffix(n.date, other.date) || strings.HasSuffix(other.date, n.date)
}

var (
	routerTag = regexp.MustCompile(`:[a-z-]+$`)       // :free, :thinking; :20b is a size
	region    = regexp.MustCompile(`^(?:[a-z-]+\.)+`) // us.anthropic., at Bedrock
	revision  = regexp.MustCompile(`-v\d+:\d+$`)      // -v1:0, at Bedrock
	pointP    = regexp.MustCompile(`(\d)p(\d)`)       // v3p1 for 3.1, at Fireworks
	versionV  = regexp.MustCompile(`\bv(\d)`)         // v3; the v of glm-4.5v stands for vision
	runs      = regexp.MustCompile(`[a-z]+|\d+`)      // of letters and digits
	// 20250929, 2025-08-07, 08-2024, 05-20, 0613, 2507, 001
	snapshot = regexp.MustCompile(`[-@](20\d{6}|20\d\d-\d\d-\d\d|` + month + `-20\d\d|` +
		month + `-?` + day + `|2\d` + month + `|00\d)(?:[-@]|$)`)
)

const (
	month = `(?:0[1-9]|1[0-2])`
	day   = `(?:0[1-9]|[12]\d|3[01])`
)

func readModelName(name string) modelName {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	n := modelName{alias: strings.HasPrefix(name, "~")}
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = region.ReplaceAllString(revision.ReplaceAllString(routerTag.ReplaceAllString(name, ""),
		""), "")
	if m := snapshot.FindStringSubmatch(name); m != nil {
		n.date = strings.ReplaceAll(m[1], "-", "")
		name = strings.Replace(name, m[0], "-", 1)
	}
	name = versionV.ReplaceAllString(pointP.ReplaceAllString(name, "$1.$2"), "$1")
	for _, part := range runs.FindAllString(name, -1) {
		n.add(part)
	}
	slices.Sort(n.words)
	for len(n.numbers) > 1 && n.numbers[len(n.numbers)-1] == "0" { // claude-opus-4-0 is claude-opus-4
		n.numbers = n.numbers[:len(n.numbers)-1]
	}
	return n
}

// add adds a run of letters or digits. Models that can do without reasoning say
// non-reasoning; the others say it or do not.
func (n *modelName) add(part string) {
	switch {
	case part == "latest":
		n.alias = true
	case part == "reasoning":
	case part[0] <= '9':
		n.numbers = append(n.numbers, part)
	default:
		n.words = append(n.words, part)
	}
}
