package results

import (
	"context"
	"fmt"
	"strings"

	"bench"
)

// PatchUse is what became of a sidekick's patch in the answer of its trial.
type PatchUse string

// What can become of a patch. One that was thrown away was never main's to use.
const (
	PatchApplied   PatchUse = "applied"   // all of its lines are in the answer
	PatchChanged   PatchUse = "changed"   // some are
	PatchDropped   PatchUse = "dropped"   // none is
	PatchDiscarded PatchUse = "discarded" // the sidekick was to change no files
)

// patchLine is a line that a patch adds to a file or removes from it. Of a file
// without lines all of the change is one.
type patchLine struct {
	path, text string
	removed    bool
}

// linesOfPatch counts the lines of a patch by what they are. Blank ones are left
// out, as they would be found anywhere.
func linesOfPatch(patch string) map[patchLine]int {
	lines := map[patchLine]int{}
	for c := range changes(patch) {
		if strings.TrimSpace(c.text) != "" {
			lines[patchLine{c.path, c.text, c.removed}]++
		}
	}
	return lines
}

// kept counts the lines that a sidekick's patch adds, or, of one that adds none,
// those it removes, and how many of them the answer adds or removes, too. Removed
// lines say little beside added ones: a line that main had written itself is not in
// the answer that it was removed from.
func kept(patch, answer map[patchLine]int) (lines, found int) {
	adds := false
	for l := range patch {
		adds = adds || !l.removed
	}
	for l, n := range patch {
		if l.removed != adds {
			lines, found = lines+n, found+min(n, answer[l])
		}
	}
	return lines, found
}

// useOf says what became of a patch with so many lines, of which so many are in the
// answer; nothing of one without lines.
func useOf(lines, found int) PatchUse {
	switch {
	case lines == 0:
		return ""
	case found == 0:
		return PatchDropped
	case found < lines:
		return PatchChanged
	}
	return PatchApplied
}

// handedBack is the patch of an activation.
type handedBack struct {
	delegation string
	activation int
	discarded  bool
	patch      packed
}

// answer records the patch that a trial hands in, and what became of those of its
// sidekicks in it.
func (r row) answer(p bench.Patch) error {
	if err := r.run(setPatch, opt(string(p.Diff)), p.Bytes, p.Files, r.trial); err != nil {
		return err
	}
	patches, err := r.handedBack()
	if err != nil || len(patches) == 0 {
		return err
	}
	text, err := r.stored(p.Diff)
	if err != nil {
		return err
	}
	answer := linesOfPatch(string(text))
	for _, h := range patches {
		text, err := r.pack.unpack(h.patch)
		if err != nil {
			return err
		}
		lines, found := kept(linesOfPatch(string(text)), answer)
		use := useOf(lines, found)
		if h.discarded {
			use = PatchDiscarded
		}
		err = r.run(setPatchUse, opt(string(use)), lines, found, r.trial, h.delegation, h.activation)
		if err != nil {
			return err
		}
	}
	return nil
}

// handedBack reads the patches of a trial's sidekicks.
func (r row) handedBack() (out []handedBack, err error) {
	s, err := r.stmt(selectHandedBack) //nolint:sqlclosecheck // kept, and closed with the writer
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.Background(), r.trial)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h handedBack
		q := &h.patch
		err := rows.Scan(&h.delegation, &h.activation, &h.discarded, &q.hash, &q.size, &q.encoding,
			&q.content)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	return out, rows.Err()
}

// stored is a body by its name; the empty name is that of the empty body.
func (r row) stored(hash bench.BodyHash) (bench.Body, error) {
	if hash == "" {
		return nil, nil
	}
	q := packed{hash: hash}
	err := r.get(selectBody, []any{string(hash)}, &q.size, &q.encoding, &q.content)
	if err != nil {
		return nil, fmt.Errorf("body %s: %w", hash, err)
	}
	return r.pack.unpack(q)
}
