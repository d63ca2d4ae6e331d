package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// What Run allows a command unless its caller says otherwise.
const (
	MaxOutput  = 64 << 20         // bytes of output, and of a file that ReadFile returns
	MaxRunTime = 10 * time.Minute // until the process tree is killed
)

// ErrOutput: a command wrote more than its caller takes, and was killed.
var ErrOutput = errors.New("too much output")

// Run starts cmd, feeds it stdin if that is not nil, and returns its whole
// output. A command that fails is not an error; a machine that fails is.
//
// Whatever runs in a sandbox may have been made by an agent, so nothing is
// waited for without end: a command without a Timeout has MaxRunTime, and one
// that writes more than MaxOutput bytes is killed, with ErrOutput.
func Run(ctx context.Context, box Sandbox, cmd Cmd, stdin []byte) (Result, error) {
	return RunMax(ctx, box, cmd, stdin, MaxOutput)
}

// RunMax is Run for output of at most so many bytes, which the result has also
// with ErrOutput.
func RunMax(
	ctx context.Context, box Sandbox, cmd Cmd, stdin []byte, most int64,
) (Result, error) {
	if cmd.Timeout == 0 {
		cmd.Timeout = MaxRunTime
	}
	cmd.Stdin = stdin != nil
	p, err := box.Start(ctx, cmd)
	if err != nil {
		return Result{}, err
	}
	fed := feed(p, stdin)
	out, readErr := io.ReadAll(io.LimitReader(p, most+1))
	if int64(len(out)) > most {
		out, readErr = out[:most], fmt.Errorf("%w: more than %d bytes", ErrOutput, most)
		if err := p.Kill(); err != nil {
			readErr = err // the machine's
		}
	}
	exit, err := p.Wait()
	<-fed // a command may end without reading its input: that is its own affair
	if err == nil {
		err = readErr
	}
	if err != nil {
		return Result{Exit: exit, Output: out}, fmt.Errorf("run %s: %w", cmd.Args[0], err)
	}
	return Result{Exit: exit, Output: out}, nil
}

// feed writes a command's input, unless that is nil. The channel is closed when
// nothing more is written, which the command's end brings about.
func feed(p Process, stdin []byte) <-chan struct{} {
	fed := make(chan struct{})
	if stdin == nil {
		close(fed)
		return fed
	}
	go func() { // ends with the command: its input breaks, or is taken
		defer close(fed)
		if _, err := p.Write(stdin); err == nil {
			p.CloseInput()
		}
	}()
	return fed
}

// TempDir returns where a sandbox keeps temporary files, an absolute path inside.
func TempDir(ctx context.Context, box Sandbox) (string, error) {
	res, err := Run(ctx, box, Shell(`printf %s "${TMPDIR:-/tmp}"`), nil)
	if err != nil {
		return "", fmt.Errorf("find directory for temporary files: %w", err)
	}
	return strings.TrimSuffix(string(res.Output), "/"), nil
}

// WriteFile puts one file at name, an absolute path inside, in place of the one
// that is there. Missing directories are made.
func WriteFile(ctx context.Context, box Sandbox, name string, data []byte, mode int64) error {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	h := &tar.Header{
		Name: path.Base(name), Mode: mode, Size: int64(len(data)),
		ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg, // 1970 stands for now: see CopyIn
	}
	if err := w.WriteHeader(h); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return box.CopyIn(ctx, path.Dir(name), &buf)
}

// ReadFile returns the content of the file at name, an absolute path inside.
// The error matches fs.ErrNotExist if there is none, and ErrOutput if it has more
// than MaxOutput bytes.
func ReadFile(ctx context.Context, box Sandbox, name string) ([]byte, error) {
	text, _, err := ReadChanged(ctx, box, name)
	return text, err
}

// ReadChanged is ReadFile, and tells when the file was changed the last time, by the
// sandbox's clock. Whoever writes to a file cannot set that back, unlike its date.
func ReadChanged(ctx context.Context, box Sandbox, name string) ([]byte, time.Time, error) {
	var at time.Time
	rc, err := box.CopyOut(ctx, name)
	if err != nil {
		return nil, at, err
	}
	defer rc.Close()
	r := tar.NewReader(rc)
	for {
		h, err := r.Next()
		if err != nil {
			return nil, at, fmt.Errorf("read %s: %w", name, err)
		}
		switch {
		case h.Typeflag == tar.TypeReg && h.Size > MaxOutput:
			return nil, at, fmt.Errorf("read %s: %w: %d bytes", name, ErrOutput, h.Size)
		case h.Typeflag == tar.TypeReg:
			text, err := io.ReadAll(r)
			return text, h.ChangeTime, err
		case h.Typeflag == tar.TypeDir:
			return nil, at, fmt.Errorf("read %s: is a directory", name)
		}
	}
}
