package report

import "io"

// Grid draws a table of the caller's own: all columns are aligned to the left.
func Grid(w io.Writer, header []string, rows [][]string) error {
	return grid{header: header, align: "l", rows: rows}.write(w, text)
}
