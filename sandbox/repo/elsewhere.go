package repo

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"bench/sandbox"
)

// Kinds of places.
const (
	PlaceRepository = "repository" // has a file as the patch leaves it; also packs, bundles
	PlacePackage    = "package"    // an archive or an installed package, of any name
	PlaceFile       = "file"       // of a name that the patch changes, outside of the repository
)

// Place is where outside of a repository the result of a patch may lie.
type Place struct{ Kind, Path string }

const (
	elsewhereTime = 5 * time.Minute
	mostFiles     = 200 // of one image that are looked into
)

// Elsewhere looks through a whole sandbox for what a patch would make of the repository. The
// sandbox should be no agent's. Files are those whose last two path elements the patch
// names, at most 200.
func Elsewhere(ctx context.Context, box sandbox.Sandbox, patch string) ([]Place, error) {
	ends := map[string]bool{}
	var names []string
	for name := range parts(patch) {
		ends[lastTwo(name)] = true
		if base := path.Base(name); !slices.Contains(names, base) {
			names = append(names, base)
		}
	}
	out, err := run(ctx, box, order{
		text: elsewhereScript, args: names, stdin: []byte(patch), time: elsewhereTime,
	})
	if err != nil {
		return nil, fmt.Errorf("search for copies: %w", err)
	}
	var found []Place
	files := 0
	for line := range strings.Lines(string(out)) {
		kind, where, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			return nil, errors.New("search for copies: a name with a line feed")
		}
		if kind == PlaceFile {
			if files++; !ends[lastTwo(where)] || files > mostFiles {
				continue
			}
		}
		found = append(found, Place{kind, where})
	}
	return found, nil
}

// lastTwo are the last two elements of a path: packages are installed without what
// stands before them.
func lastTwo(name string) string {
	dir, base := path.Split(name)
	return path.Join(path.Base(path.Clean("/"+dir)), base)
}
