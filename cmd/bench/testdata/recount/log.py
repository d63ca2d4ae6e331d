"""The events of a run, sorted by trial: what agents did, when, and at what price.

Of the database nothing is read but the table events, the names of trials, and the sizes of bodies.
"""

import json
import os
from datetime import datetime, timezone

MS = 1_000_000  # nanoseconds


def at(text):
    """A time of a payload in whole milliseconds, as bench keeps them; None if there is none."""
    if not text or text.startswith("0001-"):
        return None
    whole, _, rest = text.rstrip("Z").partition(".")
    second = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return int(second.timestamp()) * 1000 + int((rest + "000")[:3])


def ms(nanoseconds):
    return (nanoseconds or 0) / MS


def exact(nanoseconds):
    """A duration to the nearest millisecond."""
    return int(ms(nanoseconds) + 0.5)


class Price:
    """USD per million tokens are pico-dollars per token, times a million."""

    def __init__(self, p):
        self.rates = self.read(p)
        self.tiers = [(t["above"], self.read(t)) for t in p.get("tiers") or []]
        self.hours = p.get("hours") or []

    @staticmethod
    def read(p):
        r = {k: round(p.get(k, 0) * 1e6) for k in ("input", "cached_input", "cache_write", "output")}
        hour = round(p.get("cache_write_1h", 0) * 1e6)
        if not hour:
            hour = r["cache_write"] * 8 // 5 if r["cache_write"] > r["input"] else r["cache_write"]
        return r | {"hour": hour}

    def of(self, attempt):
        """The rates of an attempt: by the time it was sent, and by its input."""
        rates, tiers = self.rates, self.tiers
        sent = attempt["start"]
        if sent is not None:
            moment = datetime.fromtimestamp(sent / 1000, timezone.utc)
            minute = moment.hour * 60 + moment.minute
            for h in self.hours:
                first, last = (int(x[:2]) * 60 + int(x[3:]) for x in (h["from"], h["to"]))
                if h.get("weekdays") and moment.weekday() > 4:
                    continue
                inside = first <= minute < last if first <= last else minute >= first or minute < last
                if inside:
                    rates, tiers = self.read(h), []
        for above, dearer in tiers:
            if attempt["input"] > above:
                rates = dearer
        return rates


def cost(rates, input=0, cached=0, written=0, hour=0, output=0):
    """Nano-dollars of one request, rounded half up."""
    pico = (input - cached - written) * rates["input"] + cached * rates["cached_input"]
    pico += (written - hour) * rates["cache_write"] + hour * rates["hour"] + output * rates["output"]
    return (pico + 500) // 1000


def price_of(attempt, price):
    return cost(
        price.of(attempt), attempt["input"], attempt["cached"], attempt["written"], attempt["hour"],
        attempt["output"],
    )


def attempt(usage, start):
    return {
        "input": usage["input"], "cached": usage["cached_input"], "written": usage["cache_write"],
        "hour": usage.get("cache_write_1h", 0), "output": usage["output"],
        "reasoning": usage["reasoning"], "start": start,
    }


class Call:
    """A model call, or what is known of one that never ended."""

    def __init__(self, agent, p):
        self.agent, self.id, self.turn, self.model = agent, p["call_id"], p["turn"], p["model"]
        self.purpose, self.price_id = p["purpose"], p["price_id"]
        self.wire, self.served = p["wire_model"], p.get("served_model", "")
        self.start, self.end = at(p["start"]), at(p["end"])
        self.waited = p["waited"]
        self.failed = bool(p.get("error"))
        self.lasted = 0.0
        if self.start is not None and self.end is not None:
            self.lasted = seconds(p["start"], p["end"])
        self.usage = attempt(p["usage"], self.start)
        self.billed = [attempt(a["usage"], at(a.get("start"))) for a in p.get("attempts") or []]
        reported = p.get("reported_cost")
        self.reported = None if reported is None else round(reported * 1e9)
        if not self.billed and (any(p["usage"].values()) or reported is not None):
            self.billed = [self.usage]
        self.unknown = p.get("unknown_usage", 0)
        self.unreported = [attempt(a["usage"], at(a.get("start"))) for a in p.get("unreported") or []]
        self.unclear = p.get("cache_unclear", False)

    @property
    def sent(self):
        return self.end if self.start is None else self.start

    @property
    def answer(self):
        """What the attempt used that brought the answer."""
        return self.billed[-1] if self.billed else attempt(dict.fromkeys(
            ("input", "cached_input", "cache_write", "output", "reasoning"), 0), None)


def seconds(start, end):
    """The time between two times of payloads, with all their digits."""
    def nano(text):
        whole, _, rest = text.rstrip("Z").partition(".")
        second = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
        return int(second.timestamp()) * 10**9 + int((rest + "0" * 9)[:9])

    return (nano(end) - nano(start)) / 1e9


