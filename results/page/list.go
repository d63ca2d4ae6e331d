package page

import (
	"html/template"
	"io"

	"bench/results"
	"bench/results/report"
)

// List is a list of runs that leads to their pages.
type List struct {
	Database string
	Runs     []results.Run
	Links    []string // to the page of each run; empty if it has none
	Together string   // to one page of all; empty if there is none
	Refresh  int      // as of Options
}

// Sheet is the list as `bench runs` prints it.
func (l List) Sheet() report.Sheet { return report.RunSheet(l.Runs) }

// Policy is that of the list's own page.
func (l List) Policy() string { return Policy() }

// Style is the style sheet of the list's page.
func (l List) Style() template.CSS { return template.CSS(sheet()) }

// WriteList writes the page of a list.
func WriteList(w io.Writer, l List) error { return render(w, "list", l) }
