// Package runlog writes what happens in a run as lines with levels, for people who look
// for a fault and for programs that watch logs. The event log in the database has all of
// it; these lines are a view of it.
package runlog

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"bench"
)

// Log is an observer of a run's events.
type Log struct {
	handler slog.Handler
	out     io.Closer // nil: whoever opened it closes it
	stderr  io.Writer
	err     error // the first line that could not be written
}

// New returns a Log that writes with the handler and closes out, if there is one, at the
// end. Lines that cannot be written are told of on stderr, once: the run goes on.
func New(handler slog.Handler, out io.Closer, stderr io.Writer) *Log {
	return &Log{handler: handler, out: out, stderr: stderr}
}

// Observe writes an event as a line, if its level is asked for.
func (l *Log) Observe(e bench.Event) {
	level, attrs := describe(e.Payload)
	if !l.handler.Enabled(context.Background(), level) {
		return
	}
	r := slog.NewRecord(e.Time, level, string(e.Payload.Type()), 0)
	r.AddAttrs(slog.String("run", e.RunID))
	if e.Trial != (bench.TrialKey{}) {
		r.AddAttrs(slog.String("trial", e.Trial.String()))
	}
	if e.Agent != "" {
		r.AddAttrs(slog.String("agent", e.Agent))
	}
	r.AddAttrs(attrs...)
	if err := l.handler.Handle(context.Background(), r); err != nil && l.err == nil {
		l.err = err
		fmt.Fprintf(l.stderr, "the log is incomplete: %v\n", err)
	}
}

// Close ends the log.
func (l *Log) Close(dropped int64) {
	if dropped > 0 {
		fmt.Fprintf(l.stderr, "the log fell behind and missed %d events; the database has them all\n",
			dropped)
	}
	if l.out == nil {
		return
	}
	if err := l.out.Close(); err != nil && l.err == nil {
		fmt.Fprintf(l.stderr, "the log is incomplete: %v\n", err)
	}
}
