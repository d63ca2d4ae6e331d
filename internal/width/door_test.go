package width_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bench/internal/width"
)

func TestDoor(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                "",
		"plain\ttext\nof two lines\n":     "plain\ttext\nof two lines\n",
		"DOS\r\nlines\r\n":                "DOS\r\nlines\r\n",
		"over\rwritten":                   `over\u000dwritten`,
		"last\r":                          `last\u000d`,
		"\x1b[2J\x1b]0;title\a":           `\u001b[2J\u001b]0;title\u0007`,
		"\u009b2J\u009d0;x\u009c":         `\u009b2J\u009d0;x\u009c`,
		"\x9b2J":                          "\ufffd2J",
		"user\u202e\u2066gnp.exe\u2069":   `user\u202e\u2066gnp.exe\u2069`,
		"\u200e\u200f\u061c\u2028\u2029":  `\u200e\u200f\u061c\u2028\u2029`,
		"\b\x7f\x00":                      `\u0008\u007f\u0000`,
		"naïve 中文 👩‍💻 é … ─":              "naïve 中文 👩‍💻 é … ─",
		"cut \xe4\xb8":                    "cut \ufffd\ufffd",
		"\xff\xfe":                        "\ufffd\ufffd",
		"a real U+FFFD \ufffd and \ufffe": "a real U+FFFD \ufffd and \ufffe",
	} {
		for size := 1; size <= len(in)+1; size++ { // as buffers cut it
			var out strings.Builder
			d := width.NewDoor(&out)
			for rest := in; rest != ""; {
				n := min(size, len(rest))
				if wrote, err := d.Write([]byte(rest[:n])); wrote != n || err != nil {
					t.Fatalf("wrote %d of %d, %v", wrote, n, err)
				}
				rest = rest[n:]
			}
			if err := d.Flush(); err != nil {
				t.Fatal(err)
			}
			if out.String() != want {
				t.Fatalf("%q in pieces of %d: got %q, want %q", in, size, out.String(), want)
			}
		}
	}
}

// JSON that passes the door says the same.
func TestDoorLeavesJSON(t *testing.T) {
	t.Parallel()
	const text = "\x1b[2J \u009b \u202e \x7f \u2066 \r\n"
	document, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	d := width.NewDoor(&out)
	if _, err := d.Write(document); err != nil {
		t.Fatal(err)
	}
	var after string
	if err := json.Unmarshal([]byte(out.String()), &after); err != nil || after != text {
		t.Errorf("got %q, %v", after, err)
	}
}

func TestCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "m": "m", "=HYPERLINK(1)": "'=HYPERLINK(1)", "@SUM(1)": "'@SUM(1)", "+1": "'+1",
		"-x": "'-x", "\t=1": "'\t=1", "a=1": "a=1",
	} {
		if got := width.Cell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
