package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"bench"
	"bench/internal/strictyaml"
)

var updateSchema = flag.Bool("update-schema", false, "write schema.json anew")

// TestSchemaIsCurrent: the schema is what the types say. With -update-schema it is
// made so.
func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	made := madeSchema(t)
	if *updateSchema {
		if err := os.WriteFile("schema.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(made, schema) {
		t.Errorf("schema.json is not what the types say; run go test ./config -update-schema.\n%s",
			cmp.Diff(string(schema), string(made)))
	}
}

func madeSchema(t *testing.T) []byte {
	t.Helper()
	s := reflector(comments(t)).Reflect(&Config{})
	s.Title = "bench configuration"
	allowVariables(s)
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

// reflector makes schemas of types, described by the comments of the types themselves.
func reflector(comments map[string]string) *jsonschema.Reflector {
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, RequiredFromJSONSchemaTags: true,
	}
	r.LookupComment = func(t reflect.Type, field string) string {
		text := comments[strings.TrimSuffix(t.Name()+"."+field, ".")]
		if field == "" {
			return text
		}
		// Speak of the key, as users know it.
		f, _ := t.FieldByName(field)
		return strings.Replace(text, field+" ", jsonKey(f)+" ", 1)
	}
	r.Mapper = func(t reflect.Type) *jsonschema.Schema { return mapped(r, t) }
	return r
}

// comments are those of the types and fields of this package, by "Type" and
// "Type.Field", as one line each.
func comments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"types*.go", "kind_*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			collect(file, found)
		}
	}
	return found
}

func collect(file *ast.File, found map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		decl, ok := n.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			return true
		}
		spec, ok := decl.Specs[0].(*ast.TypeSpec)
		if !ok {
			return true
		}
		found[spec.Name.Name] = oneLine(decl.Doc)
		if st, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				for _, name := range f.Names {
					found[spec.Name.Name+"."+name.Name] = oneLine(f.Doc)
				}
			}
		}
		return true
	})
}

func oneLine(doc *ast.CommentGroup) string {
	return strings.Join(strings.Fields(doc.Text()), " ")
}

// lister is implemented by Map: it says what the values are.
type lister interface{ elem() reflect.Type }

func (Map[T]) elem() reflect.Type { return reflect.TypeFor[T]() }

// mapped returns the schema of the types that are not written as Go has them.
func mapped(r *jsonschema.Reflector, t reflect.Type) *jsonschema.Schema {
	switch v := reflect.New(t).Elem().Interface().(type) {
	case strictyaml.Chooser:
		s := &jsonschema.Schema{Type: "string"}
		for _, c := range v.Choices() {
			s.Enum = append(s.Enum, c)
		}
		return s
	case lister:
		one := uint64(1)
		return &jsonschema.Schema{
			Type: "object", MinProperties: &one, AdditionalProperties: part(r, v.elem()),
			PropertyNames: &jsonschema.Schema{Pattern: bench.NamePattern},
		}
	case Duration:
		return &jsonschema.Schema{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`,
			Examples: []any{"90s", "45m", "1h30m"}}
	case TimeOfDay:
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9]{1,2}:[0-9]{2}$`,
			Examples: []any{"16:30"}}
	case Within, WithinUSD:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string", Pattern: withinPattern}, {Type: "number"},
		}, Examples: []any{"2..", "..5", "3..8"}}
	case Size:
		return &jsonschema.Schema{Type: "string", Pattern: sizeRE.String(),
			Examples: []any{"512MiB", "4GiB"}}
	case Platform:
		return &jsonschema.Schema{Type: "string", Pattern: platformPattern,
			Examples: []any{"linux/amd64"}}
	case Mirror:
		return &jsonschema.Schema{Type: "string", Pattern: mirrorPattern,
			Examples: []any{"mirror.example.com/hub/{image}"}}
	case Fields:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: jsonschema.TrueSchema}
	case Headers:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{
			AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}},
		}}
	case Names, Variables, Labels:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{
			Type: "string",
		}}
	case EnvName:
		return &jsonschema.Schema{Type: "string", Pattern: envNameRE.String()}
	case Matrix:
		return matrixSchema()
	case ModelName:
		one, name := uint64(1), &jsonschema.Schema{Type: "string"}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			name, {Type: "array", Items: name, MinItems: &one, UniqueItems: true},
		}}
	case Price:
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "string", Enum: []any{"auto"}}, part(r, reflect.TypeFor[Prices]()),
		}}
	}
	return nil
}

// matrixSchema is what editors know of a matrix. Knobs are paths with dots, or
// mappings one within the other.
func matrixSchema() *jsonschema.Schema {
	names := &jsonschema.Schema{}
	for _, k := range knobs() {
		for i, r := range k + "." {
			if r == '.' && !slices.Contains(names.Enum, any(k[:i])) {
				names.Enum = append(names.Enum, k[:i])
			}
		}
	}
	one := uint64(1)
	return &jsonschema.Schema{
		Type: "object", MinProperties: &one, PropertyNames: names,
		AdditionalProperties: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
			{Type: "array", MinItems: &one, UniqueItems: true}, {Type: "object", MinProperties: &one},
		}},
	}
}

// part is the schema of a type inside another one.
func part(r *jsonschema.Reflector, t reflect.Type) *jsonschema.Schema {
	s := r.ReflectFromType(t)
	s.Version, s.ID = "", ""
	return s
}

// allowVariables lets ${NAME} stand wherever a number, a truth value or one of
// a few words is expected, and numbers have underscores, which editors take
// for texts.
func allowVariables(s *jsonschema.Schema) {
	if s.Properties != nil {
		for p := s.Properties.Oldest(); p != nil; p = p.Next() {
			allowVariables(p.Value)
		}
	}
	for _, sub := range append(s.AnyOf, s.AdditionalProperties, s.Items) {
		if sub != nil {
			allowVariables(sub)
		}
	}
	pattern := `\$\{`
	switch {
	case s.Type == "integer" || s.Type == "number":
		pattern = `^[0-9][0-9_]*$|\$\{`
	case s.Type == "boolean", s.Type == "string" && (s.Enum != nil || s.Pattern != ""):
	default:
		return
	}
	plain := *s
	*s = jsonschema.Schema{
		Title: s.Title, Description: s.Description, Default: s.Default, Examples: s.Examples,
	}
	plain.Title, plain.Description, plain.Default, plain.Examples = "", "", nil, nil
	s.AnyOf = []*jsonschema.Schema{&plain, {Type: "string", Pattern: pattern}}
}
