"""What changes of the model from turn to turn come to."""

from column import average
from log import cost

BY = {"rule": 0, "model": 0, "default": 0}


def routing(c):
    if c.kind != "router":
        return {
            "routing." + m: None
            for m in ("switches", "switches_per_task", "by_rule", "by_model", "by_default")
        } | {"routing." + m: (None, 0) for m in ("cache_lost_tokens", "cache_lost_usd", "reasoning_lost")}
    by, switches, thoughts, losses = dict(BY), 0, 0, []
    for t in c.trials:
        for r in taken(t):
            by[r["by"]] += 1
            switches += "from" in r
            thoughts += r.get("reasoning_lost", 0)
        losses += lost(c, t)
    tokens, dollars = (sum(x) for x in zip(*losses)) if losses else (0, 0)
    return {
        "routing.switches": switches,
        "routing.switches_per_task": average(sum("from" in r for r in taken(t)) for t in c.counting())[0],
        "routing.cache_lost_tokens": (tokens, len(losses)),
        "routing.cache_lost_usd": (dollars / 1e9, len(losses)),
        "routing.reasoning_lost": (thoughts, switches),
    } | {"routing.by_" + k: n for k, n in by.items()}


def taken(t):
    """The choices of turns in which a model was called."""
    turns = {x.turn for x in t.main_calls}
    return [r for turn, r in t.routes.items() if turn in turns]


def lost(c, t):
    """Tokens and nano-dollars that the first answered call after each switch lost."""
    answered = [x for x in t.main_calls if x.turn in t.routes and x.answer["input"]]
    out = []
    for before, now in zip(answered, answered[1:]):
        if before.model == now.model:
            continue
        u, rates = now.answer, c.rates(now)
        known = min(before.answer["input"], u["input"])
        gone = max(0, known - u["cached"])
        written = min(gone, max(0, u["written"] - (u["input"] - known)))
        hour = written * u["hour"] // u["written"] if u["written"] else 0
        out.append((gone, cost(rates, gone, 0, written, hour) - cost(rates, gone, gone)))
    return out
