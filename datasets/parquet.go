package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// readParquet reads the rows of a parquet file, some at a time.
func readParquet(ctx context.Context, path string, c *collector) (err error) {
	f, size, done, err := openParquet(path)
	if err != nil {
		return err
	}
	defer done()
	// The library panics on some damaged files.
	defer func() {
		if p := recover(); p != nil {
			c.fail(path, "unreadable: %v", p)
			err = nil
		}
	}()
	file, err := parquet.OpenFile(f, size, parquet.SkipBloomFilters(true))
	if err != nil {
		c.fail(path, "unreadable: %v", err)
		return nil
	}
	p := &parquetRows{path: path, columns: parquetColumns(file.Schema()), into: c}
	for _, group := range file.RowGroups() {
		if stop, err := p.group(ctx, group); stop || err != nil {
			return err
		}
	}
	return nil
}

// openParquet opens a file for random access. A compressed one is unpacked
// into a temporary file, which done removes.
func openParquet(path string) (f *os.File, size int64, done func(), err error) {
	f, err = os.Open(path)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("load dataset: %w", err)
	}
	if _, compression := formatOf(path); compression == "" {
		info, err := f.Stat()
		if err != nil {
			return nil, 0, nil, errors.Join(fmt.Errorf("load dataset: %w", err), f.Close())
		}
		return f, info.Size(), func() { f.Close() }, nil
	}
	defer f.Close()
	plain, size, err := unpack(f, path)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("load dataset %s: %w", path, err)
	}
	return plain, size, func() {
		plain.Close()
		os.Remove(plain.Name())
	}, nil
}

