package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
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
	name     string
	kind     cellKind
	node     parquet.Node
	optional bool // the list itself may be null
}

// parquetColumns returns the leaf columns by index; unused ones have no name.
func parquetColumns(schema *parquet.Schema) []parquetColumn {
	leaves := schema.Columns()
	columnsWanted := columns()
	found := make([]parquetColumn, len(leaves))
	for i, path := range leaves {
		if !slices.Contains(columnsWanted, path[0]) {
			continue
		}
		leaf, ok := schema.Lookup(path...)
		if !ok {
			continue
		}
		top := field(schema, path[0])
		col := parquetColumn{name: path[0], kind: other, node: leaf.Node, optional: top.Optional()}
		switch {
		case !isText(leaf.Node) && !isTime(leaf.Node):
		case len(path) == 1 && !top.Repeated():
			col.kind = text
		case isList(top, path):
			col.kind = list
		}
		found[i] = col
	}
	return found
}

func field(schema *parquet.Schema, name string) parquet.Node {
	for _, f := range schema.Fields() {
		if f.Name() == name {
			return f
		}
	}
	return schema
}

// isList reports whether a leaf is the element of a list of plain values:
// list.element, bag.array_element and whatever else writers call it.
func isList(top parquet.Node, path []string) bool {
	if len(path) == 1 {
		return top.Repeated()
	}
	t := top.Type().LogicalType()
	if t == nil {
		return false
	}
	_, ok := t.Value.(*format.ListType)
	return ok && len(path) == 3
}

func isText(n parquet.Node) bool {
	return n.Type().Kind() == parquet.ByteArray
}

func isTime(n parquet.Node) bool { return tick(n) > 0 }

// tick is the unit of a timestamp, 0 for other types.
func tick(n parquet.Node) time.Duration {
	t := n.Type().LogicalType()
	if t == nil {
		return 0
	}
	stamp, ok := t.Value.(*format.TimestampType)
	if !ok || stamp.Unit.Value == nil {
		return 0
	}
	return stamp.Unit.Value.Duration()
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
		if col := p.columns[index]; col.name != "" {
			cells[col.name] = col.cell(values)
		}
		return true
	})
	p.into.row(row{
		where: fmt.Sprintf("%s: row %d", p.path, p.n),
		cell:  func(column string) cell { return cells[column] },
	})
}

// cell turns the values of one column in one row into a cell.
func (c parquetColumn) cell(values []parquet.Value) cell {
	switch {
	case c.kind == other:
		return cell{kind: other, what: "a column of type " + c.node.Type().String()}
	case c.kind == list:
		return c.listCell(values)
	case len(values) != 1 || values[0].IsNull():
		return cell{}
	}
	if !c.sound(values[0]) {
		return cell{kind: other, what: "a value of type " + values[0].Kind().String()}
	}
	s := c.string(values[0])
	return cell{kind: text, text: s, what: quoted(s)}
}

// sound reports whether a value has the type that its column says. In damaged
// files it may not, and reading it would end the program.
func (c parquetColumn) sound(v parquet.Value) bool {
	return isTime(c.node) && v.Kind() == parquet.Int64 ||
		!isTime(c.node) && v.Kind() == parquet.ByteArray
}

// listCell reads a list. Definition levels tell a missing list, an empty list
// and a missing element apart.
func (c parquetColumn) listCell(values []parquet.Value) cell {
	present := 1 // the level from which on there is an element
	if c.optional {
		present = 2
	}
	texts := []string{}
	for _, v := range values {
		switch level := v.DefinitionLevel(); {
		case c.optional && level == 0:
			return cell{}
		case level < present:
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
