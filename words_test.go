package bench_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// word is a row of docs/words.md.
type word struct{ name, golang, yaml, sql, metric, not string }

// vocabulary is what docs/words.md may name.
type vocabulary struct {
	source                names
	keys, tables, metrics map[string][]string // by section
}

// TestWords: what docs/words.md names exists, every word has one row, and no Go
// identifier has a word that the document rules out.
func TestWords(t *testing.T) {
	t.Parallel()
	v := vocabulary{
		source:  identifiers(t),
		keys:    sections(t, "docs/config.md", "^#{2,3} (.+)$", "^\\| `([a-z_]+)` \\|"),
		tables:  sections(t, "docs/schema.md", "^### ([a-z_]+)$", "^- `([a-z0-9_]+)`:"),
		metrics: sections(t, "docs/metrics.md", "^## (.+)$", "^\\|[^|]+\\| `([a-z0-9_.]+)` \\|"),
	}
	seen := map[string]bool{}
	for _, w := range words(t) {
		if seen[w.name] {
			t.Errorf("%s has two rows", w.name)
		}
		seen[w.name] = true
		for _, wrong := range v.mistakes(w) {
			t.Errorf("docs/words.md: %s: %s", w.name, wrong)
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d words", len(seen))
	}
}

func (v vocabulary) mistakes(w word) (all []string) {
	for _, name := range quoted(w.golang) {
		if !v.source.declared[name] {
			all = append(all, "there is no "+name+" in Go")
		}
	}
	for _, key := range quoted(w.yaml) {
		section, name, nested := cutLast(key)
		if !nested {
			section, name = "The top level", key
		}
		if !slices.Contains(v.keys[section], name) {
			all = append(all, "docs/config.md has no key "+key)
		}
	}
	for _, column := range quoted(w.sql) {
		table, name, nested := cutLast(column)
		if of, known := v.tables[table]; !known || nested && !slices.Contains(of, name) {
			all = append(all, "docs/schema.md has no "+column)
		}
	}
	for _, name := range quoted(w.metric) {
		if !listed(v.metrics, name) {
			all = append(all, "docs/metrics.md has no "+name)
		}
	}
	for _, not := range quoted(w.not) {
		if where := v.source.parts[strings.ToLower(not)]; where != "" {
			all = append(all, "it is not called "+not+", but there is "+where)
		}
	}
	return all
}

func words(t *testing.T) (all []word) {
	t.Helper()
	for line := range strings.Lines(read(t, "docs/words.md")) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 7 || cells[0] == "| Word" {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(cells[i], "| ")
		}
		all = append(all, word{cells[0], cells[2], cells[3], cells[4], cells[5], cells[6]})
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var code = regexp.MustCompile("`([^`]+)`")

// quoted are the parts of a cell in backquotes. A cell without any has none.
func quoted(cell string) (all []string) {
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		all = append(all, m[1])
	}
	return all
}

// cutLast cuts a name at its last dot.
func cutLast(name string) (before, after string, found bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name, "", false
	}
	return name[:i], name[i+1:], true
}

func listed(sections map[string][]string, name string) bool {
	for _, names := range sections {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// sections lists the names that a document has below each heading.
func sections(t *testing.T, path, heading, entry string) map[string][]string {
	t.Helper()
	head, item := regexp.MustCompile(heading), regexp.MustCompile(entry)
	all, at := map[string][]string{}, ""
	for line := range strings.Lines(read(t, path)) {
		line = strings.TrimRight(line, "\n")
		if m := head.FindStringSubmatch(line); m != nil {
			at = m[1]
			all[at] = nil
		} else if m := item.FindStringSubmatch(line); m != nil && at != "" {
			all[at] = append(all[at], m[1])
		}
	}
	return all
}

// names are the identifiers of the program, tests left out.
type names struct {
	declared map[string]bool   // pkg.Name and pkg.Type.Member
	parts    map[string]string // where a word occurs in a declared name
}

func identifiers(t *testing.T) names {
	t.Helper()
	all := names{map[string]bool{}, map[string]string{}}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "examples" ||
			strings.HasPrefix(d.Name(), ".") && path != "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all.addFile(fset, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (n names) addFile(fset *token.FileSet, file *ast.File) {
	pkg := file.Name.Name
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				n.declared[pkg+"."+d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				n.addSpec(pkg, s)
			}
		}
	}
	ast.Inspect(file, func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok {
			for _, part := range split(id.Name) {
				n.parts[part] = fmt.Sprintf("%s: %s", fset.Position(id.Pos()), id.Name)
			}
		}
		return true
	})
}

func (n names) addSpec(pkg string, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, id := range s.Names {
			n.declared[pkg+"."+id.Name] = true
		}
	case *ast.TypeSpec:
		n.declared[pkg+"."+s.Name.Name] = true
		st, ok := s.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, f := range st.Fields.List {
			for _, id := range f.Names {
				n.declared[pkg+"."+s.Name.Name+"."+id.Name] = true
			}
		}
	}
}

// split turns BudgetNotice into budget and notice.
func split(name string) (parts []string) {
	start := 0
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(rune(name[i-1])) {
			parts = append(parts, strings.ToLower(name[start:i]))
			start = i
		}
	}
	return append(parts, strings.ToLower(name[start:]))
}
