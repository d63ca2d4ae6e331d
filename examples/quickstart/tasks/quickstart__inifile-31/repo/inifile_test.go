package inifile

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = `name = demo
; a comment
[server]
listen = :8080            ; after a value
motd   = "say \"hi\"\n"   # quoted
hosts  = alpha, \
         beta
Timeout = 1m30s

[ empty ]
`

func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParseSample(t *testing.T) {
	f := parse(t, sample)
	if got := f.Sections(); !slices.Equal(got, []string{"", "server", "empty"}) {
		t.Errorf("sections %q", got)
	}
	s := f.Section("server")
	for key, want := range map[string]string{
		"listen": ":8080", "motd": "say \"hi\"\n", "HOSTS": "alpha, beta",
	} {
		if got := s.String(key, "?"); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if got := s.Keys(); !slices.Equal(got, []string{"listen", "motd", "hosts", "Timeout"}) {
		t.Errorf("keys %q", got)
	}
}

func TestTypedValues(t *testing.T) {
	s := parse(t, "n = 12\nyes = On\nwait = 2s\nbad = x\n").Section("")
	if n, err := s.Int("n", 0); n != 12 || err != nil {
		t.Errorf("n = %d, %v", n, err)
	}
	if b, err := s.Bool("yes", false); !b || err != nil {
		t.Errorf("yes = %t, %v", b, err)
	}
	if d, err := s.Duration("wait", 0); d != 2*time.Second || err != nil {
		t.Errorf("wait = %s, %v", d, err)
	}
	if _, err := s.Int("bad", 0); err == nil {
		t.Error("bad is not a number, yet no error")
	}
	if n, err := s.Int("missing", 7); n != 7 || err != nil {
		t.Errorf("missing = %d, %v", n, err)
	}
}

func TestSyntaxErrors(t *testing.T) {
	for text, line := range map[string]int{
		"a = 1\nnonsense\n": 2, "[open\n": 1, "= 1\n": 1,
		"a = \"open\n": 1, "a = \"x\" y\n": 1, "a = \"\\q\"\n": 1, "a = 1 \\": 1,
	} {
		_, err := Parse(strings.NewReader(text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != line {
			t.Errorf("Parse(%q): %v, want line %d", text, err, line)
		}
	}
}

func TestSaveAndParse(t *testing.T) {
	f := New()
	f.Section("").Set("name", "demo")
	for key, value := range map[string]string{
		"blank": " x ", "quoted": `"x"`, "lines": "a\nb", "slash": `C:\`, "tab": "a\tb", "none": "",
	} {
		f.Section("values").Set(key, value)
	}
	var out strings.Builder
	if err := f.Save(&out); err != nil {
		t.Fatal(err)
	}
	again := parse(t, out.String())
	for _, name := range f.Sections() {
		for _, key := range f.Section(name).Keys() {
			want, _ := f.Section(name).Get(key)
			if got, ok := again.Section(name).Get(key); !ok || got != want {
				t.Errorf("[%s] %s = %q, %t, want %q", name, key, got, ok, want)
			}
		}
	}
}
