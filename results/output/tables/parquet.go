package tables

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/parquet-go/parquet-go"

	"bench/results"
	"bench/results/output"
)

// Parquet writes DIR/trials.parquet, DIR/calls.parquet and DIR/delegations.parquet.
// All columns are optional; times are milliseconds in UTC.
type Parquet struct{}

var _ output.Output = Parquet{}

// Name implements output.Output.
func (Parquet) Name() string { return "parquet" }

// About implements output.Output.
func (Parquet) About() string { return fmt.Sprintf(contents, ".parquet") }

// Write implements output.Output.
func (Parquet) Write(ctx context.Context, s *results.Store, run, dir string) ([]string, error) {
	return write(ctx, s, run, dir, ".parquet", asParquet)
}

// goTypes are the types of columns by the kind of their values.
var goTypes = map[kind]reflect.Type{
	text: reflect.TypeFor[string](), integer: reflect.TypeFor[int64](),
	real: reflect.TypeFor[float64](), logical: reflect.TypeFor[bool](),
	moment: reflect.TypeFor[int64](),
}

// schemaOf is made of a struct with a field for each column, which keeps their order.
func schemaOf(t table) *parquet.Schema {
	var fields []reflect.StructField
	for i, c := range t.columns {
		tag := c.name + ",optional"
		if c.kind == moment {
			tag += ",timestamp(millisecond)"
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("Column%d", i), Type: goTypes[c.kind],
			Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", tag)),
		})
	}
	return parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
}

func asParquet(t table) func(io.Writer) error {
	return func(w io.Writer) error {
		out := parquet.NewGenericWriter[any](w, schemaOf(t), parquet.Compression(&parquet.Zstd))
		for _, row := range t.rows {
			if _, err := out.WriteRows([]parquet.Row{parquetRow(row)}); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return out.Close()
	}
}

func parquetRow(row []any) parquet.Row {
	values := make(parquet.Row, len(row))
	for i, v := range row {
		if t, ok := v.(time.Time); ok {
			v = t.UnixMilli()
		}
		present := 1
		if v == nil {
			present = 0
		}
		values[i] = parquet.ValueOf(v).Level(0, present, i)
	}
	return values
}
