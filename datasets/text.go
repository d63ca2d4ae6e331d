package datasets

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxLine is how long a line of a .jsonl file may be.
const maxLine = 64 << 20

// textReader is the decompressed content of a file.
type textReader = *bufio.Reader

// withText opens a file, decompresses it and closes it again.
func withText(path string, do func(textReader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("load dataset: %w", err)
	}
	defer f.Close()
	r, done, err := decompress(f, path)
	if err != nil {
		return fmt.Errorf("load dataset %s: %w", path, err)
	}
	defer done()
	return do(bufio.NewReaderSize(r, 1<<16))
}

// decompress reads r as the name of its file says. done releases the reader.
func decompress(r io.Reader, path string) (out io.Reader, done func(), err error) {
	switch _, compression := formatOf(path); compression {
	case ".gz":
		z, err := gzip.NewReader(r)
		return z, func() {}, err
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(1<<28))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return r, func() {}, nil
}

// readLines reads JSON lines. Empty lines are skipped.
func readLines(ctx context.Context, path string, r textReader, c *collector) error {
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := readLine(r)
		where := fmt.Sprintf("%s:%d", path, n)
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			c.fail(where, "unreadable: %v", err)
			return nil
		}
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			c.json(where, trimmed, "")
		}
		if end {
			return nil
		}
	}
}

var errLongLine = fmt.Errorf("the line is longer than %d MiB", maxLine>>20)

// readLine returns the next line, and io.EOF with the last one.
func readLine(r textReader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, errLongLine
		case !errors.Is(err, bufio.ErrBufferFull):
			return line, err
		}
	}
}

// readJSON reads a list of rows, or an object of rows by instance id.
func readJSON(ctx context.Context, path string, r textReader, c *collector) error {
	if start, _ := r.Peek(len(byteOrderMark)); string(start) == byteOrderMark {
		c.fail(path, "%s", noByteOrderMark)
		return nil
	}
	d := json.NewDecoder(r)
	token, err := d.Token()
	delim, _ := token.(json.Delim)
	if err != nil || delim != '[' && delim != '{' {
		c.fail(path, "expected a list of rows, or an object of rows by instance id%s", because(err))
		return nil
	}
	for n := 1; d.More(); n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		where, id := fmt.Sprintf("%s: row %d", path, n), ""
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				c.fail(where, "unreadable: %v", err)
				return nil
			}
			id, _ = key.(string)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			rest, _ := io.ReadAll(d.Buffered())
			e := misread(where, rest, noEOF(err))
			c.errs.Add(&e)
			return nil
		}
		if delim == '{' && id == "instance_id" && raw[0] == '"' {
			c.fail(path, "expected a list of rows, found a single row: name the file .jsonl")
			return nil
		}
		c.json(where, raw, id)
	}
	if _, err := d.Token(); err != nil {
		c.fail(path, "unreadable: %v", noEOF(err))
		return nil
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		c.fail(path, "more follows the rows; a file with one row per line is named .jsonl")
	}
	return nil
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + noEOF(err).Error()
}

// noEOF says what the end of a file means in the middle of a row.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut off")
	}
	return err
}

// json takes a row as JSON. id is the key it stands under, if it does.
func (c *collector) json(where string, raw []byte, id string) {
	var fields map[string]json.RawMessage
	if err := readObject(where, raw, &fields); err != nil {
		if err.Instance = cmp.Or(id, likelyID(raw)); !IsID(err.Instance) {
			err.Instance = ""
		}
		c.spoiled(err)
		return
	}
	c.row(row{where: where, cell: func(column string) cell {
		v := jsonCell(field(fields, column))
		if column != "instance_id" || id == "" {
			return v
		}
		if v.kind == absent {
			return cell{kind: text, text: id}
		}
		if v.text != id {
			return cell{kind: other, what: fmt.Sprintf("%s under the key %s", v.found(), quoted(id))}
		}
		return v
	}})
}

// field returns the value that a column leads to, from object to object by the
// dots in its name. Some files have such objects as JSON in a text.
func field(fields map[string]json.RawMessage, column string) json.RawMessage {
	head, rest, nested := strings.Cut(column, ".")
	raw := fields[head]
	if !nested || len(raw) == 0 {
		return raw
	}
	var packed string
	if raw[0] == '"' && json.Unmarshal(raw, &packed) == nil {
		raw = json.RawMessage(packed)
	}
	var inner map[string]json.RawMessage
	if json.Unmarshal(raw, &inner) != nil {
		return nil
	}
	return field(inner, rest)
}

func jsonCell(raw json.RawMessage) cell {
	if len(raw) == 0 || string(raw) == "null" {
		return cell{}
	}
	v := cell{kind: other, raw: raw}
	if raw[0] == '"' && json.Unmarshal(raw, &v.text) == nil {
		v.kind = text
		return v
	}
	v.what = describeJSON(raw)
	switch raw[0] {
	case '[':
		v.list = listOfTexts(raw, &v)
	case '{':
		var keys map[string]json.RawMessage
		if json.Unmarshal(raw, &keys) == nil {
			v.kind, v.list = object, slices.Sorted(maps.Keys(keys))
		}
	default:
		if wholeRE.Match(raw) {
			v.kind, v.text = number, string(raw)
		}
	}
	return v
}

var wholeRE = regexp.MustCompile(`^-?[0-9]+$`)

// listOfTexts reads a list; null is no text.
func listOfTexts(raw []byte, v *cell) []string {
	var texts []string
	if json.Unmarshal(raw, &texts) != nil || slices.Contains(texts, "") && holdsNull(raw) {
		v.what = "a list with something else than texts"
		return nil
	}
	v.kind = list
	return texts
}

// holdsNull reports whether a list of texts, where null reads like an empty one,
// has a null.
func holdsNull(raw []byte) bool {
	var items []*string
	return json.Unmarshal(raw, &items) != nil || slices.Contains(items, nil)
}

// describeJSON says what a JSON value is, for messages.
func describeJSON(raw []byte) string {
	switch raw[0] {
	case '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return "a text"
		}
		return quoted(s)
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return string(raw)
	case 'n':
		return "null"
	}
	return "the number " + string(raw)
}
