package wire

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzAppendText: what is taken is what encoding/json makes of it.
func FuzzAppendText(f *testing.F) {
	for _, s := range []string{
		"", "plain ä", `\n\t\"\\\/\b\f\r`, `\u00e4\u20AC`, `\ud83d\ude00`, `\ud83d`, `\ud83dx`, `\ud83d\u0041`,
		`\ude00\ud83d`, `\x`, `\u12`, `\u+123`, `\`, `"`, `a"b`, `\u_123`, "\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := AppendText([]byte("> "), []byte(text))
		var want string
		valid := json.Unmarshal([]byte(`"`+text+`"`), &want) == nil
		if valid && !ok {
			t.Errorf("%q was not taken", text)
		}
		// Control characters and bytes that are no UTF-8 pass as they are.
		if valid && utf8.ValidString(text) && string(got) != "> "+want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if ok && !valid && json.Valid([]byte(`"`+text+`"`)) {
			t.Errorf("%q was taken", text)
		}
	})
}