func unpack(packed io.Reader, path string) (*os.File, int64, error) {
	r, done, err := decompress(packed, path)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	f, err := os.CreateTemp("", "bench-*.parquet")
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(f, r)
	if err != nil {
		return nil, 0, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, size, nil
}

// parquetColumn is a leaf column that rows are read for.
type parquetColumn struct {
	name  string
	kind  cellKind
	node  parquet.Node
	level int // the definition level from which on there is a value or a list
}

// parquetColumns returns the leaf columns by index; unused ones have no name.
func parquetColumns(schema *parquet.Schema) []parquetColumn {
	leaves := schema.Columns()
	wanted := columns()
	found := make([]parquetColumn, len(leaves))
	for i, path := range leaves {
		leaf, ok := schema.Lookup(path...)
		if !ok {
			continue
		}
		for depth := min(2, len(path)); depth > 0; depth-- {
			if name := strings.Join(path[:depth], "."); slices.Contains(wanted, name) {
				found[i] = columnAt(schema, path, depth, leaf.Node)
				found[i].name = name
				break
			}
		}
	}
	return found
}

// columnAt describes the column that the first depth names of a path lead to,
// and whose values are those of leaf.
func columnAt(schema *parquet.Schema, path []string, depth int, leaf parquet.Node) parquetColumn {
	col := parquetColumn{kind: other, node: leaf}
	var top parquet.Node = schema
	for _, name := range path[:depth] {
		if top = child(top, name); top == nil {
			return col
		}
		if top.Optional() {
			col.level++
		}
	}
	switch rest := path[depth:]; {
	case !isText(leaf) && !isTime(leaf) && !isWhole(leaf):
	case len(rest) == 0 && !top.Repeated():
		col.kind = text
		if isWhole(leaf) && !isTime(leaf) {
			col.kind = number
		}
	case isList(top, rest) && !isWhole(leaf):
		col.kind = list
	case len(rest) == 1 && !top.Repeated() && !isWhole(leaf):
		col.kind = object
	}
	return col
}

func child(n parquet.Node, name string) parquet.Node {
	for _, f := range n.Fields() {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// isList reports whether rest leads to the element of a list of plain values:
// list.element, bag.array_element and whatever else writers call it.
func isList(top parquet.Node, rest []string) bool {
	if len(rest) == 0 {
		return top.Repeated()
	}
	t := top.Type().LogicalType()
	return t != nil && t.List != nil && len(rest) == 2
}

// isWhole reports whether a column has whole numbers, which are not texts.
func isWhole(n parquet.Node) bool {
	return !isTime(n) && (n.Type().Kind() == parquet.Int64 || n.Type().Kind() == parquet.Int32)
}

func isText(n parquet.Node) bool {
	return n.Type().Kind() == parquet.ByteArray
}

func isTime(n parquet.Node) bool { return tick(n) > 0 }

// tick is the unit of a timestamp, 0 for other types.
func tick(n parquet.Node) time.Duration {
	t := n.Type().LogicalType()
	switch {
	case t == nil || t.Timestamp == nil:
		return 0
	case t.Timestamp.Unit.Nanos != nil:
		return time.Nanosecond
	case t.Timestamp.Unit.Micros != nil:
		return time.Microsecond
	case t.Timestamp.Unit.Millis != nil:
		return time.Millisecond
	}
	return 0
}

// parquetRows reads row groups.
type parquetRows struct {
	path    string
	columns []parquetColumn
	into    *collector
	n       int
}

// group reads one row group; stop says that the file cannot be read on.
func (p *parquetRows) group(ctx context.Context, g parquet.RowGroup) (stop bool, err error) {
	rows := g.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 16)
	for {
		if err := ctx.Err(); err != nil {
			return true, err
		}
		n, err := rows.ReadRows(buffer)
		for _, r := range buffer[:n] {
			p.n++
			p.row(r)
		}
		switch {
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			p.into.fail(fmt.Sprintf("%s: row %d", p.path, p.n+1), "unreadable: %v", err)
			return true, nil
		}
	}
}

func (p *parquetRows) row(values parquet.Row) {
	cells := map[string]cell{}
	values.Range(func(index int, values []parquet.Value) bool {
		if col := p.columns[index]; col.name != "" && cells[col.name].kind == absent {
			cells[col.name] = col.cell(values)
		}
		return true
	})
	p.into.row(row{
		where: fmt.Sprintf("%s: row %d", p.path, p.n),
		cell:  func(column string) cell { return cells[column] },
	})
}

// cell turns the values of one column in one row into a cell. Of an object only
// one field is known here, so it has no keys.
func (c parquetColumn) cell(values []parquet.Value) cell {
	switch {
	case c.kind == list:
		return c.listCell(values)
	case len(values) == 0 || len(values) == 1 && values[0].IsNull():
		return cell{}
	case c.kind == object:
		return cell{kind: object, what: "an object"}
	case c.kind == other || len(values) != 1:
		return cell{kind: other, what: "a column of type " + c.node.Type().String()}
	case !c.sound(values[0]):
		return cell{kind: other, what: "a value of type " + values[0].Kind().String()}
	case c.kind == number:
		s := strconv.FormatInt(wholeNumber(values[0]), 10)
		return cell{kind: number, text: s, what: "the number " + s}
	}
	s := c.string(values[0])
	return cell{kind: text, text: s}
}

func wholeNumber(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// sound reports whether a value has the type that its column says. In damaged
// files it may not, and reading it would end the program.
func (c parquetColumn) sound(v parquet.Value) bool {
	if c.kind == number {
		return v.Kind() == c.node.Type().Kind()
	}
	return isTime(c.node) && v.Kind() == parquet.Int64 ||
		!isTime(c.node) && v.Kind() == parquet.ByteArray
}

// listCell reads a list. Definition levels tell a missing list, an empty list
// and a missing element apart.
func (c parquetColumn) listCell(values []parquet.Value) cell {
	texts := []string{}
	for _, v := range values {
		switch level := v.DefinitionLevel(); {
		case level < c.level:
			return cell{}
		case level == c.level:
			return cell{kind: list, list: texts, what: "a list"}
		case v.IsNull(), !c.sound(v):
			return cell{kind: other, what: "a list with something else than texts"}
		}
		texts = append(texts, c.string(v))
	}
	return cell{kind: list, list: texts, what: "a list"}
}

// string returns a value as text: a copy, since pages are used again.
func (c parquetColumn) string(v parquet.Value) string {
	if !isTime(c.node) {
		return string(v.ByteArray())
	}
	perSecond := int64(time.Second / tick(c.node))
	n := v.Int64()
	t := time.Unix(n/perSecond, n%perSecond*int64(tick(c.node)))
	return t.UTC().Format(time.RFC3339Nano)
}
