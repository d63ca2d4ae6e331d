"""Recomputes `bench compare RUN --format json` from the views of a database alone.

    python3 recompute.py bench.db RUN comparison.json [RESAMPLES]

It shares no code with bench, and takes its formulas from docs/statistics.md and the
sources named there. It prints what differs, and ends with 1 if anything does. For a
run without pauses, whose models all reported what they used.
"""

import json
import math
import sqlite3
import sys
from statistics import NormalDist, median

NORMAL = NormalDist()
CONFIDENCE, ALPHA, MARGIN = 0.95, 0.05, 0.05


class PCG:
    """Go's math/rand/v2.PCG and the Rand.IntN above it."""

    def __init__(self, high, low):
        self.state = (high << 64 | low) & (1 << 128) - 1

    def uint64(self):
        mul = 2549297995355413924 << 64 | 4865540595714422341
        inc = 6364136223846793005 << 64 | 1442695040888963407
        self.state = (self.state * mul + inc) & (1 << 128) - 1
        hi, lo = self.state >> 64, self.state & (1 << 64) - 1
        word = (1 << 64) - 1
        hi ^= hi >> 32
        hi = hi * 0xDA942042E4DD58B5 & word
        hi ^= hi >> 48
        return hi * (lo | 1) & word

    def below(self, n):
        if n & (n - 1) == 0:
            return self.uint64() & (n - 1)
        while True:
            product = (self.uint64() >> 32) * n
            if product & 0xFFFFFFFF >= n or product & 0xFFFFFFFF >= (1 << 32) % n:
                return product >> 32


DRAWN = {}


def resamples(n):
    if n not in DRAWN:
        rng = PCG(0, n)
        DRAWN[n] = [[rng.below(n) for _ in range(n)] for _ in range(RESAMPLES)]
    return DRAWN[n]


def student(p, df):
    """The quantile of Student's distribution, by bisection of Simpson's integral."""
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)

    def below(t):
        steps = 2000
        h = t / steps
        f = [(1 + (i * h) ** 2 / df) ** (-(df + 1) / 2) for i in range(steps + 1)]
        return 0.5 + scale * h / 3 * (f[0] + f[-1] + 4 * sum(f[1:-1:2]) + 2 * sum(f[2:-1:2]))

    lo, hi = 0.0, 50.0
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if below(mid) < p else (lo, mid)
    return lo


def quantile(ordered, p):
    at = p * (len(ordered) - 1)
    i = int(at)
    if i + 1 >= len(ordered):
        return ordered[-1]
    return ordered[i] + (at - i) * (ordered[i + 1] - ordered[i])


def deviation(values):
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def bca(n, statistic):
    """Efron's BCa with Hesterberg's widening and the jackknife's error."""
    if 2 ** (1 - n) > 1 - CONFIDENCE:
        return None
    values = sorted(statistic(draw) for draw in resamples(n))
    whole = statistic(range(n))
    near = 1e-12 * abs(whole)
    share = (sum(v < whole - near for v in values) + sum(v < whole + near for v in values)) / 2
    least = 0.5 / len(values)
    bias = NORMAL.inv_cdf(min(1 - least, max(least, share / len(values))))
    left = [statistic([k for k in range(n) if k != i]) for i in range(n)]
    mean = sum(left) / n
    squares = sum((mean - v) ** 2 for v in left)
    skew = sum((mean - v) ** 3 for v in left) / (6 * squares**1.5) if squares else 0
    wide = student((1 + CONFIDENCE) / 2, n - 1) * math.sqrt(n / (n - 1))
    if deviation(values):
        wide *= max(1, deviation(left) * (n - 1) / math.sqrt(n) / deviation(values))
    ends = []
    for z in (-wide, wide):
        moved = bias + z
        ends.append(quantile(values, NORMAL.cdf(bias + moved / (1 - skew * moved))))
    return ends


def wilson(p, n):
    q = NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
    scale = 1 + q * q / n
    mid, half = p + q * q / (2 * n), q * math.sqrt(p * (1 - p) / n + q * q / (4 * n * n))
    return [max(0, (mid - half) / scale), min(1, (mid + half) / scale)]


