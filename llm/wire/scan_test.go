package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`{}`, ""},
		{` { "a" : 1 , "b":"x\"}" , "c":{"d":[1,{"e":"]"}]},"f":[] } `,
			`a=1 b="x\"}" c={"d":[1,{"e":"]"}]} f=[]`},
		{`{"a":null,"a":true} and more`, "a=null a=true"},
		{`{"a":"\\"}`, `a="\\"`},
		{`{"a":1`, "a=1 false"},
		{`{"a":"x}`, "false"},
		{`{"a" 1}`, "false"},
		{`{"a":}`, "false"},
		{`{a:1}`, "false"},
		{`{"a":1 "b":2}`, "a=1 false"},
		{`[1]`, "false"},
		{``, "false"},
	} {
		var got []string
		if !Fields([]byte(c.text), func(name, value []byte) {
			got = append(got, fmt.Sprintf("%s=%s", name, value))
		}) {
			got = append(got, "false")
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.text, s, c.want)
		}
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{`[]`, ""},
		{"[ 1,\n\"a,]\" , {} ,[2]]x", `1 "a,]" {} [2]`},
		{`[1`, "1 false"},
		{`[1,`, "1 false"},
		{`[1 2]`, "1 false"},
		{`{}`, "false"},
	} {
		var got []string
		if !Elements([]byte(c.text), func(value []byte) { got = append(got, string(value)) }) {
			got = append(got, "false")
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.text, s, c.want)
		}
	}
}

// FuzzFields: it ends whatever comes, and agrees with encoding/json on what is JSON.
func FuzzFields(f *testing.F) {
	f.Add([]byte(`{"a":"\\\"","b":[{}, null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := map[string]json.RawMessage{}
		ok := Fields(text, func(name, value []byte) {
			var s string
			if json.Unmarshal([]byte(`"`+string(name)+`"`), &s) == nil {
				got[s] = value
			}
		})
		var want map[string]json.RawMessage
		if json.Unmarshal(text, &want) != nil || want == nil {
			return
		}
		if !ok || len(got) != len(want) {
			t.Fatalf("%v %s, want %s", ok, got, want)
		}
		for name, value := range want {
			if string(got[name]) != string(value) {
				t.Fatalf("%q: %s, want %s", name, got[name], value)
			}
		}
	})
}
