package strictyaml

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

type sample struct {
	Name  string   `json:"name" jsonschema:"required,minLength=2"`
	Count int      `json:"count" jsonschema:"minimum=1,maximum=9,default=3"`
	Share float64  `json:"share" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1,default=0.5"`
	Mode  string   `json:"mode" jsonschema:"enum=fast,enum=slow,default=fast"`
	On    bool     `json:"on" jsonschema:"default=true"`
	List  []string `json:"list"`
	Inner inner    `json:"inner"`
	Maybe *inner   `json:"maybe"`
	Embedded
	Skipped string `json:"-"`
}

type inner struct {
	Code string `json:"code" jsonschema:"pattern=^[a-z]+$,example=abc,default=x"`
}

// Embedded has its key in the mapping of the struct that embeds it.
type Embedded struct {
	Extra int `json:"extra"`
}

func decode(t *testing.T, text string) (sample, Errors) {
	t.Helper()
	n, errs := Parse(NewSource("f.yaml", []byte(text)), []byte(text))
	var s sample
	if n == nil {
		return s, errs
	}
	d := Decoder{Synonyms: map[string]string{"number": "count"}}
	d.Decode(n, &s)
	return s, append(errs, d.Errors...).Sorted()
}

func TestDecode(t *testing.T) {
	t.Parallel()
	got, errs := decode(t, `
name: ab
count: 1_0
share: .25
mode: slow
list: ["1", x]
maybe: {}
extra: 1_000
`)
	if len(errs) != 1 || !strings.Contains(errs[0].Message, "of at least 1 and up to 9") {
		t.Errorf("errors %v, want one about count", errs)
	}
	if got.Count != 3 || got.Share != 0.25 || got.Mode != "slow" || !got.On ||
		len(got.List) != 2 || got.Inner.Code != "x" || got.Extra != 1000 || got.Maybe == nil || got.Maybe.Code != "x" {
		t.Errorf("decoded %+v", got)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"count: 3": `missing key "name" in the top level`,
		"name: x":  `name: expected text that is not empty, found "x"`,
		"name: ~":  `name: expected text, found nothing`,
		"name: {}": `name: expected text, found a mapping`,
		"{name: ab, count: '3'}": `count: expected a whole number of at least 1 and up to 9, ` +
			`found the text "3"`,
		"{name: ab, count: 0x3}": `count: expected a whole number of at least 1 and up to 9, ` +
			`found the number 0x3`,
		"{name: ab, count: 99999999999999999999}": `count: expected a whole number of at least 1 ` +
			`and up to 9, found the number 99999999999999999999`,
		"{name: ab, share: .inf}":      `share: expected a number above 0 and below 1, found the number .inf`,
		"{name: ab, share: 1}":         `share: expected a number above 0 and below 1, found the number 1`,
		"{name: ab, mode: fasst}":      `mode: expected fast or slow, found "fasst"`,
		"{name: ab, on: 'true'}":       `on: expected true or false, found the text "true"`,
		"{name: ab, list: x}":          `list: expected a list, found "x"`,
		"{name: ab, list: [[]]}":       `list.0: expected text, found a list`,
		"{name: ab, inner: {code: A}}": `inner.code: expected text like abc, found "A"`,
		"{name: ab, inner: 3}":         `inner: expected a mapping with keys such as code, found the number 3`,
		"{name: ab, number: 3}":        `unknown key "number" in the top level`,
		"{name: ab, Skipped: 3}":       `unknown key "Skipped" in the top level`,
		"{name: ab, [x]: 3}":           `a key must be a single word`,
		"[name]":                       `expected a mapping with keys such as name, count, share, found a list`,
		"name: ab\n---\nname: b":       `not YAML: expected single document, found multiple`,
		"name: \x80":                   `not UTF-8 text`,
		"":                             `the file is empty`,
		"# only this\n":                `the file is empty`,
	} {
		_, errs := decode(t, text)
		if len(errs) != 1 || errs[0].Message != want {
			t.Errorf("%q: %v, want %q", text, errs, want)
		}
	}
}

func TestAliases(t *testing.T) {
	t.Parallel()
	got, errs := decode(t, `
inner: &a {code: abc}
maybe: *a
name: ab
`)
	if len(errs) > 0 || got.Maybe.Code != "abc" || got.Inner.Code != "abc" {
		t.Errorf("%+v %v", got, errs)
	}
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x]\n")
	for i := range 40 {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	_, errs = decode(t, bomb.String())
	if len(errs) != 1 || !strings.Contains(errs[0].Message, "by more than 100000 values through its aliases") {
		t.Errorf("a file that doubles forty times: %v", errs)
	}
}

// A long file is as good as a short one.
func TestLongFile(t *testing.T) {
	t.Parallel()
	text := []byte("list:\n" + strings.Repeat("  - {instance: a, words: [x, y]}\n", 100_000) + "last: &a 1\nagain: *a\n")
	n, errs := Parse(NewSource("long.yaml", text), text)
	if len(errs) > 0 || n == nil {
		t.Fatal(errs)
	}
	if items := n.Entries[0].Value.Items; len(items) != 100_000 || n.Entries[2].Value.Text != "1" {
		t.Errorf("%d items, %+v", len(items), n.Entries[2].Value)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"base_url: https://me:pw@host/":            "base_url: https://*****@host/",
		"api_key: sk-12345678":                     "api_key: ***********",
		`"password": "älter" # x`:                  `"password": ******* # x`,
		"api_key: ${KEY}":                          "api_key: ${KEY}",
		"x: sk-or-v1-0123456789 and hf_abcdefghij": "x: ******************* and *************",
		"tokens_per_minute: 5":                     "tokens_per_minute: 5",
		"api_key_env: LLM_API_KEY":                 "api_key_env: LLM_API_KEY",
		"email: a@b.example":                       "email: a@b.example",
	} {
		if got := mask(line); got != want {
			t.Errorf("mask(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500)
	src := NewSource("f", []byte("\tkey: v\r\n"+long+"bad"+long+"\néé: 日本: x"))
	for place, want := range map[Place]string{
		{Line: 1, Column: 2, Width: 3}:   "f:1:2: m\n   1 | \tkey: v\n     | \t^~~",
		{Line: 3, Column: 9, Width: 9}:   "f:3:9: m\n   3 | éé: 日本: x\n     |           ^",
		{Line: 9, Column: 1, Width: 1}:   "f:9:1: m",
		{Line: 0}:                        "f: m",
		{Line: 2, Column: 501, Width: 3}: "f:2:501: m\n   2 | " + long[:80] + "bad" + long[:77] + "\n     | " + strings.Repeat(" ", 80) + "^~~",
	} {
		place.Source = src
		if got := (&Error{Place: place, Message: "m"}).Error(); got != want {
			t.Errorf("%v:\n%s\nwant:\n%s", place, got, want)
		}
	}
	var one *Error
	if err := error(Errors{{Message: "m"}}); !errors.As(err, &one) || one.Message != "m" {
		t.Error("errors.As does not reach the single mistake")
	}
}

func TestNear(t *testing.T) {
	t.Parallel()
	keys := []string{"iterations", "cost_usd", "tokens", "wall", "model", "main"}
	for word, want := range map[string]string{
		"iteration": "iterations", "itertaions": "iterations", "Iterations": "iterations",
		"cost": "cost_usd", "token": "tokens", "walll": "wall", "modle": "model", "xyz": "",
		"mian": "main", "": "", "a": "", "models_of_mine": "model",
	} {
		if got := Near(word, keys); got != want {
			t.Errorf("Near(%q) = %q, want %q", word, got, want)
		}
	}
}
