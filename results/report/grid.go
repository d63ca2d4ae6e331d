package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"bench/internal/width"
)

// maxWidth is how many columns of a terminal a table may take. Wider ones are
// split, with their first column repeated.
const maxWidth = 120

// grid is a table before it is drawn.
type grid struct {
	title  string
	header []string
	align  string // one letter per column: l or r; the last one goes for the rest
	rows   [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// section adds a row that names the ones below it.
func (g *grid) section(name string) {
	row := make([]string, len(g.header))
	row[0] = name
	g.rows = append(g.rows, row)
}

// style is how grids are drawn.
type style int

const (
	text style = iota
	markdown
)

// write draws a grid, in parts if it is too wide for a terminal, and an empty
// line behind each.
func (g grid) write(w io.Writer, s style) error {
	parts := []grid{g}
	if s == text {
		parts = g.split()
	}
	for i, part := range parts {
		if i > 0 {
			part.title = strings.TrimPrefix(part.title+", continued", ", ")
		}
		if err := part.draw(w, s); err != nil {
			return fmt.Errorf("write table %s: %w", g.title, err)
		}
	}
	return nil
}

func (g grid) draw(w io.Writer, s style) error {
	rows := [][]string{s.cells(g.header)}
	for _, row := range g.rows {
		rows = append(rows, s.cells(row))
	}
	widths := widest(rows)
	out := bufio.NewWriter(w)
	switch {
	case g.title == "":
	case s == markdown:
		fmt.Fprintf(out, "### %s\n\n", escape(g.title))
	default:
		fmt.Fprintln(out, width.Line(g.title))
	}
	for i, row := range rows {
		fmt.Fprintln(out, g.line(row, widths, s))
		if i == 0 {
			fmt.Fprintln(out, g.rule(widths, s))
		}
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// widest is how many columns each cell of some rows takes at most.
func widest(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], width.Of(c))
		}
	}
	return widths
}

// right reports whether a column is aligned to the right.
func (g grid) right(column int) bool { return g.align[min(column, len(g.align)-1)] == 'r' }

// line is a row, its cells under those of other rows.
func (g grid) line(row []string, widths []int, s style) string {
	var b strings.Builder
	for i, c := range row {
		place := width.Left
		if g.right(i) {
			place = width.Right
		}
		c = place(c, widths[i])
		if s == markdown {
			b.WriteString("| " + c + " ")
		} else {
			b.WriteString(" " + c + " ")
		}
	}
	if s == markdown {
		return b.String() + "|"
	}
	return strings.TrimRight(b.String(), " ")
}

// rule is what stands below the header.
func (g grid) rule(widths []int, s style) string {
	var b strings.Builder
	for i, w := range widths {
		switch {
		case s != markdown:
			b.WriteString(strings.Repeat("─", w+2))
		case g.right(i):
			b.WriteString("|" + strings.Repeat("-", w+1) + ":")
		default:
			b.WriteString("|:" + strings.Repeat("-", w+1))
		}
	}
	if s == markdown {
		b.WriteString("|")
	}
	return b.String()
}

// cells prepares the cells of a row: a table cell is one line.
func (s style) cells(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		if s == markdown {
			c = escape(strings.TrimSpace(c))
		}
		out[i] = width.Line(c)
	}
	if s == markdown && out[0] != "" && strings.Join(out[1:], "") == "" {
		out[0] = "**" + out[0] + "**" // the name of a section
	}
	return out
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`,
	"<", "&lt;", "`", "\\`")

// escape keeps Markdown from seeing structure in a cell.
func escape(s string) string {
	return markdownEscapes.Replace(s)
}

// split cuts a grid into parts no wider than a terminal, each with the first
// column.
func (g grid) split() []grid {
	widths := make([]int, len(g.header))
	for _, row := range append([][]string{g.header}, g.rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], width.Of(width.Line(c))+2)
		}
	}
	var parts []grid
	for from := 1; from < len(widths) || from == 1; {
		used, to := widths[0], from
		for to < len(widths) && (to == from || used+widths[to] <= maxWidth) {
			used += widths[to]
			to++
		}
		parts = append(parts, g.columns(from, to))
		from = max(to, from+1)
	}
	return parts
}

// columns is the grid with its first column and those from one to another.
func (g grid) columns(from, to int) grid {
	pick := func(row []string) []string {
		return append(append([]string{}, row[0]), row[from:to]...)
	}
	out := grid{title: g.title, header: pick(g.header)}
	for i := range out.header {
		at := i
		if i > 0 {
			at = from + i - 1
		}
		out.align += string(g.align[min(at, len(g.align)-1)])
	}
	for _, row := range g.rows {
		out.rows = append(out.rows, pick(row))
	}
	return out
}
