package bench_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bench"
)

const longKey = "sk-or-v1-0123456789abcdefghijklmnopqrstuvwxyz"

func TestRedactorText(t *testing.T) {
	t.Parallel()
	odd := `k"ey\with/odd<signs>`
	r := bench.NewRedactor(12, longKey, odd, "EMPTY", "")
	quoted, err := json.Marshal(odd)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(string(quoted))
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"": "", "no key": "no key",
		"the stand-in EMPTY stays":                      "the stand-in EMPTY stays",
		"a " + longKey + " b":                           "a [API key] b",
		longKey + longKey:                               "[API key][API key]",
		"cut after " + longKey[:30]:                     "cut after [API key]",
		longKey[9:] + " is its end":                     "[API key] is its end",
		longKey[:30] + "… " + longKey[8:]:               "[API key]… [API key]",
		"sk-or-v1- is how they begin":                   "sk-or-v1- is how they begin",
		"raw " + odd:                                    "raw [API key]",
		string(quoted):                                  `"[API key]"`,
		string(twice):                                   `"\"[API key]\""`,
		"https://h/?k=k%22ey%5Cwith%2Fodd%3Csigns%3E&a": "https://h/?k=[API key]&a",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for before := range 4 { // base64 is of three bytes at a time
		for after := range 4 {
			whole := strings.Repeat("a", before) + longKey + strings.Repeat("z", after)
			for _, in := range []string{
				base64.StdEncoding.EncodeToString([]byte(whole)), hex.EncodeToString([]byte(whole)),
				base64.URLEncoding.EncodeToString([]byte(whole)), fmt.Sprintf("%X", whole),
			} {
				if got := r.Text(in); !strings.Contains(got, "[API key]") || len(got) > 30 {
					t.Errorf("%q: got %q", in, got)
				}
			}
		}
	}
	if got := (*bench.Redactor)(nil).Text(longKey); got != longKey {
		t.Errorf("nobody's redactor: %q", got)
	}
}

// FuzzRedactor holds that no key is left, whatever stands around it.
func FuzzRedactor(f *testing.F) {
	f.Add("a", "b", longKey)
	f.Add(longKey[:20], longKey[10:], longKey)
	f.Add("", "ab", "abababababababababababababab")
	f.Fuzz(func(t *testing.T, before, after, key string) {
		if len(key) < 12 || strings.Contains(bench.Redacted, key) {
			t.Skip()
		}
		text := bench.NewRedactor(12, key).Text(before + key + after)
		if strings.Contains(strings.ReplaceAll(text, bench.Redacted, "\x00"), key) {
			t.Errorf("%q is in %q", key, text)
		}
	})
}

func TestRedactorEvent(t *testing.T) {
	t.Parallel()
	r := bench.NewRedactor(12, longKey)
	clean, said := bench.Body("clean"), bench.Body("it is "+longKey)
	call := bench.LLMCall{
		CallID: "c1", RequestID: longKey, Error: "no " + longKey,
		Messages: []bench.MessageRef{
			{Index: 0, Role: "user", Body: clean.Hash()}, {Index: 1, Role: "assistant", Body: said.Hash()},
		},
		Lost: []bench.BodyHash{said.Hash()},
	}
	e := bench.Event{RunID: "r", Payload: call, Bodies: []bench.Body{clean, said}}
	got, had := r.Event(e)
	if !had {
		t.Fatal("no key was found")
	}
	left := bench.Body("it is [API key]")
	want := call
	want.RequestID, want.Error = "[API key]", "no [API key]"
	want.Messages = []bench.MessageRef{call.Messages[0], {Index: 1, Role: "assistant", Body: left.Hash()}}
	want.Lost = []bench.BodyHash{left.Hash()}
	if !reflect.DeepEqual(got.Payload, bench.Payload(want)) ||
		!reflect.DeepEqual(got.Bodies, []bench.Body{clean, left}) {
		t.Errorf("got %+v, %s", got.Payload, got.Bodies)
	}
	if call.Messages[1].Body != said.Hash() || string(e.Bodies[1]) != string(said) {
		t.Error("what was handed over has changed")
	}
	// Later events name the body without bringing it along.
	got, had = r.Event(bench.Event{Payload: bench.AgentEnded{Message: said.Hash()}})
	if p, ok := got.Payload.(bench.AgentEnded); !had || !ok || p.Message != left.Hash() {
		t.Errorf("got %+v", got.Payload)
	}
	if got, had = r.Event(bench.Event{Payload: bench.Notice{Text: "nothing"}}); had {
		t.Errorf("a key in %+v", got)
	}
}

