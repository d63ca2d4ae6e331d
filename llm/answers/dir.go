package answers

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"bench"
	"bench/llm"
)

// Dir is a directory of answers. Several processes may use it at once: an entry appears
// whole, and is never changed. It is safe for concurrent use.
type Dir struct {
	path string
	keys *bench.Redactor
	warn func(string)

	mu     sync.Mutex
	warned map[string]bool // kinds of trouble that were told of
}

// unfinished is the beginning of the names of files that are being written.
const unfinished = ".unfinished-"

// Open returns the directory at path, which is made if it is missing. What has one of the
// keys in it is not kept. Warn is told, once for each kind of trouble, why answers are not
// used or not kept: that is no reason for a run to end.
func Open(path string, keys *bench.Redactor, warn func(string)) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the directory of answers: %w", err)
	}
	d := &Dir{path: path, keys: keys, warn: warn, warned: map[string]bool{}}
	d.tidy()
	return d, nil
}

// tidy removes what processes that died had begun to write.
func (d *Dir) tidy() {
	const dead = time.Hour // nobody writes an answer for so long
	left, _ := filepath.Glob(filepath.Join(d.path, unfinished+"*"))
	for _, file := range left {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > dead {
			_ = os.Remove(file) // the next one will try again
		}
	}
}

// entry is an answer as it is kept: a line with the hash of the JSON that follows.
type entry struct {
	Asked         string          `json:"asked"` // its own name
	Made          time.Time       `json:"made"`
	Bound         int64           `json:"max_output_tokens"`
	Message       string          `json:"message"`
	Original      string          `json:"original,omitempty"`
	Finish        llm.Finish      `json:"finish"`
	FinishReason  string          `json:"finish_reason,omitempty"`
	Usage         bench.Usage     `json:"usage"`
	ReportedCost  *bench.USD      `json:"reported_cost,omitempty"`
	ServedModel   string          `json:"served_model,omitempty"`
	RequestID     string          `json:"request_id,omitempty"`
	UnknownUsage  int             `json:"unknown_usage,omitempty"`
	Unreported    []bench.Attempt `json:"unreported,omitempty"`
	CacheUnclear  bool            `json:"cache_unclear,omitempty"`
	EffortLeftOut bool            `json:"effort_left_out,omitempty"`
	Attempts      []bench.Attempt `json:"attempts"`
}

// file is where an entry lies.
func (d *Dir) file(name string) string { return filepath.Join(d.path, name[:2], name) }

// read returns the answer of that name, if there is a sound one, and the bound that its
// output had.
func (d *Dir) read(name string) (resp llm.Response, bound int64, ok bool) {
	text, err := os.ReadFile(d.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return resp, 0, false
	}
	if err == nil {
		resp, bound, err = decode(name, text)
	}
	if err != nil {
		d.trouble("read", fmt.Errorf("%s is not used: %w", d.file(name), err))
		return llm.Response{}, 0, false
	}
	return resp, bound, true
}

// decode reads an entry that is whole and its own.
func decode(name string, text []byte) (resp llm.Response, bound int64, err error) {
	sum, body, _ := bytes.Cut(text, []byte("\n"))
	if got := sha256.Sum256(body); hex.EncodeToString(got[:]) != string(sum) {
		return resp, 0, errors.New("it is damaged")
	}
	var e entry
	if err := json.Unmarshal(body, &e); err != nil {
		return resp, 0, err
	}
	if e.Asked != name {
		return resp, 0, errors.New("it answers another request")
	}
	resp = llm.Response{
		Source: bench.SourceCache, Finish: e.Finish, FinishReason: e.FinishReason, Usage: e.Usage,
		ReportedCost: e.ReportedCost, ServedModel: e.ServedModel, RequestID: e.RequestID,
		UnknownUsage: e.UnknownUsage, Unreported: e.Unreported, CacheUnclear: e.CacheUnclear,
		EffortLeftOut: e.EffortLeftOut, Attempts: e.Attempts, Original: []byte(e.Original),
	}
	resp.Message, err = llm.ParseMessage([]byte(e.Message))
	return resp, e.Bound, err
}

// encode is the inverse of decode.
func encode(name string, bound int64, resp llm.Response) ([]byte, error) {
	if !utf8.Valid(resp.Message.JSON) || !utf8.Valid(resp.Original) {
		return nil, errors.New("it is no UTF-8 text")
	}
	body, err := json.Marshal(entry{
		Asked: name, Made: resp.End, Bound: bound, Message: string(resp.Message.JSON),
		Original: string(resp.Original), Finish: resp.Finish, FinishReason: resp.FinishReason,
		Usage: resp.Usage, ReportedCost: resp.ReportedCost, ServedModel: resp.ServedModel,
		RequestID: resp.RequestID, UnknownUsage: resp.UnknownUsage, Unreported: resp.Unreported,
		CacheUnclear: resp.CacheUnclear, EffortLeftOut: resp.EffortLeftOut,
		Attempts: bench.Billed(resp.Attempts, bench.Attempt{
			Usage: resp.Usage, ReportedCost: resp.ReportedCost, Start: resp.Start,
		}),
	})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return append([]byte(hex.EncodeToString(sum[:])+"\n"), body...), nil
}

// keep keeps an answer, in one step.
func (d *Dir) keep(name string, bound int64, resp llm.Response) {
	text, err := encode(name, bound, resp)
	if err == nil && d.keys.Text(string(text)) != string(text) {
		err = errors.New("it has a key in it")
	}
	if err == nil {
		err = d.write(d.file(name), text)
	}
	if err != nil {
		d.trouble("keep", fmt.Errorf("an answer is not kept: %w", err))
	}
}

func (d *Dir) write(file string, text []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(d.path, unfinished)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync() // else a machine that fails leaves a name without a text
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}

// trouble tells of a kind of trouble, once.
func (d *Dir) trouble(kind string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.warned[kind] {
		d.warned[kind] = true
		d.warn("cache " + d.path + ": " + strings.TrimSpace(err.Error()) + " (said once)")
	}
}
