package acp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Version is the version of the protocol that is spoken. Programs that speak another one
// only are refused.
const Version = 1

// StopReason says why a turn stopped.
type StopReason string

// The reasons.
const (
	StopEnd       StopReason = "end_turn"
	StopTokens    StopReason = "max_tokens"
	StopRequests  StopReason = "max_turn_requests"
	StopRefusal   StopReason = "refusal"
	StopCancelled StopReason = "cancelled"
)

// Options say how a session is set up.
type Options struct {
	ClientVersion string        // of bench, which the program is told
	Dir           string        // that the program works in, an absolute path
	Auth          string        // method by which it is authenticated; empty: by none
	Mode          string        // that the session is put in; empty: it stays in its own
	Patience      time.Duration // for each answer until the session is there
}

// SetupError says why there is no session. It is a mistake in how the program is run, or
// in the program, and nothing that a model did.
type SetupError struct{ Err error }

func (e *SetupError) Error() string { return e.Err.Error() }
func (e *SetupError) Unwrap() error { return e.Err }

// Session is a conversation with a program.
type Session struct {
	// Program is what the program calls itself, with its version; it may say nothing.
	Program string

	conn *Conn
	id   string
}

// errSilent is why a program is given up that does not answer.
var errSilent = errors.New("no answer")

// Open greets the program and opens a session. The error is a *SetupError, or the cause
// with which ctx ended.
func Open(ctx context.Context, c *Conn, o Options) (*Session, error) {
	var hello greeting
	err := ask(ctx, c, o, "initialize", doc{
		"protocolVersion": Version,
		"clientInfo":      doc{"name": "bench", "title": "bench", "version": o.ClientVersion},
		"clientCapabilities": doc{
			"fs": doc{"readTextFile": false, "writeTextFile": false}, "terminal": false,
		},
	}, &hello)
	if err != nil {
		return nil, err
	}
	if hello.Version == nil || *hello.Version != Version {
		return nil, setupf("it speaks version %s of the protocol, not %d", hello.version(), Version)
	}
	if err := authenticate(ctx, c, o, hello.methods()); err != nil {
		return nil, err
	}
	var s opened
	err = ask(ctx, c, o, "session/new", doc{"cwd": o.Dir, "mcpServers": []any{}}, &s)
	if err != nil {
		return nil, unauthenticated(err, o, hello.methods())
	}
	if s.ID == "" {
		return nil, setupf("session/new: its answer has no sessionId")
	}
	return &Session{conn: c, id: s.ID, Program: hello.program()}, s.enter(ctx, c, o)
}

// doc is an object.
type doc map[string]any

func setupf(format string, args ...any) error { return &SetupError{fmt.Errorf(format, args...)} }

// ask is a call before there is a session.
func ask(ctx context.Context, c *Conn, o Options, method string, params doc, to any) error {
	within, cancel := context.WithTimeoutCause(ctx, o.Patience, errSilent)
	defer cancel()
	err := c.Call(within, method, params, to)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errSilent):
		return setupf("%s: no answer in %v: is command.run the program in its ACP mode?", method,
			o.Patience)
	}
	return setupf("%s: %w", method, err)
}

// greeting is the answer to initialize.
type greeting struct {
	Version *int            `json:"protocolVersion"`
	Methods json.RawMessage `json:"authMethods"`
	Info    json.RawMessage `json:"agentInfo"`
}

// program is what it calls itself.
func (g greeting) program() string {
	var info struct{ Name, Version string }
	_ = json.Unmarshal(g.Info, &info)
	return strings.TrimSpace(cut(info.Name + " " + info.Version))
}

func (g greeting) version() string {
	if g.Version == nil {
		return "none"
	}
	return fmt.Sprint(*g.Version)
}

// method is a way to authenticate.
type method struct {
	ID   string `json:"id"`
	Type string `json:"type"` // empty: the program does it by itself
}

// methods are those of a greeting that can be read.
func (g greeting) methods() (out []method) {
	var list []json.RawMessage
	_ = json.Unmarshal(g.Methods, &list)
	for _, e := range list {
		var m method
		if json.Unmarshal(e, &m) == nil && m.ID != "" {
			out = append(out, m)
		}
	}
	return out
}

