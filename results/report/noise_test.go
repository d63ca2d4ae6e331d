package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bench/results"
	"bench/results/compare"
)

// What a configuration differs by from itself is in every form, with the same numbers,
// and has no verdict.
func TestNoiseInEveryForm(t *testing.T) {
	t.Parallel()
	f, err := shared.Facts(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	f.Configurations[1].Repeats = "solo"
	c, err := compare.Of([]results.Facts{f}, compare.Options{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	var text, markdown, table, doc bytes.Buffer
	for _, err := range []error{View{Full: true}.Table(&text, c), View{}.Markdown(&markdown, c), View{}.CSV(&table, c), JSON(&doc, c)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	n := c.Noise[0]
	row := fmt.Sprintf(" solo           cheap   %5d  %d (%.1f%%)", n.N(), n.Flips(), 100*float64(n.Flips())/float64(n.N()))
	if n.Flips() == 0 || !strings.Contains(text.String(), row) {
		t.Errorf("no row %q in\n%s", row, text.String())
	}
	if !strings.Contains(markdown.String(), "### Noise: a configuration against itself · simulated") {
		t.Error("nothing of it in Markdown")
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cell := func(name string) string { return rows[2][slices.Index(rows[0], name)] }
	lost, gained := cell("only_baseline"), cell("only_candidate")
	if cell("repeats") != "solo" || cell("baseline") != "solo" || lost != strconv.Itoa(n.OnlyBaseline) ||
		gained != strconv.Itoa(n.OnlyCandidate) || cell("margin_pp")+cell("word")+cell("pairs_needed") != "" {
		t.Errorf("CSV has %q", rows[2])
	}
	var d struct {
		Noise []struct {
			Repeat string
			Flips  int
			Ratio  float64 `json:"cost_ratio"`
		}
	}
	if err := json.Unmarshal(doc.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if x := d.Noise[0]; x.Repeat != "cheap" || x.Flips != n.Flips() || fmt.Sprint(x.Ratio) != cell("cost_ratio") {
		t.Errorf("JSON has %+v, CSV %s", x, cell("cost_ratio"))
	}
}
