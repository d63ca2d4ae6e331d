package jsondiff_test

import (
	"strings"
	"testing"

	"bench/internal/jsondiff"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, now, want string }{
		{"equal", `{"a":[1,{"b":null}],"c":1.50}`, `{ "c": 1.50, "a": [1, {"b": null}] }`, ""},
		{"value", `{"a":{"b":1}}`, `{"a":{"b":2}}`, `a.b: was 1, is 2`},
		{"kind", `{"a":{"b":1}}`, `{"a":[1]}`, `a: was {"b":1}, is [1]`},
		{"fields", `{"a":1,"b":2}`, `{"b":2,"c":null}`, "a: was 1, is not there\nc: was not there, is null"},
		{"lists", `[1,2,3]`, `[1,4]`, "[1]: was 2, is 4\n[2]: was 3, is not there"},
		{"nested", `{"m":[{"t":"x"}]}`, `{"m":[{"t":"y"}]}`, `m[0].t: was "x", is "y"`},
		{"odd names", `{"a b":{"c":1}}`, `{"a b":{"c":2}}`, `["a b"].c: was 1, is 2`},
		{"root", `1`, `"1"`, `was 1, is "1"`},
		{"nothing", ``, `1`, `was not there, is 1`},
		{"large numbers", `12345678901234567890`, `12345678901234567891`,
			`was 12345678901234567890, is 12345678901234567891`},
		{"no marks of HTML", `"<a>"`, `"<b>"`, `was "<a>", is "<b>"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, err := jsondiff.Of([]byte(c.old), []byte(c.now))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, d := range found {
				lines = append(lines, d.String())
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestOfWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{", "1 2", "nul"} {
		if _, err := jsondiff.Of([]byte(text), []byte("1")); err == nil {
			t.Errorf("%q is taken", text)
		}
		if _, err := jsondiff.Of([]byte("1"), []byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Long texts are shown where they differ.
func TestShown(t *testing.T) {
	t.Parallel()
	same := strings.Repeat("ä ", 100)
	found, err := jsondiff.Of([]byte(`"`+same+`one`+same+`"`), []byte(`"`+same+`two`+same+`"`))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	was, is := found[0].Shown(12)
	if !strings.Contains(was, "one") {
		t.Errorf("was %s", was)
	}
	if !strings.Contains(is, "two") || len([]rune(was)) > 20 {
		t.Errorf("was %s, is %s", was, is)
	}
	found, err = jsondiff.Of([]byte(`"ab"`), []byte(`"abc"`))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if got := found[0].String(); got != `was "ab", is "abc"` {
		t.Error(got)
	}
}
