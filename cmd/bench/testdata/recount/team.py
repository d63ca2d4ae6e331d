"""How sidekicks worked, and what came of it."""

import math
from itertools import combinations
from statistics import mean

from column import average, over, share
from lines import edits, kept, reread
from times import Path, length


REASONS = (
    "out_of_scope ambiguous_intent architecture security low_confidence missing_info needs_write "
    "other iterations cost tokens wall context_overflow stuck refused"
).split()
FORMS = "exact marked separated spelled fenced bare sentence below".split()


def turn_of(t, call):
    return next((x.turn for x in t.calls if x.id == call and t.leads(x.agent)), 0)


def first_delegation(t):
    """The turn of main's first response that delegates."""
    return turn_of(t, t.batches[0][0].batch)


def obeys(t):
    if not t.batches:
        return False
    own = [turn_of(t, x.batch) for x in t.tools
           if t.leads(x.agent) and x.name not in ("task", "task_output", "task_stop", "finish")]
    return first_delegation(t) <= min(own, default=math.inf)


def before_first(t):
    main = next(x.agent for x in t.calls if x.id == t.batches[0][0].batch)
    return sum(x.agent == main and x.turn < first_delegation(t) and not x.failed for x in t.calls)


def observed(a):
    return sum(x.shown for x in a.tools)


def teamwork(c):
    trials = c.worked
    acts = [a for t in trials for a in t.acts]
    started = [a for a in acts if a.started is not None]
    batches = [b for t in trials for b in t.batches]
    delegating = [t for t in trials if t.acts]
    times = [c.times[id(t)] for t in trials]
    total, joint, wall = (sum(getattr(x, k) for x in times) for k in ("sum", "union", "wall"))
    late = []
    for t in trials:
        for b in t.batches:
            worked = [n for n in (length(c.times[id(t)].work[id(a)]) for a in b) if n]
            if len(worked) > 1:
                late.append(max(worked) / mean(worked))
    locks = sum(x.lock for t in trials for x in list(t.acts) + t.tools)
    paths = [Path(t).shares() for t in trials]
    path = {k: sum(p[k] for p in paths) for k in ("main", "sidekick", "workspace", "all")}
    tools = [(t, x) for t in c.trials for x in t.tools]
    theirs = sum(t.roles[x.agent] == "sidekick" for t, x in tools)
    out = {
        "parallelism.delegations_per_trial": over(sum(len({a.id for a in t.acts}) for t in trials), len(trials)),
        "parallelism.batch_size_mean": average(map(len, batches)),
        "parallelism.mean_concurrency": over(total, joint),
        "parallelism.peak_concurrency": max((x.peak for x in times), default=0),
        "parallelism.speedup_estimate": over(wall - joint + total, wall),
        "parallelism.main_idle_s": over(sum(x.idle for x in times) / 1000, len(trials)),
        "parallelism.delegating_share": share(len(delegating), len(trials)),
        "parallelism.batched_share": share(sum(len(b) for b in batches if len(b) > 1), len(acts)),
        "parallelism.first_batch_coverage": share(sum(len(t.batches[0]) for t in delegating), len(acts)),
        "parallelism.turns_before_first": average(map(before_first, delegating)),
        "parallelism.delegates_first": share(sum(map(obeys, trials)), len(trials)),
        "parallelism.straggler_ratio": average(late),
        "parallelism.lock_wait_s": share(locks / 1e9, len(trials)),
        "sidekick_share.tool_calls": share(theirs, len(tools)),
    }
    for step in ("queue", "inspect", "prepare", "collect", "remove"):
        out[f"parallelism.{step}_s"] = share(sum(getattr(a, step) for a in started) / 1e9, len(started))
    for whose in ("main", "sidekick", "workspace"):
        out[f"critical_path.{whose}_share"] = over(path[whose], path["all"])
    return out


def reports(c):
    telling = [a for _, a in c.acts if a.report]
    resting = [a for a in telling if observed(a)]
    alike, same, commands = [], 0, 0
    for t in c.trials:
        for b in t.batches:
            read = [{x["path"] for k in a.tools for x in k.touched if not x.get("write")} for a in b]
            alike += [len(p & q) / len(p | q) for p, q in combinations(read, 2) if p | q]
            given = [[k.arguments for k in a.tools if k.name == "terminal"] for a in b]
            for i, mine in enumerate(given):
                others = {x for j, its in enumerate(given) if j != i for x in its}
                if len(b) > 1:
                    commands, same = commands + len(mine), same + sum(x in others for x in mine)
    out = {
        "reports.brief_tokens": average(a.prompt_bytes / 4 for _, a in c.acts),
        "reports.compression": (over(sum(a.report_bytes for a in resting), sum(map(observed, resting))),
                                len(resting)),
        "duplication.paths": average(alike), "duplication.commands": share(same, commands),
        "workspace_faults.conflict": sum(t.faults.count("conflict") for t in c.trials),
        "workspace_faults.read_only": sum(t.faults.count("read_only") for t in c.trials),
        "reports.risk_stated": share(sum(bool(a.risk) for a in telling), len(telling)),
    }
    risks = ["", "low", "medium", "high"]
    for risk in risks:
        those = [t for t in c.judged if t.acts and max((a.risk for a in t.acts), key=risks.index) == risk]
        out["reports.resolved_if_risk." + (risk or "unstated")] = share(
            sum(t.resolved for t in those), len(those))
    return out


