package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bench"
	"bench/sandbox"
)

// MaxPatch is the size in bytes beyond which Diff gives up.
const MaxPatch = 128 << 20

// Baseline is the work tree of a sandbox as it was when TakeBaseline recorded it. It
// is good for that sandbox alone.
type Baseline struct {
	Tree  string // id of the tree object
	store string // git directory inside the sandbox that holds what it adds
}

// Patch is the difference between a baseline and the work tree.
type Patch struct {
	Text  string   // unified diff with a/ and b/ prefixes and binary parts; UTF-8
	Files []string // changed paths as bytes, sorted, old and new names alike
	// Left are directories, quoted as git does it, that became repositories of
	// their own since the baseline, such as clones. Nothing of them is in the patch.
	Left []string
}

// TakeBaseline records the work tree as it is: tracked files and untracked ones
// that are not ignored. What an image left modified is then no part of a patch.
// Repositories within the repository are taken as plain files.
func TakeBaseline(ctx context.Context, box sandbox.Sandbox) (Baseline, error) {
	return takeBaseline(ctx, box, nil)
}

// takeBaseline also records the named files, if they are there, ignored or not.
func takeBaseline(ctx context.Context, box sandbox.Sandbox, names []string) (Baseline, error) {
	stdin := []byte{}
	for _, name := range names {
		stdin = append(stdin, name+"\x00"...)
	}
	out, err := run(ctx, box, order{
		text: baselineScript, args: []string{some(len(names))}, stdin: stdin,
	})
	if err != nil {
		return Baseline{}, fmt.Errorf("take baseline: %w", err)
	}
	tree, store, ok := strings.Cut(strings.TrimSuffix(string(out), "\n"), " ")
	if !ok || !objectID.MatchString(tree) {
		return Baseline{}, fmt.Errorf("take baseline: %w: %.200q", errOutput, out)
	}
	return Baseline{Tree: tree, store: store}, nil
}

// LeftOut is a notice of what is not in the patch; ok is false if there is none.
func (p Patch) LeftOut() (n bench.Notice, ok bool) {
	return bench.Notice{
		Code: "repositories_left_out",
		Text: "made since the baseline, and no part of the patch: " + strings.Join(p.Left, ", "),
	}, len(p.Left) > 0
}

// Diff returns what changed since the baseline, byte for byte: attributes and
// settings of the repository neither convert nor hide anything, but for
// working-tree-encoding, as git applies patches in UTF-8. Ignored files are part
// of it if the repository's index or HEAD has them, or if they were tracked.
// Clones and work trees made since are not. A file that is not UTF-8 is binary in
// the patch, so that the patch survives where text must be UTF-8, as in JSON. An
// unchanged work tree gives the zero Patch.
//
// Where that cannot be done any more the error is a *WreckedError. Among others
// a repository that was deleted or broken since gives ErrNoRepository, a
// difference of more than MaxPatch bytes ErrTooLarge.
func Diff(ctx context.Context, box sandbox.Sandbox, b Baseline) (Patch, error) {
	return diff(ctx, box, b, MaxPatch, otherTime)
}

func diff(
	ctx context.Context, box sandbox.Sandbox, b Baseline, limit int, time time.Duration,
) (Patch, error) {
	once := func(names string) (Patch, error) {
		return diffOnce(ctx, box, order{
			text: diffScript, stdin: []byte(names), time: time,
			args: []string{b.Tree, b.store, strconv.Itoa(limit), some(len(names))},
		})
	}
	p, err := once("")
	if err != nil || utf8.ValidString(p.Text) {
		return p, err
	}
	names, odd := "", notText(p.Text)
	for _, name := range p.Files {
		if odd[name] {
			names += name + "\x00"
		}
	}
	binary, err := once(names)
	p.Text = replaceParts(p.Text, binary.Text, odd)
	return p, err
}

// some tells a script whether standard input has names.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return "names"
}

func diffOnce(ctx context.Context, box sandbox.Sandbox, o order) (Patch, error) {
	out, err := run(ctx, box, o)
	var p Patch
	if err == nil {
		p, err = readPatch(out)
	}
	if err != nil {
		return Patch{}, fmt.Errorf("diff: %w", wrecked(ctx, err))
	}
	return p, nil
}

// errOutput: what a script printed is not what it prints.
var errOutput = errors.New("unexpected output")

// readPatch takes apart what the diff script printed.
func readPatch(out []byte) (Patch, error) {
	header, rest, _ := bytes.Cut(out, []byte("\n"))
	var patch, left int
	if _, err := fmt.Sscanf(string(header), "%d %d", &patch, &left); err != nil {
		return Patch{}, fmt.Errorf("%w: %.200q", errOutput, header)
	}
	if min(patch, left) < 0 || max(patch, left) > len(rest) || patch+left != len(rest) {
		return Patch{}, fmt.Errorf("%w: %d bytes instead of %d and %d", errOutput, len(rest),
			patch, left)
	}
	p := Patch{Text: string(rest[:patch])}
	for name := range parts(p.Text) {
		p.Files = append(p.Files, name)
	}
	p.Files = slices.Compact(p.Files)
	if list := strings.TrimSuffix(string(rest[patch:]), "\n"); list != "" {
		p.Left = strings.Split(list, "\n")
	}
	return p, nil
}

// Apply applies a patch to the work tree, all of it or, with a *PatchError that
// carries git's message, nothing. The empty patch applies. No repository is
// needed.
func Apply(ctx context.Context, box sandbox.Sandbox, patch string) error {
	return apply(ctx, box, patch)
}

// Contains reports whether the work tree has all of a patch already: whether it
// could be taken back.
func Contains(ctx context.Context, box sandbox.Sandbox, patch string) (bool, error) {
	err := apply(ctx, box, patch, "--reverse", "--check")
	if refused := (*PatchError)(nil); errors.As(err, &refused) {
		return false, nil
	}
	return err == nil, err
}

func apply(ctx context.Context, box sandbox.Sandbox, patch string, options ...string) error {
	if patch == "" {
		return nil
	}
	_, err := run(ctx, box, order{text: applyScript, args: options, stdin: []byte(patch)})
	var refused *PatchError
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("apply patch: %w", err)
	}
	return err
}
