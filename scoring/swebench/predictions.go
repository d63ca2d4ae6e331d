package swebench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Prediction is a patch to judge, as every tool around SWE-bench writes it.
type Prediction struct {
	InstanceID string  `json:"instance_id"`
	Model      string  `json:"model_name_or_path"`
	Patch      *string `json:"model_patch"` // nil or "": nothing to run
}

// Empty reports whether there is no patch to run.
func (p Prediction) Empty() bool { return p.Patch == nil || *p.Patch == "" }

// ReadPredictions reads a predictions file, whose suffix decides its form:
// .jsonl has one prediction per line; .json has a list of them, or an object of
// which only the values count. Of several predictions for one instance the
// last is kept, at the first one's place. Errors name the file and the line.
func ReadPredictions(path string) ([]Prediction, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read predictions: %w", err)
	}
	var all []Prediction
	switch ext := filepath.Ext(path); ext {
	case ".jsonl":
		all, err = predictionLines(data)
	case ".json":
		all, err = predictionDocument(data)
	default:
		return nil, fmt.Errorf("read predictions %s: suffix %q: want .json or .jsonl", path, ext)
	}
	if err != nil {
		return nil, fmt.Errorf("read predictions %s:%w", path, err)
	}
	at := make(map[string]int, len(all))
	out := all[:0]
	for _, p := range all {
		if i, ok := at[p.InstanceID]; ok {
			out[i] = p
			continue
		}
		at[p.InstanceID] = len(out)
		out = append(out, p)
	}
	return out, nil
}

// predictionLines reads one prediction per line; blank lines are passed over.
func predictionLines(data []byte) ([]Prediction, error) {
	var out []Prediction
	for n := 1; len(data) > 0; n++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		p, err := prediction(line)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", n, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// predictionDocument reads a list or an object of predictions.
func predictionDocument(data []byte) ([]Prediction, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	fail := func(at int64, err error) ([]Prediction, error) {
		return nil, fmt.Errorf("%d: %w", lineOf(data, at), err)
	}
	open, err := d.Token()
	if err != nil {
		return fail(errorOffset(d, err), endOfFile(err))
	}
	if open != json.Delim('[') && open != json.Delim('{') {
		return fail(0, errors.New("want a list of predictions or an object of them by instance id"))
	}
	var out []Prediction
	for d.More() {
		if open == json.Delim('{') {
			if _, err := d.Token(); err != nil {
				return fail(errorOffset(d, err), endOfFile(err))
			}
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fail(errorOffset(d, err), endOfFile(err))
		}
		p, err := prediction(raw)
		if err != nil {
			return fail(d.InputOffset()-int64(len(raw)), err)
		}
		out = append(out, p)
	}
	if _, err := d.Token(); err != nil {
		return fail(errorOffset(d, err), endOfFile(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fail(d.InputOffset(), errors.New("text after the predictions"))
	}
	return out, nil
}

// prediction reads one prediction. A null or missing patch is an empty one; the
// instance id must be given.
func prediction(raw []byte) (Prediction, error) {
	var p Prediction
	if raw = bytes.TrimSpace(raw); len(raw) > 0 && raw[0] != '{' {
		return p, errors.New("a prediction must be an object")
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, err
	}
	if p.InstanceID == "" {
		return p, errors.New("prediction without instance_id")
	}
	return p, nil
}

// errorOffset is where in the input a decoder failed.
func errorOffset(d *json.Decoder, err error) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return math.MaxInt64
	}
	return d.InputOffset()
}

func endOfFile(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("unexpected end of file")
	}
	return err
}

// lineOf is the line, from 1, that has the given offset.
func lineOf(data []byte, offset int64) int {
	offset = max(0, min(offset, int64(len(data))))
	return bytes.Count(data[:offset], []byte("\n")) + 1
}
