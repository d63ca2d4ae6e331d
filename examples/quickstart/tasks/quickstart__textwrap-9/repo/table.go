package textwrap

import (
	"strings"

	"example.com/textwrap/width"
)

// Table lays out rows in columns two blanks apart. Columns beyond the end of
// align are left-aligned; lines do not end in blanks.
func Table(rows [][]string, align ...Align) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width.String(cell))
		}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			a := Left
			if j < len(align) {
				a = align[j]
			}
			cells[j] = Pad(cell, widths[j], a)
		}
		lines[i] = strings.TrimRight(strings.Join(cells, "  "), " ")
	}
	return lines
}
