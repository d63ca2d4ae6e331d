package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/internal/runlog"
	"bench/runner"
)

// logFlags say where a run is logged, beside its database, and how much of it.
type logFlags struct {
	logFile  string
	logLevel string
}

func (f *logFlags) addLog(c *cobra.Command) {
	fs := c.Flags()
	fs.StringVar(&f.logFile, "log-file", "",
		"append what happens to a `file` as lines; as JSON if it ends in .json or .jsonl")
	fs.StringVar(&f.logLevel, "log-level", "",
		"least `level` of these lines: debug, info, warn or error (default info); without --log-file "+
			"they go to standard error in the place of the progress")
}

// levels are the names of levels.
var levels = map[string]slog.Level{
	"": slog.LevelInfo, "debug": slog.LevelDebug, "info": slog.LevelInfo,
	"warn": slog.LevelWarn, "error": slog.LevelError,
}

// open is the log that is asked for; nil if there is none.
func (f *logFlags) open(stderr io.Writer) (*runlog.Log, error) {
	level, ok := levels[f.logLevel]
	if !ok {
		return nil, bench.Usagef("--log-level %s: want debug, info, warn or error", f.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch {
	case f.logFile != "":
		// It may say what agents did: it is for its owner, as the database is.
		file, err := os.OpenFile(f.logFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, bench.Usagef("--log-file: %w", err)
		}
		return runlog.New(handler(file, options), file, stderr), nil
	case f.logLevel != "":
		return runlog.New(slog.NewTextHandler(stderr, options), nil, stderr), nil
	}
	return nil, nil
}

// watch is what watches a run: its log, and its progress if standard error is free for it.
func (w *work) watch(stderr io.Writer, log *runlog.Log) (all []runner.Observer) {
	if log != nil {
		all = append(all, log)
	}
	if log == nil || w.logs.logFile != "" {
		all = append(all, newProgress(stderr, w.run, w.cfg))
	}
	return all
}

func handler(file *os.File, o *slog.HandlerOptions) slog.Handler {
	switch strings.ToLower(filepath.Ext(file.Name())) {
	case ".json", ".jsonl":
		return slog.NewJSONHandler(file, o)
	}
	return slog.NewTextHandler(file, o)
}