class Tool:
    def __init__(self, agent, p):
        self.agent, self.id, self.batch, self.index = agent, p["call_id"], p["batch_id"], p["index"]
        self.name, self.arguments = p["name"], p["arguments"]
        self.queue, self.lock = p["queue"], p["lock_wait"]
        self.start, self.end = at(p["start"]), at(p["end"])
        self.shown = p["bytes"] - p["clipped"]
        self.touched = p.get("touched") or []
        self.cut_off = p.get("error_class") == "cancelled" or not self.batch and self.name == "command"
        self.place = agent, self.batch, self.index


class Activation:
    """One activation of a delegation."""

    def __init__(self, agent, time, p, size):
        self.id, self.n, self.main, self.spawned = p["delegation_id"], p["activation"], agent, time
        self.batch, self.index, self.background = p["batch_id"], p["index"], p.get("background", False)
        self.prompt_bytes = size(p["prompt"])
        self.child = self.started = self.ended = None
        self.queue = self.lock = self.inspect = self.prepare = self.collect = self.remove = 0
        self.state = self.reason = self.escalation = self.risk = self.sentinel = self.report = ""
        self.patch, self.abandoned, self.misplaced, self.report_bytes = "", False, False, 0
        self.calls, self.tools = [], []

    def start(self, time, p):
        self.child, self.started = p["child"], time
        self.queue, self.lock = p["queue"], p["lock_wait"]
        self.inspect, self.prepare = p["inspect"], p["prepare"]

    def end(self, time, p, size):
        self.child, self.ended = p.get("child") or self.child, time
        self.state, self.reason = p["state"], p.get("reason", "")
        self.escalation = "none" if self.reason == "llm_error" else p["escalation"]
        self.sentinel, self.misplaced = p.get("sentinel", ""), p.get("sentinel_misplaced", False)
        self.risk, self.abandoned = p.get("risk", ""), p.get("abandoned", False)
        self.report, self.patch = p.get("report", ""), p.get("patch", "")
        self.report_bytes = size(self.report)
        self.collect, self.remove = p["collect"], p["remove"]

    @property
    def escalated(self):
        return self.escalation in ("voluntary", "forced")

    @property
    def stopped(self):
        """When the sidekick stopped working: before its files were taken over."""
        if self.ended is None:
            return None
        at = self.ended - exact(self.collect) - exact(self.remove)
        return at if self.started is None else max(at, self.started)


