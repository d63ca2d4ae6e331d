package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"

	"bench/results/compare"
	"bench/stats"
)

// CSV writes a comparison with one line per configuration: what it is, every
// metric under its name in the JSON document (intervals as name.lo and name.hi,
// what it is taken over as name.n), its outcomes, and how it compares with the
// baseline, whose own cells are empty there; or the columns chosen of these. A
// configuration that repeats another has that as its baseline, and no verdict. Absent
// numbers are empty.
func (v View) CSV(w io.Writer, c compare.Comparison) error {
	columns := allColumns()
	if v.Columns != nil {
		columns = slices.DeleteFunc(columns, func(c Column) bool { return c.name != naming })
		columns = append(columns, v.Columns...)
	}
	out := csv.NewWriter(w)
	var header []string
	for _, c := range columns {
		header = append(header, c.heads...)
	}
	rows := [][]string{header}
	for _, e := range entries(c) {
		var row []string
		for _, c := range columns {
			row = append(row, c.cells(e)...)
		}
		rows = append(rows, row)
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func plain(n stats.Number) string {
	if !n.OK() {
		return ""
	}
	return strconv.FormatFloat(float64(n), 'f', -1, 64)
}

func limits(i stats.Interval) []string { return []string{plain(i.Lo), plain(i.Hi)} }
