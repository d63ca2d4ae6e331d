package report

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"bench/internal/width"
)

// grid is a table before it is drawn.
type grid struct {
	title  string
	header []string
	align  string // one letter per column: l or r; the last one goes for the rest
	keys   int    // columns that say what a row is about; 0 stands for one
	fold   bool   // the last column is broken into lines rather than put into a part of its own
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

// write draws a grid, in parts if it is too wide for its screen, and an empty
// line behind each.
func (g grid) write(w io.Writer, s style) error {
	parts := []grid{g}
	if s == text {
		parts = g.split(width.For(w))
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

// draw has the table laid out with stand-ins: cells of one letter, as long as the
// texts are wide. tablewriter measures characters, not what a terminal makes of
// several, and differently from locale to locale.
func (g grid) draw(w io.Writer, s style) error {
	var drawn bytes.Buffer
	t := tablewriter.NewTable(&drawn, tablewriter.WithRenderer(s.renderer()),
		tablewriter.WithConfig(g.config()))
	texts := s.cells(g.header)
	t.Header(standIns(texts))
	for _, row := range g.rows {
		cells := s.cells(row)
		texts = append(texts, cells...)
		if err := t.Append(standIns(cells)); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	switch {
	case g.title == "":
	case s == markdown:
		fmt.Fprintf(out, "### %s\n\n", escape(g.title))
	default:
		fmt.Fprintln(out, width.Line(g.title))
	}
	for line := range strings.Lines(inPlace(drawn.String(), texts)) {
		fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// standIn is what cells are made of while they are laid out. No line of a table
// has it.
const standIn = "x"

// standIns are cells as wide as those of a row.
func standIns(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = strings.Repeat(standIn, width.Of(c))
	}
	return out
}

var runs = regexp.MustCompile(standIn + "+")

// inPlace puts texts where their stand-ins are, in order. Those that take no
// column have none.
func inPlace(drawn string, texts []string) string {
	next := 0
	return runs.ReplaceAllStringFunc(drawn, func(string) string {
		for next < len(texts) && width.Of(texts[next]) == 0 {
			next++
		}
		next++
		return texts[next-1]
	})
}

// config leaves the cells as they are: tablewriter would otherwise shout in
// headers and take the points out of model names.
func (g grid) config() tablewriter.Config {
	cells := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
	}
	for i := range g.header {
		align := tw.AlignLeft
		if g.align[min(i, len(g.align)-1)] == 'r' {
			align = tw.AlignRight
		}
		cells.Alignment.PerColumn = append(cells.Alignment.PerColumn, align)
	}
	return tablewriter.Config{
		Header: cells, Row: cells, Behavior: tw.Behavior{TrimSpace: tw.Off, AutoHide: tw.Off},
	}
}

func (s style) renderer() tw.Renderer {
	if s == markdown {
		return renderer.NewMarkdown()
	}
	return renderer.NewBlueprint(tw.Rendition{
		Borders: tw.BorderNone,
		Symbols: tw.NewSymbols(tw.StyleLight),
		Settings: tw.Settings{
			Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
			Lines:      tw.Lines{ShowHeaderLine: tw.On, ShowTop: tw.Off, ShowBottom: tw.Off},
		},
	})
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

// split cuts a grid into parts of so many columns of a screen, each with the columns
// that say what rows are about.
func (g grid) split(columns int) []grid {
	keys := max(1, g.keys)
	widths, used := g.widths(), 0
	for _, n := range widths[:keys] {
		used += n
	}
	if g.fold {
		g, widths = g.folded(columns, widths)
	}
	var parts []grid
	for from := keys; from < len(widths) || from == keys; {
		wide, to := used, from
		for to < len(widths) && (to == from || wide+widths[to] <= columns) {
			wide += widths[to]
			to++
		}
		parts = append(parts, g.columns(from, to))
		from = max(to, from+1)
	}
	return parts
}

// widths are those of the columns, with the blanks between them.
func (g grid) widths() []int {
	widths := make([]int, len(g.header))
	for _, row := range append([][]string{g.header}, g.rows...) {
		for i, c := range row {
			widths[i] = max(widths[i], width.Of(width.Line(c))+2)
		}
	}
	return widths
}

// folded is the grid with the cells of its last column on as many lines as they take in
// what the others leave of a screen, if that is enough to read.
func (g grid) folded(columns int, widths []int) (grid, []int) {
	const readable = 16
	last, left := len(widths)-1, columns
	for _, n := range widths[:last] {
		left -= n
	}
	if left < readable || left >= widths[last] {
		return g, widths
	}
	var rows [][]string
	for _, row := range g.rows {
		for i, line := range foldedText(width.Line(row[last]), left-2) {
			if i > 0 {
				row = make([]string, len(row))
			}
			rows = append(rows, append(slices.Clone(row[:last]), line))
		}
	}
	g.rows, widths[last] = rows, left
	return g, widths
}

// foldedText breaks a text into lines of at most n columns, behind the last blank that
// has room, or within a word where there is none.
func foldedText(s string, n int) (lines []string) {
	for width.Of(s) > n {
		fits := strings.TrimSuffix(width.Clip(s+"  ", n+1), "…")
		at := len(strings.TrimRight(fits, " "))
		if i := strings.LastIndex(strings.TrimLeft(fits[:at], " "), " "); s[at] != ' ' && i >= 0 {
			at = len(strings.TrimRight(fits[:strings.LastIndex(fits[:at], " ")], " "))
		}
		if at == 0 {
			break // not even a character has room
		}
		lines = append(lines, s[:at])
		s = strings.TrimLeft(s[at:], " ")
	}
	return append(lines, s)
}

// columns is the grid with the columns that say what rows are about and those from
// one to another.
func (g grid) columns(from, to int) grid {
	keys := max(1, g.keys)
	pick := func(row []string) []string {
		return slices.Concat(row[:keys], row[from:to])
	}
	out := grid{title: g.title, header: pick(g.header), keys: g.keys}
	for i := range out.header {
		at := i
		if i >= keys {
			at = from + i - keys
		}
		out.align += string(g.align[min(at, len(g.align)-1)])
	}
	for _, row := range g.rows {
		out.rows = append(out.rows, pick(row))
	}
	return out
}
