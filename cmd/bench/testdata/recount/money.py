"""What trials came to, what they cost, and what delegating costs."""

from math import comb
from statistics import mean

from column import average, over, quantile, share
from log import cost, price_of
from team import first_delegation, observed
from times import end_of


TTL = 5 * 60 * 1000
MILLION = 1_000_000


def result(c):
    graded = [t for t in c.trials if t.resolved is not None]
    yes = sum(t.resolved for t in graded)
    by_task = {}
    for t in graded:
        by_task.setdefault(t.task, []).append(t.resolved)
    k = min(map(len, by_task.values()), default=0)
    def chance(of):
        return (mean(of(sum(v), len(v), k) for v in by_task.values()) if k > 1 else None), k
    out = {
        "n_tasks": len({t.task for t in c.trials}), "n_trials": len(c.trials), "n_graded": len(graded),
        "n_infra": sum(t.infra for t in c.trials), "resolved": yes, "resolved_rate": over(yes, len(graded)),
        "pass_at_k": chance(lambda r, n, k: 1 - comb(n - r, k) / comb(n, k)),
        "pass_all_k": chance(lambda r, n, k: comb(r, k) / comb(n, k)),
    }
    for name, of in BUDGETS.items():
        most = c.best.get(name, 0)
        areas = [1 - of(c, t) / most for t in c.judged if t.resolved] if most else []
        out[f"under_budget.{name}_area"] = (over(sum(areas), len(c.judged)) if most else None,
                                            len(c.judged) if most else 0)
    return out


BUDGETS = {
    "cost": lambda c, t: c.trial_cost(t) / 1e9,
    "tokens": lambda c, t: sum(x.usage["input"] + x.usage["output"] for x in t.calls),
    "minutes": lambda c, t: c.times[id(t)].wall / 60_000,
}


def spending(c):
    total, failed = c.cost(), sum(c.trial_cost(t) for t in c.judged if not t.resolved)
    graded = sum(c.trial_cost(t) for t in c.judged)
    resolved = sum(t.resolved or 0 for t in c.trials)
    cold = c.sum(lambda x: sum(
        cost(c.price(x).of(a), a["input"], output=a["output"]) for a in x.billed))
    reports = [x for _, x in c.calls if x.reported is not None]
    counting = c.counting()
    unknown = sum(x.unknown for _, x in c.calls)
    def at(price):
        return c.sum(lambda x: sum(price_of(a, price) for a in x.billed), "sidekick")
    premium, penalty, late = caches(c)
    abandoned = [a for t, a in c.acts if lost(t, a)]
    per_task, _ = average(c.trial_cost(t) / 1e9 for t in counting)
    out = {
        "cost_usd.total": total / 1e9, "cost_usd.per_task": per_task,
        "cost_usd.per_resolved": over(total / 1e9, resolved),
        "sidekick_share.cost": over(c.cost("sidekick"), total),
        "cost_usd.failed_share": (over(failed, graded), len(c.judged)),
        "cost_usd.reported": sum(x.reported for x in reports) / 1e9 if reports else None,
        "calls.total": len(c.calls), "calls.reported": len(reports),
        "calls.per_task": average(len(t.calls) for t in counting)[0],
        "cost_usd.saved_by_cache": 1 - total / cold if cold else None,
        "cost_usd.write_premium": premium / 1e9, "cost_usd.expiry_penalty": (penalty / 1e9, late),
        "cost_usd.abandoned": (sum(map(c.spent_on, abandoned)) / 1e9, len(abandoned)),
        "cost_usd.unknown_estimate": (c.sum(c.unreported) / 1e9, unknown), "calls.unknown_usage": unknown,
        "calls.other_model": sum(
            x.served.lower() not in ("", x.wire.lower()) and x.wire != "" for _, x in c.calls),
        "calls.cache_unclear": sum(x.unclear for _, x in c.calls),
        "cost_usd.without_cache": cold / 1e9,
        "cost_usd.sidekicks_at_main_price": (total - c.cost("sidekick") + at(c.main_price)) / 1e9,
        "cost_usd.sidekicks_at_other_price":
            (total - c.cost("sidekick") + at(c.other)) / 1e9 if c.other else None,
    }
    for role in ("main", "sidekick", "advisor"):
        out["cost_usd." + role] = c.cost(role) / 1e9
    out["cost_usd.router"] = c.cost("router") / 1e9 if c.kind == "router" else None
    return out


def lost(t, a):
    return a.abandoned or a.state == "cancelled" or a.state == "" and t.outcome is not None


def caches(c):
    """What writing to caches cost more than not to, what their expiry did, and how often."""
    premium = penalty = late = 0
    for t in c.trials:
        last = {}
        for x in t.calls:
            u = x.answer
            if not u["input"]:
                continue
            for a in x.billed:
                r = c.price(x).of(a)
                premium += cost(r, a["written"], 0, a["written"], a["hour"]) - cost(r, a["written"])
            before = last.get(x.agent)
            last[x.agent] = x
            if before is None or before.model != x.model or x.sent - before.end <= TTL:
                continue
            late += 1
            gone = max(0, min(before.answer["input"], u["input"]) - u["cached"])
            penalty += cost(c.rates(x), gone) - cost(c.rates(x), gone, gone)
    return premium, penalty, late


