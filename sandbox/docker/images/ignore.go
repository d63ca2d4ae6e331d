package images

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"bench/sandbox"
)

// packed writes the directory of a Dockerfile as a build context, without what it says is
// to be ignored.
func packed(out io.Writer, dir string) error {
	patterns, err := ignored(dir)
	if err != nil {
		return err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return fmt.Errorf("read what %s ignores: %w", dir, err)
	}
	w := tar.NewWriter(out)
	err = sandbox.PackSome(w, dir, "", func(name string) (sandbox.Packing, error) {
		// The builder needs these two, and leaves them out of what it copies itself.
		if name == dockerfileName || name == ignoreNames[1] {
			return sandbox.PackIt, nil
		}
		switch match, err := matcher.MatchesOrParentMatches(name); {
		case err != nil, !match:
			return sandbox.PackIt, err
		case matcher.Exclusions(): // something below may be wanted all the same
			return sandbox.PassOver, nil
		}
		return sandbox.LeaveOut, nil
	})
	if err != nil {
		return err
	}
	return w.Close()
}

const dockerfileName = "Dockerfile"

// ignoreNames are the files that say what is ignored, of which the first counts.
var ignoreNames = [2]string{dockerfileName + ".dockerignore", ".dockerignore"}

// ignored are the patterns of what is to be ignored in a directory.
func ignored(dir string) ([]string, error) {
	for _, name := range ignoreNames {
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		patterns, err := ignorefile.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.Name(), err)
		}
		return patterns, nil
	}
	return nil, nil
}
