package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// quotedArguments is how much of arguments that cannot be read is shown to the
// model, in characters: they do not stay in the conversation.
const quotedArguments = 300

// objectArguments returns the JSON object that arguments are or, without a
// doubt, were meant to be: none at all is the empty object, and an object may
// stand in a code fence, in a JSON string, or before special tokens. Whatever
// else is wrong is said to the model; what is broken is never mended.
func objectArguments(arguments string) (string, error) {
	text := arguments
	if isObject(text) {
		return text, nil
	}
	for range 4 { // a wrapping may stand in another
		text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
		switch {
		case text == "" || text == "null":
			return "{}", nil
		case isObject(text):
			return text, nil
		}
		inner, ok := unwrapped(text)
		if !ok {
			break
		}
		text = inner
	}
	return "", fmt.Errorf("the arguments are not a JSON object: %s; they were:\n%s",
		notObject(text), quoted(arguments))
}

func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text))
}

var (
	fence = regexp.MustCompile("(?s)^```[a-zA-Z]*\\s*\n?(.*?)\\s*```$")
	// tail is special tokens after the arguments, as <|call|> of the harmony
	// format, <｜tool▁call▁end｜> of DeepSeek's and </tool_call> of Qwen's.
	tail = regexp.MustCompile(`(?s)(?:\s*(?:<[|｜][^<>]{1,40}[|｜]>|</[a-z_]{1,20}>))+$`)
)

// unwrapped takes one wrapping off.
func unwrapped(text string) (string, bool) {
	if m := fence.FindStringSubmatch(text); m != nil {
		return m[1], true
	}
	if at := tail.FindStringIndex(text); at != nil && at[0] > 0 {
		return text[:at[0]], true
	}
	var inner string
	return inner, text[0] == '"' && json.Unmarshal([]byte(text), &inner) == nil
}

// notObject says why a text is no JSON object.
func notObject(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	var v any
	err := d.Decode(&v)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "they end too early"
	case err != nil:
		return err.Error()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "there is more after the first value"
	}
	return "they are " + kindOf(v)
}

func kindOf(v any) string {
	switch v.(type) {
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}

func quoted(arguments string) string {
	text, _ := Clip(arguments, quotedArguments, func(characters int) string {
		return fmt.Sprintf("\n[%d characters are left out here]\n", characters)
	})
	return text
}