def tokens(c):
    def of(key, *roles):
        return c.sum(lambda x: x.usage[key], *roles)
    def both(*roles):
        return of("input", *roles) + of("output", *roles)
    return {
        "tokens.input": of("input"), "tokens.cached_input": of("cached"),
        "tokens.cache_write": of("written"), "tokens.cache_write_1h": of("hour"),
        "tokens.output": of("output"), "tokens.reasoning": of("reasoning"),
        "tokens.uncached_per_task": average(
            sum(x.usage["input"] - x.usage["cached"] + x.usage["output"] for x in t.calls)
            for t in c.counting())[0],
        "cached_share.main": over(of("cached", "main"), of("input", "main")),
        "cached_share.sidekick": over(of("cached", "sidekick"), of("input", "sidekick")),
        "sidekick_share.tokens": over(both("sidekick"), both()),
    }


def reported(c):
    """Whether enough of the cost was, to conclude something from it."""
    return not c.no_usage and c.sum(c.unreported) <= 0.01 * (c.cost() + c.sum(c.unreported))


def displaced(c):
    if c.alone is None:
        return None, 0
    pairs = c.pairs()
    def read(t):
        return sum(x.usage["input"] + x.usage["output"] for x in t.main_calls)
    before = sum(read(a) for a, _ in pairs) if reported(c) and reported(c.alone) else 0
    return (1 - sum(read(m) for _, m in pairs) / before if before else None), len({a.task for a, _ in pairs})


def overheads(c):
    briefs = told = fixed = 0
    needed, seen = [], 0.0
    for t in c.trials:
        for x in t.tools:
            if t.leads(x.agent) and x.name in ("task", "task_output", "task_stop"):
                told += c.carried(t, x.agent, x.end, x.shown // 4)
        for a in t.acts:
            by = next((x for x in t.calls if x.agent == a.main and x.id == a.batch), None)
            brief = cost(c.rates(by), output=a.prompt_bytes // 4) if by else 0
            briefs += brief
            token = c.carried(t, a.main, end_of(t, a), MILLION)
            if token:
                report = c.carried(t, a.main, end_of(t, a), a.report_bytes // 4)
                needed.append((c.spent_on(a) + brief + report) / token * MILLION)
                seen += observed(a) / 4
    extra, after, alone = [], [], []
    for single, led in c.pairs():
        reads, other = inputs(led), inputs(single)
        if reads.get(1) and other.get(1):
            extra.append(reads[1] - other[1])
            fixed += int((reads[1] - other[1]) / MILLION * prefix(c, led))
        turn = reading(led)
        if other.get(turn):
            after.append(reads[turn])
            alone.append(other[turn])
    paid = (briefs + told) / 1e9
    return {
        "overhead.usd": paid, "overhead.briefs_usd": briefs / 1e9, "overhead.reports_usd": told / 1e9,
        "overhead.share": over(paid, c.cost("main") / 1e9), "break_even.tokens": average(needed),
        "break_even.observed": (over(seen, sum(needed)), len(needed)),
        "overhead.fixed_tokens": average(extra),
        "overhead.fixed_usd": (fixed / 1e9 if extra else None, len(extra)),
        "after_reports.input": average(after), "after_reports.input_alone": average(alone),
        "after_reports.ratio": (over(sum(after), sum(alone)), len(after)),
    }


def inputs(t):
    return {x.turn: x.answer["input"] for x in t.main_calls if x.answer["input"]}


def reading(t):
    """The turn in which main first reads reports."""
    if not t.batches:
        return None
    return min((n for n in inputs(t) if n > first_delegation(t)), default=None)


def prefix(c, t):
    """What a million tokens in front of the conversation cost in all of main's calls."""
    total, first = 0, 0
    for x in t.main_calls:
        u = x.answer
        if u["input"]:
            total += cost(c.rates(x), MILLION, MILLION if first and u["cached"] >= first else 0)
            first = first or u["input"]
    return total


def times(c):
    walls = [c.times[id(t)].wall / 1000 for t in c.worked if t.counts]
    lasted = c.sum(lambda x: x.lasted)
    return {
        "wall_s.p50": quantile(walls, 0.5), "wall_s.p95": quantile(walls, 0.95),
        "wall_s.per_task": average(walls)[0],
        "sidekick_share.llm_seconds": over(c.sum(lambda x: x.lasted, "sidekick"), lasted),
        "wall_s.outage": sum(c.times[id(t)].outage for t in c.trials if t.outcome is not None) / 1000,
        "wall_s.paused": sum(c.times[id(t)].paused for t in c.trials if t.outcome is not None) / 1000,
    }