def escalations(c):
    acts = [a for _, a in c.acts]
    back = [a for a in acts if a.escalated]
    ended = [a for a in acts if a.state]
    provider = sum(a.reason == "llm_error" for a in acts)
    started = [(t, a) for t, a in c.acts if a.started is not None]
    told = {id(t.working_on(agent, when)) for t in c.trials for agent, when in t.told}
    wrapped = sum(any(x.purpose == "wrap_up" for x in a.calls) for _, a in started)
    delegated = [t for t in c.judged if t.acts]
    did = [t for t in delegated if any(a.escalated for a in t.acts)]
    did_not = [t for t in delegated if not any(a.escalated for a in t.acts)]
    forced, wasted = sum(a.escalation == "forced" for a in back), sum(map(c.spent_on, back))
    out = {
        "escalation.delegations": sum(len({a.id for a in t.acts}) for t in c.trials),
        "escalation.activations": len(acts), "escalation.voluntary": len(back) - forced,
        "escalation.forced": forced, "escalation.escalated": len(back),
        "escalation.rate": share(len(back), len(ended) - provider), "escalation.failed_provider": provider,
        "escalation.failed_provider_share": share(provider, len(ended)),
        "escalation.wasted_usd": wasted / 1e9, "escalation.wasted_share": over(wasted, c.cost()),
        "escalation.sentinel_misplaced": (sum(a.misplaced for a in acts), len(ended)),
        "limits.told_share": share(sum(id(a) in told for _, a in started), len(started)),
        "limits.wrapped_up_share": share(wrapped, len(started)),
        "escalation.forced_share": share(forced, len(back)),
        "escalation.redelegated": (sum(redelegated(t, a) for t, a in c.acts), len(back)),
        "escalation.resolved_if_escalated": share(sum(t.resolved for t in did), len(did)),
        "escalation.resolved_if_not": share(sum(t.resolved for t in did_not), len(did_not)),
    }
    for r in REASONS:
        out["escalation.by_reason." + r] = sum(a.reason == r for a in back)
    for form in FORMS:
        out["escalation.by_sentinel." + form] = sum(a.sentinel == form for a in acts)
    return out


def redelegated(t, a):
    def files(x):
        return {touch["path"] for k in x.tools for touch in k.touched}
    for old in t.acts:
        if old is a or not old.escalated or old.ended is None or a.spawned < old.ended:
            continue
        common = len(files(a) & files(old))
        if a.id == old.id or common and 2 * common >= len(files(old)):
            return True
    return False


def files(c):
    again = ranges = paid = own = corrective = never = 0
    size = 0.0
    uses = {"applied": 0, "changed": 0, "dropped": 0}
    lines = held = 0
    sidekick = c.config.get("sidekick") or {}
    thrown_away = sidekick.get("read_only") and sidekick.get("workspace") == "snapshot"
    for t in c.trials:
        mine = reread(t, lambda *args, t=t: c.carried(t, *args))
        again, ranges, size, paid = again + mine[0], ranges + mine[1], size + mine[2], paid + mine[3]
        authored, mended = edits(t, c.run.patch)
        own, corrective = own + authored, corrective + mended
        never += t.worked and authored + mended == 0
        if t.patch is None or thrown_away:
            continue
        for a in t.acts:
            n, found = kept(c.run.patch(a.patch), c.run.patch(t.patch)) if a.patch else (0, 0)
            if n:
                uses["applied" if found == n else "changed" if found else "dropped"] += 1
                lines, held = lines + n, held + found
    all_patches = sum(uses.values())
    out = {
        "reread.share": share(again, ranges), "reread.bytes": size, "reread.cost_usd": paid / 1e9,
        "edits.authoring": own, "edits.corrective": (corrective, own + corrective),
        "edits.lead_never": share(never, len(c.worked)),
        "patches.lines_kept": (held, lines), "patches.lines_kept_share": share(held, lines),
    }
    for use, n in uses.items():
        out["patches." + use] = (n, all_patches)
        out[f"patches.{use}_share"] = share(n, all_patches)
    return out
