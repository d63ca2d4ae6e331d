package scripted

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// bodyOf is a first request in the form of a protocol.
func bodyOf(d *dialect, text string, stream bool) string {
	head := fmt.Sprintf(`{"model":"m","stream":%t,`, stream)
	switch d {
	case messages:
		return head + fmt.Sprintf(`"max_tokens":100,"messages":[{"role":"user","content":%q}]}`, text)
	case gemini:
		return fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"text":%q}]}]}`, text)
	case responses:
		return head + fmt.Sprintf(`"include":["reasoning.encrypted_content"],"input":%q}`, text)
	}
	return head + fmt.Sprintf(`"stream_options":{"include_usage":true},"messages":[{"role":"user","content":%q}]}`,
		text)
}

// pathOf is where requests in the form of a protocol go.
func pathOf(d *dialect, stream bool) string {
	switch {
	case d != gemini:
		return d.path
	case stream:
		return "/v1beta/models/m:streamGenerateContent?alt=sse"
	}
	return "/v1beta/models/m:generateContent"
}

// exchange sends a body and returns the answer, with its status and type.
func exchange(t *testing.T, url, body string) string {
	t.Helper()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	head := resp.Status + ", " + resp.Header.Get("Content-Type")
	for _, name := range []string{"X-Provider", "Retry-After-Ms"} {
		if v := resp.Header.Get(name); v != "" {
			head += ", " + name + ": " + v
		}
	}
	return head + "\n" + string(b)
}

var (
	createdAt = regexp.MustCompile(`"created(_at)?":\d+`)
	lastWords = regexp.MustCompile(`last: \^(.*?)\$`)
)

// What goes over the wire, for every rule of the script, whole and streamed, is
// in the golden files: one for each protocol.
func TestWire(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("testdata/wire/script.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			server, url := start(t, string(script))
			var got bytes.Buffer
			for _, stream := range []bool{false, true} {
				for _, m := range lastWords.FindAllSubmatch(script, -1) {
					answer := exchange(t, url+pathOf(d, stream), bodyOf(d, string(m[1]), stream))
					answer = createdAt.ReplaceAllString(strings.TrimSpace(answer), `"created$1":0`)
					fmt.Fprintf(&got, "== %s, stream %t: %s\n\n", m[1], stream, answer)
				}
			}
			golden(t, "testdata/wire/"+d.name+".golden", got.Bytes())
			if l := server.Ledger(); l.Calls != 30 || l.Faults["error"] != 4 || l.Faults["end"] != 2 {
				t.Errorf("ledger %+v", l)
			}
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(want, []byte("\n"))
	for i, line := range bytes.Split(got, []byte("\n")) {
		if i >= len(lines) || !bytes.Equal(line, lines[i]) {
			t.Fatalf("%s, line %d differs (-update writes it anew):\n%s", path, i+1, line)
		}
	}
	if len(got) < len(want) {
		t.Errorf("%s has more (-update writes it anew)", path)
	}
}
