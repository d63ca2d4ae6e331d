"""Recounts every metric of docs/metrics.md from the events of a run.

    python3 recount.py bench.db RUN comparison.json trials.csv metrics.md [other-price.json]

comparison.json, beside which the patches lie, is `bench compare RUN --format json`, and
trials.csv is of `bench export`. The formulas are those of docs/metrics.md,
docs/timeline.md and docs/delegation.md; no code is bench's. It prints what differs, and ends with 1 if
anything does, or if a metric of metrics.md is not recounted. The last lines name the
metrics whose numbers were not all zero or absent: "seen NAME".
"""

import csv
import json
import math
import os
import re
import sqlite3
import sys

from column import Column
from log import Price, Run
from money import BUDGETS, displaced, overheads, result, spending, times, tokens
from routes import routing
from team import escalations, files, reports, teamwork


GROUPS = (result, spending, tokens, teamwork, reports, overheads, escalations, routing, files,
          times)
# What rests on model calls is not known of a program that reported none.
OF_USAGE = re.compile(
    r"under_budget\.(cost|tokens)_area|cost_usd\..*|calls\.per_task|tokens\..*|cached_share\..*|overhead\..*"
    r"|break_even\..*|after_reports\..*|displacement|sidekick_share\..*")


def recount(c):
    """Every metric: its number, and what it is taken over where that is said."""
    out = {}
    for group in GROUPS:
        out |= group(c)
    out["displacement"] = displaced(c)
    out = {k: v if isinstance(v, tuple) else (v, None) for k, v in out.items()}
    silent = c.no_usage or c.cost() == 0 and c.sum(c.unreported) > 0
    for name, (_, n) in out.items():
        if c.no_usage and OF_USAGE.fullmatch(name) or silent and costly(name):
            out[name] = (None, n)
    return out


def costly(name):
    """Whether a number falls short where no usage was reported."""
    return name not in ("cost_usd.reported", "cost_usd.unknown_estimate") and bool(re.fullmatch(
        r"cost_usd\..*|sidekick_share\.(cost|tokens)|calls\.per_task|tokens\..*|cached_share\..*"
        r"|overhead\.(usd|briefs_usd|reports_usd|fixed_usd)|escalation\.wasted_usd|reread\.cost_usd", name))


def may_have(kind, name):
    """Whether the trials of a kind of configuration have a metric."""
    if name == "cost_usd.advisor":
        return kind == "advisor"
    if name == "cost_usd.router" or name.startswith("routing."):
        return kind == "router"
    return kind == "fusion" or name == "parallelism.lock_wait_s" or not re.fullmatch(
        r"(escalation|parallelism|critical_path|reports|duplication|workspace_faults|overhead|break_even"
        r"|limits|reread|patches|sidekick_share)\..*|cost_usd\.(sidekick.*|abandoned)"
        r"|cached_share\.sidekick|edits\.corrective", name)


PROBLEMS, SEEN, CHECKED = [], set(), 0


def check(where, name, got, want):
    global CHECKED
    CHECKED += 1
    if got is None or want is None:
        same = got is None and want is None
    else:
        same = math.isclose(got, want, rel_tol=1e-6, abs_tol=2e-9)
        if want:
            SEEN.add(name)
    if not same:
        PROBLEMS.append(f"{where} {name}: bench says {got}, the events {want}")


def at_path(document, name):
    for key in name.split("."):
        document = document[key]
    return document


def columns(run, trials, other):
    """The configurations with some trials each, and what they need to know of one another."""
    out = {n: Column(run, n, [t for t in trials if t.configuration == n], other) for n in run.configurations}
    for c in out.values():
        for name, of in BUDGETS.items():
            most = max((of(x, t) for x in out.values() for t in x.judged), default=0)
            c.best[name] = most
        singles = [x for x in out.values() if x.kind == "single"
                   and x.config["main"]["model"] == c.config["main"]["model"]]
        if c.kind == "fusion" and singles:
            c.alone = min(singles, key=lambda x: x.config["main"]["name"] != c.config["main"]["name"])
    return out


def main(file, run, comparison, exported, documented, other=None):
    run = Run(sqlite3.connect(f"file:{file}?mode=ro", uri=True), run,
              os.path.dirname(comparison))
    with open(documented) as f:
        names = re.findall(r"^\|[ ●]*\| `([^`]+)` \|", f.read(), re.M)
    if other:
        with open(other) as f:
            other = Price(json.load(f))
    with open(comparison) as f:
        told = {c["name"]: c for c in json.load(f)["configurations"]}
    for name, c in columns(run, run.trials, other).items():
        mine = recount(c)
        for m in names:
            if m not in mine:
                PROBLEMS.append(f"{m} is not recounted")
                continue
            number, n = mine[m]
            check(name, m, at_path(told[name], m), number)
            if n is not None:
                check(name, m + " (n)", told[name]["n"].get(m), n)
        PROBLEMS.extend(f"{m} is no metric" for m in mine if m not in names)
    with open(exported) as f:
        for row in csv.DictReader(f):
            key = [row["configuration"], row["instance_id"], int(row["attempt"])]
            mine = recount(Column(run, key[0], [
                t for t in run.trials if [t.configuration, t.task, t.attempt] == key], None))
            for m in (m for m in names if m != "resolved"):  # a column that is no number
                if m in row and m in mine and may_have(run.configurations[key[0]]["kind"], m):
                    check("/".join(map(str, key)), m, float(row[m]) if row[m] else None, mine[m][0])
    print("\n".join(sorted(set(PROBLEMS))) or f"{CHECKED} values are the same")
    print("\n".join("seen " + m for m in sorted(SEEN) if not m.endswith(" (n)")))
    sys.exit(1 if PROBLEMS else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