class Trial:
    def __init__(self, key):
        self.configuration, self.task, self.attempt = key
        self.roles, self.parents, self.calls, self.tools, self.routes = {}, {}, {}, [], {}
        self.activations, self.dead, self.stood, self.absent = {}, [], [], []
        self.faults, self.notices, self.told = [], [], []
        self.outages, self.waiting = [], None
        self.solve = self.extract = self.ended = self.outcome = self.resolved = self.patch = None
        self.heard = None  # of an agent, last

    def take(self, kind, time, agent, p, size):
        """Takes note of an event."""
        if kind == "phase_started" and p["phase"] == "solve":
            self.solve, self.extract = self.solve or time, None
        elif kind == "phase_started" and p["phase"] == "extract":
            self.extract = time
        elif kind == "trial_ended":
            self.outcome, self.resolved, self.ended = p["outcome"], p["resolved"], time
        elif kind == "trial_resumed":
            self.outcome = self.resolved = self.ended = None
            if not self.roles:
                self.solve = None
            if self.waiting is not None:
                self.outages.append((self.waiting, max(self.waiting, self.heard)))
                self.waiting = None
            if self.heard is not None and not (self.dead and self.dead[-1][1] is None):
                self.dead.append([self.heard, None])
        elif kind == "agent_started":
            self.roles[agent], self.parents[agent] = p["role"], p.get("parent", "")
            self.alive(time)
        elif kind == "agent_resumed":
            self.alive(time)
            if "still" in p:
                self.stood.append((time - p["still"] // MS, time))
            self.absent.append((agent, time - p["paused"] / MS, time))
        elif kind in ("llm_call_started", "llm_call"):
            self.calls[p["call_id"]] = Call(agent, p)
        elif kind == "tool_call":
            new = Tool(agent, p)
            self.tools = [t for t in self.tools if not (t.cut_off and t.place == new.place)] + [new]
        elif kind == "route_chosen":
            self.routes[p["turn"]] = p
        elif kind == "delegation_spawned":
            self.activations[p["delegation_id"], p["activation"]] = Activation(agent, time, p, size)
        elif kind == "delegation_started":
            self.activations[p["delegation_id"], p["activation"]].start(time, p)
        elif kind == "delegation_ended":
            self.activations[p["delegation_id"], p["activation"]].end(time, p, size)
        elif kind == "budget" and p["kind"] == "notice":
            self.told.append((agent, time))
        elif kind == "workspace_fault":
            self.faults.append(p["kind"])
        elif kind == "notice":
            self.notices.append(p["code"])
        elif kind == "outage" and agent is None:
            self.waiting = None if "to" in p else at(p["from"])
            if "to" in p:
                self.outages.append((at(p["from"]), at(p["to"])))
        elif kind == "patch":
            self.patch = p["diff"]
        if agent is not None and not self.remains(kind, p):
            self.heard = time if self.heard is None else max(self.heard, time)

    @staticmethod
    def remains(kind, p):
        """What is left of something that was cut off, to be made again; or only waiting."""
        if kind == "llm_call":
            return p.get("cut_off", False)
        if kind == "tool_call":
            return p.get("error_class") == "cancelled"
        if kind == "agent_ended":
            return p["state"] == "cancelled"
        if kind == "delegation_ended":
            return (p["state"] == "cancelled" and p.get("reason") != "cancelled_by_main"
                    and not p.get("abandoned"))
        return kind == "outage"

    def alive(self, time):
        if self.dead and self.dead[-1][1] is None:
            self.dead[-1][1] = time

    def settle(self):
        """Sorts out what belongs to what when all events are there."""
        self.dead = [(a, b) for a, b in self.dead if b is not None] + self.stood
        self.calls = sorted(self.calls.values(), key=lambda c: c.sent)
        self.acts = list(self.activations.values())
        for c in self.calls:
            if (a := self.working_on(c.agent, c.sent)) is not None:
                a.calls.append(c)
        for c in self.tools:
            if (a := self.working_on(c.agent, c.start)) is not None:
                a.tools.append(c)

    def working_on(self, agent, when):
        """The activation that a sidekick was at work on."""
        mine = sorted((a for a in self.acts if a.child == agent), key=lambda a: a.started or 0)
        if not mine:
            return None
        begun = [a for a in mine if a.started is not None and a.started <= when]
        return begun[-1] if begun else mine[0]

    def leads(self, agent):
        return self.roles.get(agent) not in ("sidekick", "advisor", "router")

    @property
    def main_calls(self):
        return [c for c in self.calls if self.leads(c.agent)]

    @property
    def counts(self):
        """It says something of its configuration: neither infrastructure nor the user ended it."""
        return self.outcome is not None and not (
            self.outcome.startswith("infra_") or self.outcome in ("internal", "cancelled")
        )

    @property
    def infra(self):
        return self.outcome is not None and (self.outcome.startswith("infra_") or self.outcome == "internal")

    @property
    def judged(self):
        return self.counts and self.resolved is not None

    @property
    def worked(self):
        return self.outcome is not None and self.solve is not None

    @property
    def batches(self):
        """Activations by the response that asked for them, in the order of these."""
        by = {}
        for a in self.acts:
            by.setdefault(a.batch, []).append(a)
        return sorted(by.values(), key=lambda b: b[0].spawned)


class Run:
    def __init__(self, db, run, patches):
        sizes = dict(db.execute("SELECT hash, size FROM bodies"))
        self.patches = patches
        keys = {
            t: key for t, *key in db.execute(
                "SELECT trial_id, configuration, instance_id, attempt FROM trials WHERE run_id = ?", (run,))
        }
        self.trials = {t: Trial(key) for t, key in keys.items()}
        for kind, time, trial, agent, payload in db.execute(
            "SELECT type, time, trial_id, agent_id, payload FROM events WHERE run_id = ? ORDER BY seq", (run,)
        ):
            p = json.loads(payload)
            if kind == "run_started":
                self.header = p
            elif trial is not None:
                self.trials[trial].take(kind, time, agent, p, lambda h: sizes.get(h, 0))
        self.trials = [self.trials[t] for t in sorted(self.trials)]
        for t in self.trials:
            t.settle()
        self.configurations = {c["name"]: c for c in self.header["configurations"]}
        self.prices = {}
        for c in self.configurations.values():
            for m in models(c):
                self.prices[m["price"]["id"]] = Price(m["price"])

    def patch(self, name):
        """A patch by the name of its body. Bodies may be compressed, so they are given as files."""
        if not name:
            return ""
        with open(os.path.join(self.patches, name + ".patch"), newline="") as f:
            return f.read()


def models(c):
    yield c["main"]
    for part in ("sidekick", "advisor"):
        if c.get(part):
            yield c[part]["model"]
    router = c.get("router") or {}
    yield from router.get("models") or []
    if router.get("ask"):
        yield router["ask"]["model"]
    yield from (c.get("command") or {}).get("models") or []