def lost(n, b, c, d):
    """Tango's estimate of the chance of a loss: b gained, c lost, difference d."""
    lin = -b - c + (2 * n - b + c) * d
    return (math.sqrt(max(0, lin * lin + 8 * n * c * d * (1 - d))) - lin) / (4 * n)


def tango(n, b, c, d):
    over = b - c - n * d
    if over == 0:
        return 0.0
    variance = n * (2 * lost(n, b, c, d) + d * (1 - d))
    return over / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, over)


def tango_interval(n, b, c):
    ends = []
    q = NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
    for target in (q, -q):
        lo, hi = -1.0, 1.0
        for _ in range(100):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if tango(n, b, c, mid) > target else (lo, mid)
        ends.append(100 * lo)
    return ends


def power(x, k):
    return 1.0 if k == 0 else x**k


def non_inferiority(n, b, c, margin):
    """Over every outcome, the chance of a statistic as large."""
    seen = tango(n, b, c, -margin) - 1e-9
    worse = lost(n, b, c, -margin)
    better = max(0.0, worse - margin)
    same = max(0.0, 1 - worse - better)
    p = 0.0
    for gained in range(n + 1):
        for down in range(n - gained + 1):
            if tango(n, gained, down, -margin) >= seen:
                p += (
                    math.comb(n, gained)
                    * math.comb(n - gained, down)
                    * power(better, gained)
                    * power(worse, down)
                    * power(same, n - gained - down)
                )
    return p


def mcnemar(b, c):
    n, few = b + c, min(b, c)
    if n == 0:
        return 1.0
    terms = [math.comb(n, k) / 2**n for k in range(few + 1)]
    return min(1, 2 * sum(terms) - terms[-1])


def sign_flip(differences):
    live = [d for d in differences if d]
    if len(live) > 12:
        return None
    seen = abs(sum(live)) - 1e-9
    count = 0
    for flips in range(2 ** len(live)):
        s = sum(-d if flips >> i & 1 else d for i, d in enumerate(live))
        count += abs(s) >= seen
    return count / 2 ** len(live)


def holm(ps):
    out, least = [None] * len(ps), 0
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        least = max(least, min(1, (len(ps) - rank) * ps[i]))
        out[i] = least
    return out


def ratio_of(tasks, what):
    def statistic(units):
        units = list(units)
        return sum(tasks[u][what][1] for u in units) / sum(tasks[u][what][0] for u in units)

    return statistic(range(len(tasks))), bca(len(tasks), statistic)


def cost_word(interval):
    if interval and interval[1] < 1:
        return "cheaper"
    return "dearer" if interval and interval[0] > 1 else "inconclusive"


def one_task_saves(tasks):
    """Whether the saving is gone without one of the three tasks that move it most."""
    total = [sum(t["cost"][side] for t in tasks) for side in (0, 1)]
    moved = sorted(
        range(len(tasks)),
        key=lambda i: -(total[1] - tasks[i]["cost"][1]) / (total[0] - tasks[i]["cost"][0]),
    )
    for i in moved[:3]:
        left = tasks[:i] + tasks[i + 1 :]
        if cost_word(ratio_of(left, "cost")[1]) != "cheaper":
            return True
    return False


def wealth(xs, bound):
    """The most that bets on a mean above the bound ever had: the mean of 32 gamblers, who begin with more
    the less they venture."""
    stakes = [(f, 1 - f) for f in ((i + 0.5) / 32 for i in range(32))]
    total = sum(own for _, own in stakes)
    most = 1.0
    for x in xs:
        stakes = [(f, own * (1 + f * (x - bound) / (1 + bound))) for f, own in stakes]
        most = max(most, sum(own for _, own in stakes) / total)
    return most


def sequence_interval(xs):
    """The means that neither bets on more nor bets on less have refuted at a level of 2.5 %."""

    def end(values):
        low, high = -1 + 1e-12, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if wealth(values, middle) >= 40 else (low, middle)
        return low

    return [100 * end(xs), -100 * end([-x for x in xs])]


