package sandbox

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Run starts cmd, feeds it stdin if that is not nil, and returns its whole
// output. A command that fails is not an error; a machine that fails is.
func Run(ctx context.Context, box Sandbox, cmd Cmd, stdin []byte) (Result, error) {
	cmd.Stdin = stdin != nil
	p, err := box.Start(ctx, cmd)
	if err != nil {
		return Result{}, err
	}
	fed := make(chan struct{})
	if cmd.Stdin {
		go func() { // ends with the command: its input breaks, or is taken
			defer close(fed)
			if _, err := p.Write(stdin); err == nil {
				p.CloseInput()
			}
		}()
	} else {
		close(fed)
	}
	out, readErr := io.ReadAll(p)
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
// The error matches fs.ErrNotExist if there is none.
func ReadFile(ctx context.Context, box Sandbox, name string) ([]byte, error) {
	rc, err := box.CopyOut(ctx, name)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	r := tar.NewReader(rc)
	for {
		h, err := r.Next()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			return io.ReadAll(r)
		case tar.TypeDir:
			return nil, fmt.Errorf("read %s: is a directory", name)
		}
	}
}
