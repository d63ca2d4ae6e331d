package wire

import (
	"encoding/json"
	"testing"
)

func TestOutline(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"model":"m", "n": 1}`:      "",
		`{"model":"m","model":"x"}`:  "the field model is given twice",
		`{"mod\u0065l":"m"}`:         `the field mod\u0065l is written with an escape`,
		`[]`:                         "the body is no JSON object",
		`{"a":{"b":1,"b":2},"c":[]}`: "",
	} {
		o, err := OutlineOf([]byte(body))
		if got := errorText(err); got != want || want == "" && len(o) != 2 {
			t.Errorf("%s: %v, %q, want %q", body, o, got, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSetField(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`{"model":"a","b":1}`, `"c"`, `{"model":"c","b":1}`},
		{"{ \"b\" : [ 1 ] ,\n\"model\" : \"a\" }", `"c"`, "{ \"b\" : [ 1 ] ,\n\"model\" : \"c\" }"},
		{`{"b":{"model":"a"}}`, `7`, `{"model":7,"b":{"model":"a"}}`},
		{` { }`, `7`, ` {"model":7 }`},
	} {
		in := []byte(c[0])
		if got := string(SetField(in, "model", []byte(c[1]))); got != c[2] || string(in) != c[0] {
			t.Errorf("%s: got %s, want %s", c[0], got, c[2])
		}
	}
	long := append(make([]byte, 0, 100), `{"x":1}`...)
	if got := string(SetField(long, "x", []byte("22"))); got != `{"x":22}` {
		t.Errorf("with room behind: %s", got)
	}
}

func TestStrip(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[{"a":1,"mark":{"b":2}},{"mark":1},7]`:         `[{"a":1},{},7]`,
		`{"mark":1,"a":[{"c":"x, \"mark\"","mark":0}]}`: `{"a":[{"c":"x, \"mark\""}]}`,
		`"mark"`:    `"mark"`,
		`{"a" : 1}`: `{"a" : 1}`,
		`{"mark":`:  `{"mark":`,
	} {
		if got := string(Strip([]byte(in), "mark")); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func FuzzEdit(f *testing.F) {
	f.Add(`{"a":1,"mark":[{"b":"\"c"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return
		}
		if got := Strip([]byte(body), "mark"); !json.Valid(got) {
			t.Errorf("%q became %q", body, got)
		}
		if _, err := OutlineOf([]byte(body)); err != nil {
			return
		}
		edited := SetField([]byte(body), "a", []byte(`"new"`))
		var back map[string]any
		if err := json.Unmarshal(edited, &back); err != nil || back["a"] != "new" {
			t.Errorf("%q became %q: %v", body, edited, err)
		}
	})
}
