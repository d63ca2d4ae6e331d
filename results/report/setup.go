package report

import (
	"fmt"
	"io"
	"strings"

	"bench/internal/jsondiff"
	"bench/internal/plural"
)

// Setups are two runs and in what their set-ups differ.
type Setups struct {
	Runs        [2]string             `json:"runs"`
	Same        bool                  `json:"same"`
	Differences []jsondiff.Difference `json:"differences"` // old is of the first run
}

// valueWidth is how much of a value a table of set-ups shows, in characters.
const valueWidth = 40

// SetupDiff writes in what set-ups differ.
func SetupDiff(w io.Writer, s Setups) error { return s.write(w, text) }

// SetupDiffMarkdown writes the same in Markdown.
func SetupDiffMarkdown(w io.Writer, s Setups) error { return s.write(w, markdown) }

// SetupDiffJSON writes the same as JSON, with whole values.
func SetupDiffJSON(w io.Writer, s Setups) error {
	if s.Differences == nil {
		s.Differences = []jsondiff.Difference{}
	}
	return document(w, s, "set-ups")
}

func (s Setups) write(w io.Writer, st style) error {
	if s.Same {
		_, err := fmt.Fprintf(w, "The set-ups of %s and %s are the same.\n", s.Runs[0], s.Runs[1])
		return err
	}
	g := grid{
		title: fmt.Sprintf("Set-ups of %s and %s: %s", s.Runs[0], s.Runs[1],
			plural.Count(len(s.Differences), "difference")),
		align: "lll", header: []string{"what", s.Runs[0], s.Runs[1]},
	}
	for _, d := range s.Differences {
		was, is := d.Shown(valueWidth)
		g.add(d.Path, told(was), told(is))
	}
	return g.write(w, st)
}

// told is a value as a table has it: texts without quotes.
func told(v string) string {
	if v == "not there" {
		return none
	}
	return strings.TrimSuffix(strings.TrimPrefix(v, `"`), `"`)
}
