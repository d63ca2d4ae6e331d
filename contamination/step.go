package contamination

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// Step is a tool call with its answer.
type Step struct {
	Agent  string
	Turn   int
	Call   string // id
	Tool   string
	Inputs []string // every text among its arguments
	Shell  bool     // the first of them is a command line
	Output string
	Failed *bool // it ended with another exit code than 0; nil if that is not known
}

// failed reports whether the step is known to have failed.
func (s Step) failed() bool { return s.Failed != nil && *s.Failed }

// Take fills in what a model sent as arguments. A command without a path is a command
// line; editors take both.
func (s Step) Take(arguments string) Step {
	args := map[string]json.RawMessage{}
	if json.Unmarshal([]byte(arguments), &args) != nil {
		s.Inputs = []string{arguments}
		return s
	}
	for _, key := range []string{"command", "cmd", "script", "keystrokes"} {
		if line := lineIn(args[key]); line != "" && args["path"] == nil && args["file_path"] == nil {
			s.Shell, s.Inputs = true, append(s.Inputs, line)
			break
		}
	}
	s.Inputs = append(s.Inputs, texts([]byte(arguments))...)
	return s
}

// lineIn is a command line: a text, or the words of a command, which a program gives to
// a shell as a rule.
func lineIn(raw json.RawMessage) string {
	var line string
	if json.Unmarshal(raw, &line) == nil {
		return line
	}
	var words []string
	if json.Unmarshal(raw, &words) != nil || len(words) == 0 {
		return ""
	}
	if len(words) == 3 && isShell(words[0]) && runsText(words[1]) {
		return words[2]
	}
	return strings.Join(words, " ")
}

// texts are the strings in a document, but for the names of fields.
func texts(doc []byte) (out []string) {
	d := json.NewDecoder(bytes.NewReader(doc))
	type level struct{ object, key bool }
	var open []level
	for {
		t, err := d.Token()
		if err != nil || err == io.EOF {
			return out
		}
		top := len(open) - 1
		if delim, ok := t.(json.Delim); ok && (delim == ']' || delim == '}') {
			open = open[:top]
			continue
		}
		if top >= 0 && open[top].object {
			if open[top].key = !open[top].key; open[top].key {
				continue // the name of a field
			}
		}
		switch v := t.(type) {
		case json.Delim:
			open = append(open, level{object: v == '{'})
		case string:
			out = append(out, v)
		}
	}
}