class Pairs:
    """What the views say of a candidate beside the baseline."""

    def __init__(self, base, other, sequential):
        self.counts = {"both": 0, "only_baseline": 0, "only_candidate": 0, "neither": 0}
        self.tasks = []
        for task, trials in base.items():
            task_pairs = list(zip(trials, other.get(task, [])))
            if not task_pairs:
                continue
            sums = {"difference": 0.0}
            for name in ("cost", "tokens", "main"):
                sums[name] = [sum(pair[side][name] for pair in task_pairs) for side in (0, 1)]
            for b, c in task_pairs:
                word = {(1, 1): "both", (1, 0): "only_baseline", (0, 1): "only_candidate"}
                self.counts[word.get((b["resolved"], c["resolved"]), "neither")] += 1
                sums["difference"] += (c["resolved"] - b["resolved"]) / len(task_pairs)
            self.tasks.append(sums)
        self.n = sum(self.counts.values())
        means = [t["difference"] for t in self.tasks]
        self.gained = sum(m for m in means if m > 0)
        self.lost = -sum(m for m in means if m < 0)
        k = len(self.tasks)
        self.delta = 100 * sum(means) / k
        if sequential:
            self.interval = sequence_interval(means)
            self.worse_p = 1 / wealth(means, -MARGIN)
            self.p = min(1, 2 / max(wealth(means, 0), wealth([-m for m in means], 0)))
            return
        self.interval = tango_interval(k, self.gained, self.lost)
        self.worse_p = non_inferiority(k, self.gained, self.lost, MARGIN)
        if self.n > k:
            self.p = sign_flip(means)
        else:
            self.p = mcnemar(self.counts["only_candidate"], self.counts["only_baseline"])

    def judge(self, p, worse_p, fusion):
        self.non_inferior = worse_p <= ALPHA and self.counts["both"] + self.counts["only_baseline"] > 0
        self.cost, self.cost_interval = ratio_of(self.tasks, "cost")
        self.tokens, self.tokens_interval = ratio_of(self.tasks, "tokens")
        quality = "inconclusive"
        if p < ALPHA and self.interval[0] > 0:
            quality = "better"
        elif self.non_inferior:
            quality = "non_inferior"
        elif p < ALPHA and self.interval[1] < 0:
            quality = "worse"
        cost = cost_word(self.cost_interval)
        self.displacement = self.displacement_interval = None
        if fusion:
            left, ends = ratio_of(self.tasks, "main")
            self.displacement = 1 - left
            self.displacement_interval = ends and [1 - ends[1], 1 - ends[0]]
        idle = fusion and not (self.displacement_interval and self.displacement_interval[0] > 0)
        if cost == "cheaper" and (idle or one_task_saves(self.tasks)):
            cost = "inconclusive"
        self.quality, self.cost_word = quality, cost
        words = {
            ("non_inferior", True): "non_inferior_and_cheaper",
            ("non_inferior", False): "non_inferior_not_cheaper",
            ("worse", True): "worse_but_cheaper",
            ("worse", False): "worse",
        }
        self.word = words.get((quality, cost == "cheaper"), quality)


def trials_of(db, run, configuration):
    """The trials that count, by task in the order of attempts."""
    rows = db.execute(
        """SELECT t.trial_id, t.instance_id, t.resolved, t.cost_usd,
             (SELECT sum(input_tokens + output_tokens) FROM v_agents a WHERE a.trial_id = t.trial_id),
             (SELECT sum(input_tokens + output_tokens) FROM v_agents a
              WHERE a.trial_id = t.trial_id AND a.role IN ('main', 'single')),
             t.blame
           FROM v_trials t
           WHERE t.run_id = ? AND t.configuration = ?
           ORDER BY t.trial_id, t.attempt""",
        (run, configuration),
    )
    out = {}
    for _, task, resolved, cost, tokens, main, blame in rows:
        trials = out.setdefault(task, [])  # also of a task that has its verdict from a later attempt
        if resolved is not None and blame not in ("infra", "user"):
            trials.append({"resolved": resolved, "cost": cost, "tokens": tokens or 0, "main": main or 0})
    return {task: trials for task, trials in out.items() if trials}


PROBLEMS, CHECKED = [], 0


def check(what, got, want, within=1e-6):
    global CHECKED
    CHECKED += 1
    if isinstance(want, (list, tuple)) and isinstance(got, (list, tuple)):
        same = len(got) == len(want) and all(
            math.isclose(g, w, rel_tol=within, abs_tol=within) for g, w in zip(got, want)
        )
    elif isinstance(want, float) and isinstance(got, (int, float)):
        same = math.isclose(got, want, rel_tol=within, abs_tol=within)
    else:
        same = got == want
    if not same:
        PROBLEMS.append(f"{what}: the document says {got}, the views {want}")


