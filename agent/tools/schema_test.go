package tools

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Every field that a model is told of has a place in the arguments, and code
// that reads it; nothing is accepted and ignored.
func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	read := selectors(t)
	for name, tool := range map[string]struct {
		schema Schema
		into   any
	}{
		"terminal":        {terminalSchema(), terminalArguments{}},
		"file_editor":     {editorSchema(), editorArguments{}},
		"finish":          {NewFinish().schema, finishArguments{}},
		"finish sidekick": {NewSidekickFinish(true).schema, finishArguments{}},
	} {
		fields := map[string]string{}
		for f := range reflect.TypeOf(tool.into).Fields() {
			fields[f.Tag.Get("json")] = f.Name
		}
		for _, f := range tool.schema {
			field, ok := fields[f.Name]
			if !ok {
				t.Errorf("%s: nothing takes %s", name, f.Name)
			} else if !read[field] {
				t.Errorf("%s: %s is never read", name, f.Name)
			}
			delete(fields, f.Name)
		}
		if name == "finish sidekick" || name == "terminal" || name == "file_editor" {
			for tag := range fields {
				t.Errorf("%s: no model is told of %s", name, tag)
			}
		}
	}
}

// selectors returns the names of all fields that the package's code selects.
func selectors(t *testing.T) map[string]bool {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				read[s.Sel.Name] = true
			}
			return true
		})
	}
	return read
}

func TestDecode(t *testing.T) {
	t.Parallel()
	schema := Schema{
		{Name: "s", Type: String, Required: true, NotEmpty: true, MaxChars: 3},
		{Name: "e", Type: String, Enum: []string{"x", "y"}},
		{Name: "b", Type: Boolean},
		{Name: "n", Type: Number, Max: 10},
		{Name: "i", Type: Integer, Min: 1},
		{Name: "l", Type: Integers, Length: 2},
	}
	for arguments, want := range map[string]string{
		`{"s":"é12"}`: "",
		`{"s":"a","e":"y","b":true,"n":0.5,"i":1,"l":[1,-1]}`: "",
		`{"s":"a","e":null,"b":null,"n":null,"i":null}`:       "",
		``:                  "s is missing",
		`null`:              "arguments are not a JSON object: they are null",
		`{"s":"a"`:          "arguments are not a JSON object: they end too early",
		`["s"]`:             "arguments are not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage",
		`{"s":"a"}{}`:       "arguments are not one JSON object: there is more after it",
		`{"S":"a"}`:         `unknown field "S" (known: s, e, b, n, i, l); s is missing`,
		`{"s":" "}`:         "s must not be empty",
		`{"s":"abcd"}`:      "s is longer than 3 characters",
		`{"s":1}`:           "s must be a string",
		`{"s":"a","e":"z"}`: `e must be one of x, y, not "z"`,
		`{"s":"a","b":"True","n":"1","i":" 2 ","l":"1,2"}`: "",
		`{"s":"a","b":"","n":"","l":[]}`:                   "",
		`{"s":"a","l":"[1, -1]"}`:                          "",
		`{"s":"a","b":"yes"}`:                              "b must be true or false",
		`{"s":"a","n":10.1}`:                               "n must be from 0 to 10",
		`{"s":"a","n":"one"}`:                              "n must be a number",
		`{"s":"a","i":1.5}`:                                "i must be a whole number",
		`{"s":"a","i":0}`:                                  "i must be at least 1",
		`{"s":"a","l":[1]}`:                                "l must be a list of 2 whole numbers",
		`{"s":"a","l":["1",2]}`:                            "",
		`{"s":"a","l":["x",2]}`:                            "l must be a list of 2 whole numbers",
		`{"y":1,"x":1,"s":"a"}`:                            `unknown field "x" (known: s, e, b, n, i, l); unknown field "y" (known: s, e, b, n, i, l)`,
	} {
		var into struct {
			S string
			L []int
		}
		err := schema.Decode(arguments, &into)
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", arguments, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"command":"view","path":"/x","view_range":[1,2]}`)
	f.Add(`{"command":`)
	f.Fuzz(func(t *testing.T, arguments string) {
		var a editorArguments
		if editorSchema().Decode(arguments, &a) == nil && a.check() == nil && a.Path[0] != '/' {
			t.Error("accepted a path that is not absolute")
		}
	})
}

// What a model is told follows the configuration and never promises more.
func TestDescriptionsFollowTheConfiguration(t *testing.T) {
	t.Parallel()
	with := Options{CommandTimeout: 90 * time.Second}.terminalDescription()
	if without := (Options{}).terminalDescription(); strings.Contains(without, "is killed") ||
		!strings.Contains(with, "run for 90 seconds is killed") {
		t.Errorf("with a limit: %s\nwithout: %s", with, without)
	}
	for escalate, want := range map[bool]bool{true: true, false: false} {
		d := NewSidekickFinish(escalate).Definition()
		told := strings.Contains(string(d.Parameters), "escalate") ||
			strings.Contains(string(d.Parameters), "reason_code") || strings.Contains(d.Description, "back")
		if told != want {
			t.Errorf("escalate %v: %s %s", escalate, d.Description, d.Parameters)
		}
	}
	var schema struct {
		Type       string
		Properties map[string]json.RawMessage
		Required   []string
	}
	if err := json.Unmarshal(NewFinish().Definition().Parameters, &schema); err != nil ||
		schema.Type != "object" || len(schema.Properties) != 1 || schema.Required[0] != "message" {
		t.Errorf("finish schema %+v, %v", schema, err)
	}
}