// Every payload with a key in each of its texts has none afterwards, and is the same
// otherwise.
func TestRedactorKnowsAllPayloads(t *testing.T) {
	t.Parallel()
	r := bench.NewRedactor(12, longKey)
	for _, p := range bench.Payloads {
		v := reflect.New(reflect.TypeOf(p)).Elem()
		n := fillKeys(t, v, p.Type())
		full, ok := v.Interface().(bench.Payload)
		if !ok {
			t.Fatal(v.Type())
		}
		got, had := r.Event(bench.Event{Payload: full})
		if had != (n > 0) {
			t.Errorf("%s: %d keys, found %t", p.Type(), n, had)
		}
		before, err := json.Marshal(full)
		if err != nil {
			t.Fatal(err)
		}
		after, err := json.Marshal(got.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(string(before), longKey, bench.Redacted); string(after) != want {
			t.Errorf("%s: got %s\nwant %s", p.Type(), after, want)
		}
	}
}

// fillKeys puts a key into every text of a value, and says how many there are.
func fillKeys(t *testing.T, v reflect.Value, where bench.EventType) (n int) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[bench.BodyHash]() {
			return 0
		}
		v.SetString(longKey)
		return 1
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fillKeys(t, v.Elem(), where)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte(`"` + longKey + `"`))
			return 1
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		return fillKeys(t, v.Index(0), where) + fillKeys(t, v.Index(1), where)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += fillKeys(t, v.Field(i), where)
			}
		}
		return n
	case reflect.Map, reflect.Interface, reflect.Array:
		t.Errorf("%s has a %s, into which the redactor does not look", where, v.Type())
	default:
	}
	return 0
}

func TestRedactorBegun(t *testing.T) {
	t.Parallel()
	r := bench.NewRedactor(4, "abcabd/e")
	for text, want := range map[string]int{
		"": 0, "x": 0, "xa": 1, "xabcab": 5, "abcabc": 3, "abcabd/": 7, "abcabd/e": 0, `abcabd\`: 7,
		"abcabd%2": 8, "abca\n": 0,
	} {
		if got := r.Begun(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := (*bench.Redactor)(nil).Begun("abc"); got != 0 {
		t.Errorf("nobody's redactor: %d", got)
	}
}

// Parts of a text give away no key, wherever it is parted, also if keys begin as others end.
func TestRedactorInParts(t *testing.T) {
	t.Parallel()
	r := bench.NewRedactor(4, "canary-password", "dXNlcg==", "==end-of", longKey)
	const text = "a canary-password, dXNlcg==, canary-passwordXNlcg==end-of, " + longKey + "."
	want := r.Text(text)
	for _, key := range []string{"canary-passwor", "dXNlcg", "end-of", longKey[:12]} {
		if strings.Contains(want, key) {
			t.Fatalf("%s in %s", key, want)
		}
	}
	for size := 1; size <= len(text); size++ {
		var got, held string
		for part := range slices.Chunk([]byte(text), size) {
			held += string(part)
			whole := len(held) - r.Begun(held)
			got, held = got+r.Text(held[:whole]), held[whole:]
		}
		if got += r.Text(held); got != want {
			t.Errorf("parts of %d: got %q, want %q", size, got, want)
		}
	}
}
