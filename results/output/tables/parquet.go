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

// goTypes are the types of values by their kind, where they may be absent.
var goTypes = map[kind]reflect.Type{
	text: reflect.TypeFor[*string](), integer: reflect.TypeFor[*int64](),
	real: reflect.TypeFor[*float64](), logical: reflect.TypeFor[*bool](),
	moment: reflect.TypeFor[*time.Time](),
}

// rowType is a struct with a field for each column, which keeps their order.
func rowType(t table) reflect.Type {
	var fields []reflect.StructField
	for i, c := range t.columns {
		tag := c.name + ",optional"
		if c.kind == moment {
			tag += ",timestamp"
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("Column%d", i), Type: goTypes[c.kind],
			Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", tag)),
		})
	}
	return reflect.StructOf(fields)
}

func asParquet(t table) func(io.Writer) error {
	return func(w io.Writer) error {
		typ := rowType(t)
		schema := parquet.SchemaOf(reflect.New(typ).Interface())
		out := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd))
		for _, row := range t.rows {
			x := reflect.New(typ)
			for i, v := range row {
				if v != nil {
					p := reflect.New(goTypes[t.columns[i].kind].Elem())
					p.Elem().Set(reflect.ValueOf(v))
					x.Elem().Field(i).Set(p)
				}
			}
			if _, err := out.WriteRows([]parquet.Row{schema.Deconstruct(nil, x.Interface())}); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return out.Close()
	}
}