// named are the ids of methods, for people.
func named(all []method) string {
	if len(all) == 0 {
		return "it has none"
	}
	var ids []string
	for _, m := range all {
		ids = append(ids, m.ID)
	}
	return "it has " + strings.Join(ids, ", ")
}

// authenticate does what the configuration asks for, and nothing otherwise: a program
// that has its key from its environment needs nothing.
func authenticate(ctx context.Context, c *Conn, o Options, all []method) error {
	if o.Auth == "" {
		return nil
	}
	i := slices.IndexFunc(all, func(m method) bool { return m.ID == o.Auth })
	switch {
	case i < 0:
		return setupf("command.acp.auth: it has no way %q to authenticate: %s", o.Auth, named(all))
	case all[i].Type == "terminal":
		return setupf("command.acp.auth: %s is a person's, at a terminal", o.Auth)
	}
	var nothing any
	return ask(ctx, c, o, "authenticate", doc{"methodId": o.Auth}, &nothing)
}

// unauthenticated says what to do about a program that wants to be authenticated.
func unauthenticated(err error, o Options, all []method) error {
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != CodeAuthRequired || o.Auth != "" {
		return err
	}
	return setupf("%w: name a way in command.acp.auth, or give it its key in command.env: %s", err,
		named(all))
}

// opened is the answer to session/new.
type opened struct {
	ID      string          `json:"sessionId"`
	Modes   json.RawMessage `json:"modes"`
	Options json.RawMessage `json:"configOptions"`
}

// enter puts a session in the mode that the configuration asks for: by an option of the
// session where it has one for that, and by the older method otherwise.
func (s opened) enter(ctx context.Context, c *Conn, o Options) error {
	if o.Mode == "" {
		return nil
	}
	var nothing any
	option, modes := s.modeOption()
	if slices.Contains(modes, o.Mode) {
		return ask(ctx, c, o, "session/set_config_option",
			doc{"sessionId": s.ID, "configId": option, "value": o.Mode}, &nothing)
	}
	older := s.modes()
	if slices.Contains(older, o.Mode) {
		return ask(ctx, c, o, "session/set_mode", doc{"sessionId": s.ID, "modeId": o.Mode}, &nothing)
	}
	if modes = append(modes, older...); len(modes) == 0 {
		return setupf("command.acp.mode: its sessions have no modes")
	}
	return setupf("command.acp.mode: its sessions have no mode %q: they have %s", o.Mode,
		strings.Join(modes, ", "))
}

// modeOption is the option of a session that its mode is chosen by, and its values.
func (s opened) modeOption() (id string, values []string) {
	var all []json.RawMessage
	_ = json.Unmarshal(s.Options, &all)
	for _, raw := range all {
		var option struct {
			ID       string `json:"id"`
			Category string `json:"category"`
			Options  []struct {
				Value string `json:"value"`
			} `json:"options"`
		}
		if json.Unmarshal(raw, &option) != nil || option.Category != "mode" {
			continue
		}
		for _, v := range option.Options {
			values = append(values, v.Value)
		}
		return option.ID, values
	}
	return "", nil
}

// modes are those of a session that has them apart from its options.
func (s opened) modes() (ids []string) {
	var m struct {
		Available []struct {
			ID string `json:"id"`
		} `json:"availableModes"`
	}
	_ = json.Unmarshal(s.Modes, &m)
	for _, mode := range m.Available {
		ids = append(ids, mode.ID)
	}
	return ids
}

// Prompt gives the program a task and waits until its turn stops. The error is an *Error,
// ErrClosed, or the cause with which ctx ended.
func (s *Session) Prompt(ctx context.Context, text string) (StopReason, error) {
	var answer struct {
		StopReason StopReason `json:"stopReason"`
	}
	err := s.conn.Call(ctx, "session/prompt", doc{
		"sessionId": s.id, "prompt": []doc{{"type": "text", "text": text}},
	}, &answer)
	return answer.StopReason, err
}

// Cancel asks the program to stop its turn. Prompt returns when it has.
func (s *Session) Cancel() error {
	return s.conn.Notify("session/cancel", doc{"sessionId": s.id})
}
