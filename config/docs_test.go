package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	docPath   = "../docs/config.md"
	tableHead = "| Key | Value | Default | Meaning |\n|---|---|---|---|\n"
)

var tableRE = regexp.MustCompile(`(?s)<!-- keys of (.*?) -->\n(.*?)<!-- end -->`)

// TestDocs holds the tables of docs/config.md against the schema; -update
// rewrites them.
func TestDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(docPath)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	collect(parsed(t), "the top level", tables)
	var documented []string
	want := tableRE.ReplaceAllStringFunc(string(text), func(found string) string {
		section := tableRE.FindStringSubmatch(found)[1]
		documented = append(documented, section)
		table, ok := tables[section]
		if !ok {
			t.Errorf("%s has a table of %s, which does not exist", docPath, section)
			return found
		}
		return "<!-- keys of " + section + " -->\n" + table + "<!-- end -->"
	})
	for section := range tables {
		if !slices.Contains(documented, section) {
			t.Errorf("%s has no table of %s", docPath, section)
		}
	}
	if *update {
		if err := os.WriteFile(docPath, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s is not what the schema says; go test ./config -update rewrites its tables",
			docPath)
	}
}

// collect makes the table of every mapping below s.
func collect(s *schema, at string, tables map[string]string) {
	below := func(key string) string {
		if at == "the top level" {
			return key
		}
		return at + "." + key
	}
	if len(s.Properties) > 0 {
		var b strings.Builder
		b.WriteString(tableHead)
		for _, key := range order(s) {
			p := s.Properties[key]
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key, p.value(),
				p.fallback(slices.Contains(s.Required, key)), p.meaning())
			collect(p, below(key), tables)
		}
		tables[at] = b.String()
	}
	var entry schema
	if json.Unmarshal(s.AdditionalProperties, &entry) == nil && entry.Properties != nil {
		collect(&entry, at+".NAME", tables)
	}
	if s.Items != nil {
		collect(s.Items, at, tables)
	}
	for _, sub := range s.AnyOf {
		collect(sub, at, tables)
	}
}

// order is required keys first, then by name.
func order(s *schema) []string {
	var keys []string
	for key := range s.Properties {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		ra, rb := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		switch {
		case ra && !rb:
			return -1
		case rb && !ra:
			return 1
		}
		return strings.Compare(a, b)
	})
	return keys
}

// plain is the schema without the alternative that variables are.
func (s *schema) plain() *schema {
	if len(s.AnyOf) == 2 && s.AnyOf[1].Type == "string" && s.AnyOf[1].Pattern != "" {
		return s.AnyOf[0]
	}
	return s
}

func (s *schema) value() string {
	p := s.plain()
	switch {
	case len(p.AnyOf) == 2 && p.AnyOf[1].Properties != nil:
		return "`auto` or a mapping"
	case len(p.AnyOf) == 2 && p.AnyOf[1].plain().Type == "number":
		return "a number or a range"
	case len(p.AnyOf) == 2:
		return "a text or a list"
	case p.Type == "object":
		return "a mapping"
	case p.Items != nil:
		return "a list"
	case len(p.Enum) > 0:
		var words []string
		for _, e := range p.Enum {
			words = append(words, fmt.Sprintf("`%v`", e))
		}
		return strings.Join(words, ", ")
	case p.Type == "integer":
		return "whole number" + p.bounds()
	case p.Type == "number":
		return "number" + p.bounds()
	case p.Type == "boolean":
		return "`true`, `false`"
	case len(s.Examples) > 0:
		return fmt.Sprintf("like `%s`", escaped(s.Examples[0]))
	}
	return "text"
}

func (s *schema) bounds() string {
	var b strings.Builder
	for _, bound := range []struct {
		sign  string
		value *float64
	}{
		{"≥", s.Minimum}, {">", s.ExclusiveMinimum}, {"≤", s.Maximum}, {"<", s.ExclusiveMaximum},
	} {
		if bound.value != nil && *bound.value < 1e6 {
			fmt.Fprintf(&b, " %s %v", bound.sign, *bound.value)
		}
	}
	return b.String()
}

func (s *schema) fallback(required bool) string {
	switch {
	case required:
		return "required"
	case s.Default == nil:
		return ""
	}
	return fmt.Sprintf("`%v`", s.Default)
}

func (s *schema) meaning() string { return escaped(s.Description) }

func escaped(v any) string { return strings.ReplaceAll(fmt.Sprint(v), "|", `\|`) }
