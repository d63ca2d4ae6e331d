package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"bench/config"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("mem:bench.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:bench.json") // checks the schema against its meta-schema
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance is a YAML file as a validator sees it.
func instance(t *testing.T, path string) (any, bool) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := yaml.Load(b, &v); err != nil {
		return nil, false
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc, true
}

func TestSchemaAccepts(t *testing.T) {
	t.Parallel()
	s := compile(t)
	paths := files(t, "testdata/good/*.yaml", 5)
	examples, err := filepath.Glob("../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	quick, err := filepath.Glob("../examples/*/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Concat(paths, examples, quick) {
		doc, ok := instance(t, path)
		if !ok {
			t.Errorf("%s is not YAML", path)
			continue
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		o := options(exampleEnv(), flags(t, path)...)
		o.Cached = func(string) error { return nil }
		c, err := config.Load(path, o)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(c.Resolved()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s, resolved: %v", path, err)
		}
	}
}

// exampleEnv has what the examples of the project read from the environment.
func exampleEnv() map[string]string {
	e := env()
	e["LLM_API_KEY"] = "k"
	e["MAIN_MODEL"], e["SIDEKICK_MODEL"] = "acme/big", "acme/small"
	return e
}

// TestSchemaRejects: what a schema can see in one place, it refuses too.
func TestSchemaRejects(t *testing.T) {
	t.Parallel()
	s := compile(t)
	// Mistakes that need a look at two places, at files, at the environment,
	// at the price table, at the words of an expression or at flags.
	beyond := map[string]bool{
		"dataset_name_only": true, "dataset_twice": true, "limit_below_one_answer": true,
		"local_cannot": true, "missing_key": true, "sidekick_above_trial": true,
		"unknown_models": true, "keys_of_other_kinds": true, "flags": true,
		"missing_variable": true, "pasted_url": true, "repeat_taken": true, "repeat_unknown": true,
		"stop_alone": true, "cache": true, "require": true, "require_alone": true,
	}
	for _, path := range files(t, "testdata/bad/*.yaml", 16) {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		doc, ok := instance(t, path)
		if !ok {
			continue
		}
		err := s.Validate(doc)
		if beyond[name] && err != nil {
			t.Errorf("%s is listed as beyond a schema, which says: %v", name, err)
		}
		if !beyond[name] && err == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

type schema struct {
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	AnyOf                []*schema          `json:"anyOf"`
	Description          string             `json:"description"`
	Default              any                `json:"default"`
	Type                 string             `json:"type"`
	Enum                 []any              `json:"enum"`
	Pattern              string             `json:"pattern"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
	ExclusiveMinimum     *float64           `json:"exclusiveMinimum"`
	ExclusiveMaximum     *float64           `json:"exclusiveMaximum"`
	Examples             []any              `json:"examples"`
	Required             []string           `json:"required"`
}

func parsed(t *testing.T) *schema {
	t.Helper()
	s := new(schema)
	if err := json.Unmarshal(config.Schema(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// keys lists the keys below s, as paths: models.NAME.price.input.
func (s *schema) keys(prefix string, add func(path string, s *schema)) {
	for key, sub := range s.Properties {
		add(prefix+key, sub)
		sub.keys(prefix+key+".", add)
	}
	var entry schema
	if json.Unmarshal(s.AdditionalProperties, &entry) == nil && entry.Properties != nil {
		entry.keys(prefix+"NAME.", add)
	}
	if s.Items != nil {
		s.Items.keys(prefix, add)
	}
	for _, sub := range s.AnyOf {
		sub.keys(prefix, add)
	}
}

// TestSchemaHasEveryField walks the Go types and the schema side by side.
func TestSchemaHasEveryField(t *testing.T) {
	t.Parallel()
	var inSchema []string
	parsed(t).keys("", func(path string, s *schema) {
		inSchema = append(inSchema, path)
		if s.Description == "" {
			t.Errorf("%s has no description", path)
		}
	})
	var inGo []string
	goKeys(reflect.TypeFor[config.Config](), "", &inGo)
	slices.Sort(inSchema)
	slices.Sort(inGo)
	if diff := cmp.Diff(inGo, inSchema); diff != "" {
		t.Errorf("fields of the Go types (-) and keys of the schema (+):\n%s", diff)
	}
}

func goKeys(t reflect.Type, prefix string, out *[]string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice && strings.HasPrefix(t.Name(), "Map[") {
		value, _ := t.Elem().FieldByName("Value")
		goKeys(value.Type, prefix+"NAME.", out)
		return
	}
	if t.Kind() == reflect.Slice {
		goKeys(t.Elem(), prefix, out)
		return
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			goKeys(f.Type, prefix, out)
		case key != "" && key != "-":
			*out = append(*out, prefix+key)
			goKeys(f.Type, prefix+key+".", out)
		}
	}
}
