package page

import (
	"io"

	template "github.com/DataDog/datadog-agent/pkg/template/html"

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

// listDocument is what the template of a list is given.
type listDocument struct {
	List
	Policy string
	Style  template.CSS
	Sheet  report.Sheet // the list as `bench runs` prints it
}

// WriteList writes the page of a list.
func WriteList(w io.Writer, l List) error {
	return render(w, "list", listDocument{
		List: l, Policy: Policy(), Style: template.CSS(sheet()), Sheet: report.RunSheet(l.Runs),
	})
}
