package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
)

// TestKinds: users may write what has a kind here, in the same order, and each key
// of a configuration is either everybody's or some kind's.
func TestKinds(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range kinds() {
		names = append(names, string(k.name))
	}
	if want := bench.Kind("").Choices(); !slices.Equal(names, want) {
		t.Errorf("config has the kinds %v, bench %v", names, want)
	}
	all := []string{"kind", "limits", "matrix"} // these every kind has
	of := keysOfKinds()
	for f := range reflect.TypeFor[Configuration]().Fields() {
		key := jsonKey(f)
		if _, some := of[key]; some == slices.Contains(all, key) {
			t.Errorf("key %s: the kinds that have it are %v", key, of[key])
		}
		delete(of, key)
	}
	if len(of) > 0 {
		t.Errorf("kinds have keys that configurations do not have: %v", of)
	}
}

// TestDefaultsOfOtherKinds: a key that a kind does not have is not there, with
// none of its defaults either.
func TestDefaultsOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		text := "dataset: {path: tasks.jsonl}\n" +
			"models: {m: {provider: scripted, script: script.yaml, price: {input: 1, output: 1}}}\n" +
			"configurations: {c: {kind: " + string(k.name)
		for key, value := range map[string]string{
			"model": "m", "main": "m", "sidekick": "{model: m}", "advisor": "{model: m}",
			"router":  "{rules: [{model: m, turn: 1}]}",
			"command": "{run: agent}",
		} {
			if slices.Contains(k.keys, key) {
				text += ", " + key + ": " + value
			}
		}
		cfg, err := Parse("testdata/kinds.yaml", []byte(text+"}}\n"), Options{})
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		v := reflect.ValueOf(cfg.Configurations[0].Value)
		for i := range v.NumField() {
			key := jsonKey(v.Type().Field(i))
			_, some := keysOfKinds()[key]
			if some && !slices.Contains(k.keys, key) && !v.Field(i).IsZero() {
				t.Errorf("%s: %s is %v", k.name, key, v.Field(i))
			}
		}
	}
}

// TestKindsAreNamedInTheirFiles: no file of this package but that of a kind names
// one, so that a new kind has one file to be in.
func TestKindsAreNamedInTheirFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	named := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok || !strings.HasPrefix(s.Sel.Name, "Kind") || len(s.Sel.Name) == len("Kind") {
				return true
			}
			if x, ok := s.X.(*ast.Ident); !ok || x.Name != "bench" {
				return true
			}
			named++
			if want := "kind_" + strings.ToLower(strings.TrimPrefix(s.Sel.Name, "Kind")) + ".go"; name != want {
				t.Errorf("%s names bench.%s, which is for %s", name, s.Sel.Name, want)
			}
			return true
		})
	}
	if named != len(kinds()) {
		t.Errorf("%d kinds are named, there are %d", named, len(kinds()))
	}
}