def configurations(db, run, document):
    for c in document["configurations"]:
        row = db.execute(
            """SELECT n_trials, n_graded, n_infra, resolved, cost_usd, main_cost_usd, sidekick_cost_usd
               FROM v_configurations WHERE run_id = ? AND configuration = ?""",
            (run, c["name"]),
        ).fetchone()
        name = c["name"]
        for key, want in zip(("n_trials", "n_graded", "n_infra", "resolved"), row):
            check(f"{name} {key}", c[key], want)
        check(f"{name} cost", c["cost_usd"]["total"], float(row[4]))
        check(f"{name} main", c["cost_usd"]["main"], float(row[5]))
        check(f"{name} sidekicks", c["cost_usd"]["sidekick"] or 0, float(row[6]))
        trials = trials_of(db, run, name)
        check(f"{name} rate", c["resolved_rate"], row[3] / row[1])
        check(f"{name} interval", c["resolved_ci"], wilson(row[3] / row[1], len(trials)))


def pairs(db, run, document):
    kinds = dict(db.execute("SELECT configuration, kind FROM v_configurations WHERE run_id = ?", (run,)))
    models = dict(db.execute("SELECT configuration, main_wire FROM v_configurations WHERE run_id = ?", (run,)))
    base_name = document["pairs"][0]["baseline"]
    base = trials_of(db, run, base_name)
    (stop,) = db.execute("SELECT stop FROM runs WHERE run_id = ?", (run,)).fetchone()
    others = [trials_of(db, run, d["candidate"]) for d in document["pairs"]]
    all_pairs = [Pairs(base, other, stop is not None) for other in others]
    ps, worse_ps = holm([p.p for p in all_pairs]), holm([p.worse_p for p in all_pairs])
    for d, mine, p, worse_p in zip(document["pairs"], all_pairs, ps, worse_ps):
        name = d["candidate"]
        led = kinds[name] == "fusion" and models[name] == models[base_name]
        mine.judge(p, worse_p, led)
        for key, want in mine.counts.items():
            check(f"{name} {key}", d[key], want)
        check(f"{name} pairs", d["n_pairs"], mine.n)
        check(f"{name} tasks", d["n_tasks"], len(mine.tasks))
        check(f"{name} margin", d["margin_pp"], 100 * MARGIN)
        check(f"{name} difference", d["delta_pp"], mine.delta)
        check(f"{name} interval", d["delta_ci"], mine.interval)
        check(f"{name} p", d["p_value"], mine.p)
        check(f"{name} non-inferiority p", d["non_inferiority_p"], mine.worse_p)
        check(f"{name} Holm", [d["holm"]["p_value"], d["holm"]["non_inferiority_p"]], [p, worse_p])
        check(f"{name} non-inferior", d["non_inferior"], mine.non_inferior)
        check(f"{name} cost ratio", d["cost_ratio"], mine.cost)
        check(f"{name} cost interval", d["cost_ratio_ci"], mine.cost_interval)
        check(
            f"{name} median",
            d["cost_ratio_median"],
            median(t["cost"][1] / t["cost"][0] for t in mine.tasks),
        )
        check(f"{name} tokens ratio", d["tokens_ratio"], mine.tokens)
        check(f"{name} tokens interval", d["tokens_ratio_ci"], mine.tokens_interval)
        check(f"{name} displacement", d["displacement"], mine.displacement)
        check(f"{name} displacement interval", d["displacement_ci"], mine.displacement_interval)
        check(f"{name} quality", d["quality"], mine.quality)
        check(f"{name} cost", d["cost"], mine.cost_word)
        check(f"{name} word", d["word"], mine.word)


if __name__ == "__main__":
    RESAMPLES = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    with open(sys.argv[3]) as f:
        doc = json.load(f)
    configurations(database, sys.argv[2], doc)
    pairs(database, sys.argv[2], doc)
    print("\n".join(PROBLEMS) or f"{CHECKED} values are the same")
    sys.exit(1 if PROBLEMS else 0)
