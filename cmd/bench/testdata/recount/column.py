"""Some trials of one configuration, and what all metrics need."""

from statistics import mean

from log import Price, cost, price_of
from times import Times


def over(a, b):
    return a / b if b else None


def average(values):
    values = list(values)
    return (mean(values) if values else None), len(values)


def quantile(values, p):
    values = sorted(values)
    if not values:
        return None
    at = p * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])


def share(a, b):
    return over(a, b), b


class Column:
    """Some trials of one configuration."""

    def __init__(self, run, name, trials, other):
        self.run, self.config, self.trials, self.other = run, run.configurations[name], trials, other
        self.kind, self.alone, self.best = self.config["kind"], None, {}
        self.main_price = Price(self.config["main"]["price"])
        self.calls = [(t, c) for t in trials for c in t.calls]
        self.acts = [(t, a) for t in trials for a in t.acts]
        self.worked = [t for t in trials if t.worked]
        self.judged = [t for t in trials if t.judged]
        self.times = {id(t): Times(t) for t in trials}
        self.no_usage = any("no_usage" in t.notices for t in trials)

    def price(self, call):
        return self.run.prices.get(call.price_id) or Price({})

    def paid(self, call):
        return sum(price_of(a, self.price(call)) for a in call.billed)

    def rates(self, call):
        return self.price(call).of(call.answer)

    def unreported(self, call):
        return sum(price_of(a, self.price(call)) for a in call.unreported)

    def whose(self, t, call):
        if t.leads(call.agent):
            return "main"
        role = t.roles[call.agent]
        return role if role in ("advisor", "router") else "sidekick"

    def sum(self, of, *roles):
        """Over calls of some roles; of all if none is named."""
        return sum(of(c) for t, c in self.calls if not roles or self.whose(t, c) in roles)

    def cost(self, *roles):
        return self.sum(self.paid, *roles)

    def trial_cost(self, t):
        return sum(self.paid(c) for c in t.calls)

    def carried(self, t, agent, when, tokens):
        """What tokens cost that an agent reads from some time on: at p_in once, then at p_cached."""
        total, full = 0, True
        for c in t.main_calls:
            if c.agent != agent or c.start is None or c.start < when or not c.usage["input"] or not tokens:
                continue
            total += cost(self.rates(c), tokens, 0 if full else tokens)
            full = False
        return total

    def spent_on(self, a):
        return sum(self.paid(c) for c in a.calls)

    def counting(self):
        return [t for t in self.trials if t.counts]

    def pairs(self):
        """Trials of main's model alone beside these: at the same tasks, attempt by attempt."""
        if self.alone is None:
            return []
        def by_task(trials):
            out = {}
            for t in sorted(trials, key=lambda t: t.attempt):
                out.setdefault(t.task, []).append(t)
            return out
        mine = by_task(self.judged)
        return [
            pair for task, others in by_task(self.alone.judged).items()
            for pair in zip(others, mine.get(task, []))
        ]
