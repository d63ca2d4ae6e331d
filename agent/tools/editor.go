package tools

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"bench"
	"bench/agent"
)

const (
	editorChars = 16_000   // of one observation
	editorBytes = 10 << 20 // of one file
)

// Editor views and changes files. Every change is one step: who reads the
// file meanwhile, or kills the machine, finds the old content or the new.
type Editor struct {
	Options
	definition agent.Definition
	schema     Schema
	history    history
}

var _ agent.Tool = (*Editor)(nil)

// NewEditor returns the file editor of one agent.
func NewEditor(o Options) *Editor {
	schema := editorSchema()
	return &Editor{Options: o, schema: schema, definition: agent.Definition{
		Name: "file_editor", Parameters: render(schema),
		Description: fmt.Sprintf("View and change text files. Commands: "+
			"view shows a file with line numbers, or a directory two levels deep; "+
			"create makes a new file and never replaces one; "+
			"str_replace replaces old_str, which must occur exactly once, by new_str; "+
			"insert puts new_str after line insert_line; "+
			"undo_edit takes back your last change of the file, unless it was changed since. "+
			"Paths are absolute. Of more than %d characters the first and last are shown; files "+
			"of more than %d MB and binary files are refused.", editorChars, editorBytes>>20),
	}}
}

// The commands.
const (
	cmdView       = "view"
	cmdCreate     = "create"
	cmdStrReplace = "str_replace"
	cmdInsert     = "insert"
	cmdUndoEdit   = "undo_edit"
)

func editorSchema() Schema {
	return Schema{
		{Name: "command", Type: String, Required: true,
			Enum: []string{cmdView, cmdCreate, cmdStrReplace, cmdInsert, cmdUndoEdit}},
		{Name: "path", Type: String, Required: true, NotEmpty: true,
			Description: "Absolute path of the file or directory."},
		{Name: "file_text", Type: String, Description: "create: the content of the new file."},
		{Name: "old_str", Type: String,
			Description: "str_replace: the text to replace, exactly as in the file, with its " +
				"indentation and without line numbers."},
		{Name: "new_str", Type: String,
			Description: "str_replace: the text to put in its place; empty or left out, " +
				"old_str is deleted. insert: the lines to insert."},
		{Name: "insert_line", Type: Integer,
			Description: "insert: the line to insert after; 0 inserts before the first line."},
		{Name: "view_range", Type: Integers, Length: 2,
			Description: "view: first and last line to show, counted from 1; -1 as the last " +
				"shows all the rest."},
	}
}

type editorArguments struct {
	Command    string  `json:"command"`
	Path       string  `json:"path"`
	FileText   *string `json:"file_text"`
	OldStr     *string `json:"old_str"`
	NewStr     *string `json:"new_str"`
	InsertLine *int    `json:"insert_line"`
	ViewRange  []int   `json:"view_range"`
}

// Definition implements agent.Tool.
func (e *Editor) Definition() agent.Definition { return e.definition }

// Accept implements agent.Tool.
func (e *Editor) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a editorArguments
	if err := e.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	if err := a.check(); err != nil {
		return agent.Work{}, err
	}
	a.Path = path.Clean(a.Path)
	return agent.Work{
		Locks: e.locks(a.lock(a.Path)),
		Run: func(ctx context.Context, h *agent.Hold) agent.Observation {
			if ctx.Err() != nil {
				return cancelled(ctx)
			}
			return e.run(ctx, h, a)
		},
	}, nil
}

// lock is what the command needs to hold of the file.
func (a editorArguments) lock(name string) agent.Lock {
	if a.Command == cmdView {
		return agent.Lock{Name: "file:" + name, Mode: agent.Reading}
	}
	return agent.Lock{Name: "file:" + name, Mode: agent.Exclusive}
}

// check looks for what the schema cannot say: which fields a command needs.
// Those of other commands are let pass: some models fill in every field.
func (a editorArguments) check() error {
	if !strings.HasPrefix(a.Path, "/") {
		return fmt.Errorf("path must be absolute, not %q", a.Path)
	}
	if strings.ContainsAny(a.Path, "\x00\n") {
		return errors.New("path must not contain a line break or a zero byte")
	}
	switch a.Command {
	case cmdCreate:
		return needed("file_text", a.FileText != nil)
	case cmdStrReplace:
		return needed("old_str", given(a.OldStr))
	case cmdInsert:
		if err := needed("insert_line", a.InsertLine != nil); err != nil {
			return err
		}
		return needed("new_str", a.NewStr != nil)
	}
	return nil
}

// given reports whether a text is there.
func given(s *string) bool { return s != nil && *s != "" }

func needed(name string, ok bool) error {
	if !ok {
		return fmt.Errorf("%s is missing", name)
	}
	return nil
}

func (e *Editor) run(ctx context.Context, h *agent.Hold, a editorArguments) agent.Observation {
	if a.Command == cmdCreate {
		return e.create(ctx, a)
	}
	f, err := e.open(ctx, h, a)
	if err == nil && f.dir && len(a.ViewRange) > 0 && a.Command == cmdView {
		err = refuse("view_range does not go with a directory")
	}
	if err != nil {
		return e.failure(ctx, err)
	}
	switch a.Command {
	case cmdView:
		return e.viewed(f, a.ViewRange)
	case cmdStrReplace:
		return e.change(ctx, f, func() (edit, error) { return replace(f, *a.OldStr, deref(a.NewStr)) })
	case cmdInsert:
		return e.change(ctx, f, func() (edit, error) { return insert(f, *a.InsertLine, *a.NewStr) })
	}
	return e.undo(ctx, f)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// refusal is an error that is told to the model as it is.
type refusal struct{ text string }

func (r refusal) Error() string { return r.text }

func refuse(format string, args ...any) error { return refusal{fmt.Sprintf(format, args...)} }

// failure is the observation of a command that could not be carried out.
func (e *Editor) failure(ctx context.Context, err error) agent.Observation {
	var o agent.Observation
	if r := (refusal{}); errors.As(err, &r) {
		o = agent.Failure(agent.ClassTool, "%s", r.text)
	} else {
		o = machine(ctx, err)
	}
	return o
}

// seen is the observation of a command that was carried out.
func (e *Editor) seen(text string, touch bench.Touch) agent.Observation {
	touch.Path = e.relative(touch.Path)
	full := int64(len(text))
	text, clipped := agent.Clip(text, editorChars, func(n int) string {
		return fmt.Sprintf("\n[%d characters left out; use view_range to see them]\n", n)
	})
	touch.Bytes = int64(len(text))
	return agent.Observation{
		Text: text, Bytes: full, Clipped: clipped, Touched: []bench.Touch{touch},
	}
}

// viewed is the observation of view. A directory is no file that was read.
func (e *Editor) viewed(f file, span []int) agent.Observation {
	text, first, last := view(f, span)
	o := e.seen(text, bench.Touch{Path: f.path, From: first, To: last})
	if f.dir || first > last {
		o.Touched = nil
	}
	return o
}

// relative names a file within the work directory by its place there, so that
// the paths of agents in different sandboxes can be compared.
func (o Options) relative(name string) string {
	if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(o.Box.Workdir(), "/")+"/"); ok {
		return rest
	}
	return name
}
