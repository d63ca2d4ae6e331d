"""How long agents worked, and the critical path: docs/timeline.md, in milliseconds."""

from log import exact


def union(spans):
    out = []
    for a, b in sorted(s for s in spans if s[0] < s[1]):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out


def without(spans, holes):
    out = []
    for a, b in union(spans):
        for x, y in union(holes):
            if y <= a or x >= b:
                continue
            if x > a:
                out.append((a, x))
            a = min(b, y)
        if a < b:
            out.append((a, b))
    return out


def length(spans):
    return sum(b - a for a, b in spans)


def most(spans):
    """How many hold at once at most. One that begins where another ends comes after it."""
    now = peak = 0
    for _, step in sorted([(a, 1) for a, b in spans if a < b] + [(b, -1) for a, b in spans if a < b]):
        now += step
        peak = max(peak, now)
    return peak


def solve_end(t):
    return t.extract if t.extract is not None else t.ended


def end_of(t, a):
    return a.ended if a.ended is not None else solve_end(t)


def gone(t, agent):
    """When an agent was not there: from its last event, or the death of the process if that came
    later, until it went on."""
    out = []
    for who, a, b in t.absent:
        if who == agent:
            a = int(a // 1)
            for x, y in union(t.dead):
                if x < b and a < y:
                    a = max(a, x)
                    break
            out.append((a, b))
    return out


def presence(t, a):
    stop = a.stopped if a.stopped is not None else end_of(t, a)
    if a.started is None or stop is None or stop <= a.started:
        return []
    return [(a.started, stop)]


def work_of(t, a):
    """The time in which a sidekick did more than wait, and was there."""
    waits, busy = gone(t, a.child), []
    for c in t.calls:
        if c.agent == a.child:
            busy.append((c.sent, c.end))
            waits.append((floor(c.sent, c.waited), c.sent))
    for c in t.tools:
        if c.agent == a.child:
            busy.append((c.start, c.end))
            waits.append((floor(c.start, c.lock), c.start))
    idle = without(waits, busy)
    return without(without(presence(t, a), idle), gone(t, a.child) + t.dead)


def floor(at, nanoseconds):
    """The whole millisecond in which something began that took so long until at."""
    return (at * 1_000_000 - nanoseconds) // 1_000_000


class Times:
    def __init__(self, t):
        end = solve_end(t)
        phase = [(t.solve, end)] if t.solve is not None and end is not None else []
        self.wall = length(without(phase, t.dead))
        self.paused = length(phase) - self.wall
        waiting = [(t.waiting, end)] if t.waiting is not None else []
        self.outage = length(without(t.outages + waiting, t.dead))
        self.work = {id(a): work_of(t, a) for a in t.acts}
        spans = [s for a in t.acts for s in self.work[id(a)]]
        self.sum, self.union, self.peak = length(spans), length(union(spans)), most(spans)
        there = [s for a in t.acts for s in without(presence(t, a), gone(t, a.child))]
        busy = [
            (floor(c.start, c.waited), c.end) for c in t.calls if t.leads(c.agent) and c.start is not None
        ] + [
            (c.start, c.end) for c in t.tools
            if t.leads(c.agent) and c.name not in ("task", "task_output")
        ]
        self.idle = length(without(without(there, t.dead), busy))


class Path:
    """Walks from the end of the solve phase to its beginning."""

    WORKSPACE = ("inspect", "prepare", "collect", "remove")

    def __init__(self, t):
        self.t, self.parts, self.end = t, [], solve_end(t)
        if t.solve is None or self.end is None or t.solve >= self.end:
            return
        self.does = {}
        for c in t.calls:
            self.note(c.agent, c.sent, c.end, "call", [("wait", c.waited)])
        joined = set()
        for c in t.tools:
            kind, join, stops, start = "tool", None, None, c.start
            if c.name == "task":
                join = self.foreground(c)
                if join is not None:
                    start = min(start, join.spawned)
            elif c.name == "task_output":
                kind = "wait"
                join = self.last_ended(c.agent, c.start, c.end,
                                       lambda a: a.background and a.state != "cancelled")
            elif c.name == "task_stop":
                stops = self.last_ended(c.agent, c.start, c.end,
                                        lambda a: a.reason == "cancelled_by_main")
            joined.add(id(join))
            self.note(c.agent, start, c.end, kind, [("lock", c.lock), ("queue", c.queue)], join, stops)
        for a in t.acts:  # cut off with the trial
            if id(a) not in joined and not a.background:
                self.note(a.main, a.spawned, self.ended(a), "other", [], a)
        lead = next(a for a in t.roles if t.roles[a] != "sidekick" and not t.parents[a])
        self.agent(lead, t.solve, self.end)

    def note(self, agent, start, end, kind, before, join=None, stops=None):
        self.does.setdefault(agent, []).append((start, end, kind, before, join, stops))

    def ended(self, a):
        return self.end if a.ended is None else a.ended

    def foreground(self, c):
        earlier = {
            o.index for o in self.t.tools
            if o.agent == c.agent and o.batch == c.batch and o.name == c.name and o.index < c.index
        }
        for a in self.t.acts:
            if (a.main, a.batch, a.index, a.background) == (c.agent, c.batch, len(earlier), False):
                if self.ended(a) <= c.end:
                    return a
        return None

    def last_ended(self, agent, start, end, of):
        found = [a for a in self.t.acts if a.main == agent and of(a) and start < self.ended(a) <= end]
        return max(found, key=self.ended, default=None)

    def add(self, who, kind, start, end):
        if start < end:
            self.parts.append((who, kind, start, end))

    def agent(self, who, start, end):
        while end > start:
            before = [d for d in self.does.get(who, []) if d[0] < end]
            last = max(before, default=None, key=lambda d: (
                min(d[1], end), self.ended(d[4]) if d[4] is not None else d[1]))
            if last is None or last[1] <= start:
                self.nothing(who, start, end)
                return
            if last[1] < end:
                self.nothing(who, last[1], end)
                end = last[1]
            end = self.back(who, last, start, end)

    def nothing(self, who, start, end):
        left = self.last_ended(who, start, end, lambda a: a.abandoned)
        if left is not None:
            end = self.closing(who, left, "other", start, end)
        self.add(who, "other", start, end)

    def closing(self, who, a, kind, start, end):
        """What was done after a sidekick had stopped; returns when it did."""
        to = max(start, min(self.ended(a), end))
        self.add(who, kind, to, end)
        begin = self.ended(a)
        for step, took in (("remove", a.remove), ("collect", a.collect)):
            begin -= exact(took)
            then = min(to, max(start, a.started or 0, begin))
            self.add(a.child, step, then, to)
            to = then
        return to

    def back(self, who, does, start, end):
        begun, _, kind, before, join, stops = does
        if join is not None and join.spawned < end:
            return self.delegation(who, join, start, end)
        begun = max(begun, start)
        if stops is not None:
            end = self.closing(who, stops, kind, begun, end)
        self.add(who, kind, begun, end)
        return self.waits(who, before, start, begun)

    def delegation(self, lead, a, start, end):
        start = max(start, a.spawned)
        stopped = self.closing(lead, a, "other", start, end)
        if a.started is None:
            self.add(lead, "other", start, stopped)
            return start
        begin = min(stopped, max(start, a.started))
        self.agent(a.child, begin, stopped)
        asked = self.waits(a.child, [
            ("prepare", a.prepare), ("queue", a.queue), ("inspect", a.inspect), ("lock", a.lock),
        ], start, begin)
        self.add(lead, "other", start, asked)
        return start

    def waits(self, who, before, start, end):
        for kind, took in before:
            begin = max(start, self.ago(end, exact(took)))
            self.add(who, kind, begin, end)
            end = begin
        return end

    def ago(self, at, took):
        """The moment so long before, dead time not counted."""
        for start, end in reversed(union(self.t.dead)):
            if end <= at and took > at - end:
                took -= at - end
                at = start
        return at - took

    def shares(self):
        """Milliseconds of main, of sidekicks, of workspaces, and in all; dead time is in none."""
        out = {"main": 0, "sidekick": 0, "workspace": 0}
        for who, kind, start, end in self.parts:
            whose = "sidekick" if self.t.roles.get(who, "sidekick") == "sidekick" else "main"
            out["workspace" if kind in self.WORKSPACE else whose] += length(
                without([(start, end)], self.t.dead))
        return out | {"all": sum(out.values())}
