"""Which lines who read and wrote, and what patches do to them."""

from times import end_of, length, union, without

WHOLE = (1, 2**31 - 1)


def lines_of(touch):
    return (touch["from"], touch["to"] + 1) if touch.get("from") else WHOLE


def overlap(a, b):
    return a[0] < b[1] and b[0] < a[1]


def changes(patch):
    """The lines that a patch of plain files adds and removes: path, text, number, removed."""
    path, old, number = "", "", 0
    for line in patch.split("\n"):
        if line.startswith("--- "):
            old = line[6:]
        elif line.startswith("+++ "):
            path = line[6:] if line[4:] != "/dev/null" else old
        elif line.startswith("@@ "):
            number = int(line.split("+")[1].split(",")[0].split(" ")[0])
        elif line.startswith("+"):
            yield path, line[1:], number, False
            number += 1
        elif line.startswith("-"):
            yield path, line[1:], number, True
        elif line.startswith(" "):
            number += 1


def counted(patch):
    """How often a patch does what to which line, blank ones aside."""
    out = {}
    for path, text, _, removed in changes(patch):
        if text.strip():
            out[path, text, removed] = out.get((path, text, removed), 0) + 1
    return out


def kept(patch, answer):
    """The lines of a patch, and those of them that the answer has."""
    mine, its = counted(patch), counted(answer)
    adds = any(not removed for _, _, removed in mine)
    mine = {k: n for k, n in mine.items() if k[2] != adds}
    return sum(mine.values()), sum(min(n, its.get(k, 0)) for k, n in mine.items())


def reread(t, cost_of):
    """What main read again: ranges, all ranges of sidekicks, bytes, cost."""
    known = {}  # path and lines: when main can know of them first
    for a in t.acts:
        for c in a.tools:
            for x in c.touched:
                if not x.get("write"):
                    key, end = (x["path"], lines_of(x)), end_of(t, a)
                    known[key] = min(known.get(key, end), end)
    again, size, paid = set(), 0.0, 0
    for c in t.tools:
        if not t.leads(c.agent):
            continue
        shown = 0.0
        for x in c.touched:
            if x.get("write"):
                continue
            mine = lines_of(x)
            seen = [r for (path, r), after in known.items()
                    if path == x["path"] and c.start >= after and overlap(r, mine)]
            again |= {(x["path"], r) for r in seen}
            if not seen or mine == WHOLE and WHOLE not in seen:
                continue
            share = (length([mine]) - length(without([mine], seen))) / length([mine])
            shown += x.get("bytes", 0) * share
        size += shown
        paid += cost_of(c.agent, c.end, int(shown / 4))
    return len(again), len(known), size, paid


def edits(t, text):
    """Main's edits of its own lines, and of those that a sidekick wrote last."""
    writes = []
    for c in t.tools:
        if t.leads(c.agent):
            writes += [(c.end, True, x["path"], lines_of(x)) for x in c.touched if inside(x)]
    for a in t.acts:
        for path, _, number, removed in changes(text(a.patch)):
            if not removed:
                writes.append((end_of(t, a), False, path, (number, number + 1)))
        if not a.patch:
            for c in a.tools:
                writes += [(c.end, False, x["path"], lines_of(x)) for x in c.touched if inside(x)]
    own = corrective = 0
    theirs = {}
    for _, main, path, lines in sorted(writes, key=lambda w: w[0]):
        before = theirs.get(path, [])
        if not main:
            theirs[path] = union(before + [lines])
            continue
        if any(overlap(r, lines) for r in before):
            corrective += 1
        else:
            own += 1
        theirs[path] = without(before, [lines])
    return own, corrective


def inside(touch):
    return touch.get("write") and not touch["path"].startswith("/")
