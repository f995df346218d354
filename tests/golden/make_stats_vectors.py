"""Makes stats_vectors.json: what scipy says of fixed lists, for tests/nas/stats.

    pip install scipy==1.17.1 numpy && python tests/golden/make_stats_vectors.py
"""

import itertools
import json
import pathlib

import numpy
import scipy
from scipy import stats

random = numpy.random.default_rng(20260304)


def pairs(n, digits):
    x = random.normal(size=n)
    y = 0.6 * x + random.normal(size=n)
    return [round(float(v), digits) for v in x], [round(float(v), digits) for v in y]


def correlations(x, y):
    found = {
        "x": x,
        "y": y,
        "pearson": stats.pearsonr(x, y).statistic,
        "spearman": stats.spearmanr(x, y).statistic,
        "kendall": stats.kendalltau(x, y).statistic,
        "weighted": stats.weightedtau(x, y).statistic,
        "sparse": stats.kendalltau(x, numpy.floor(numpy.array(y) / 0.25 + 0.5)).statistic,
    }
    if len(x) <= 8:
        for name, of in [
            ("pearson", lambda a, b: stats.pearsonr(a, b).statistic),
            ("kendall", lambda a, b: stats.kendalltau(a, b).statistic),
        ]:
            every = [abs(of(x, list(order))) for order in itertools.permutations(y)]
            found[name + "P"] = float(numpy.mean([v >= abs(found[name]) - 1e-12 for v in every]))
            found[name + "SmallestP"] = float(numpy.mean([v >= max(every) - 1e-12 for v in every]))
    return found


def groups(n, m, shift):
    a = [round(float(v), 3) for v in random.normal(80, 0.4, size=n)]
    b = [round(float(v), 3) for v in random.normal(80 + shift, 0.7, size=m)]
    welch = stats.ttest_ind(b, a, equal_var=False)
    interval = welch.confidence_interval(0.95)
    margin = 0.8
    low = stats.ttest_ind(numpy.array(b) + margin, a, equal_var=False, alternative="greater")
    high = stats.ttest_ind(numpy.array(b) - margin, a, equal_var=False, alternative="less")
    pooled = numpy.sqrt(
        ((n - 1) * numpy.var(a, ddof=1) + (m - 1) * numpy.var(b, ddof=1)) / (n + m - 2)
    )
    # scipy doubles the smaller tail instead of counting both: the same only for equal groups.
    values, observed = a + b, abs(numpy.mean(b) - numpy.mean(a))
    every = [
        abs(sum(c) / m - (sum(values) - sum(c)) / n) for c in itertools.combinations(values, m)
    ]
    exact = numpy.mean([v >= observed - 1e-12 for v in every])
    return {
        "a": a,
        "b": b,
        "difference": float(numpy.mean(b) - numpy.mean(a)),
        "p": float(welch.pvalue),
        "freedom": float(welch.df),
        "interval": [float(interval.low), float(interval.high)],
        "margin": margin,
        "equivalenceP": float(max(low.pvalue, high.pvalue)),
        "hedgesG": float(
            (numpy.mean(b) - numpy.mean(a)) / pooled * (1 - 3 / (4 * (n + m - 2) - 1))
        ),
        "permutationP": float(exact),
    }


def power(n, effect, deviation):
    shift = effect / deviation * numpy.sqrt(n / 2)
    critical = stats.t.ppf(0.975, 2 * n - 2)
    return {
        "n": n,
        "effect": effect,
        "deviation": deviation,
        "power": float(
            stats.nct.sf(critical, 2 * n - 2, shift) + stats.nct.cdf(-critical, 2 * n - 2, shift)
        ),
    }


def bootstrap(n):
    x, y = pairs(n, 3)
    result = stats.bootstrap(
        (x, y),
        lambda a, b: stats.spearmanr(a, b).statistic,
        paired=True,
        vectorized=False,
        n_resamples=20_000,
        method="BCa",
        rng=random,
    )
    values = [round(float(v), 3) for v in random.exponential(size=n)]
    of_mean = stats.bootstrap((values,), numpy.mean, n_resamples=20_000, method="BCa", rng=random)
    return {
        "x": x,
        "y": y,
        "spearman": [float(v) for v in result.confidence_interval],
        "values": values,
        "mean": [float(v) for v in of_mean.confidence_interval],
    }


flips = [0.4, -0.2, 0.9, 0.1, 0.5, -0.3, 0.7]
best = [round(float(v), 2) for v in random.normal(90, 1, size=8)]
levels = [0.5, 0.9, 0.95, 0.975, 0.995, 0.9995]
p_values = [0.01, 0.04, 0.03, 0.005, 0.5]


def holm(values):
    order = numpy.argsort(values)
    running, out = 0.0, [0.0] * len(values)
    for rank, place in enumerate(order):
        running = max(running, min(1.0, (len(values) - rank) * values[place]))
        out[int(place)] = running
    return out


vectors = {
    "scipy": scipy.__version__,
    "correlations": [
        correlations(*pairs(n, digits)) for n, digits in [(5, 3), (6, 1), (7, 0), (20, 1), (50, 3)]
    ],
    "groups": [groups(3, 3, 0.2), groups(6, 5, 0.1), groups(8, 9, 1.5)],
    "power": [power(3, 1, 0.5), power(17, 0.3, 0.3), power(7, 0.5, 0.3), power(30, 0.1, 0.4)],
    "bootstrap": [bootstrap(12), bootstrap(30)],
    "signFlip": {
        "values": flips,
        "p": float(
            stats.permutation_test(
                (flips,), numpy.mean, permutation_type="samples", n_resamples=numpy.inf
            ).pvalue
        ),
    },
    "kendallExact": [
        {"n": n, "tau": tau, "p": float(stats.kendalltau(*order).pvalue)}
        for n, tau, order in [
            (5, -0.2, ([1, 2, 3, 4, 5], [3, 4, 5, 1, 2])),
            (6, 0.6, ([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5])),
        ]
    ],
    "bestOf": {
        "values": best,
        "expected": [
            float(numpy.mean([max(c) for c in itertools.combinations(best, k)])) for k in range(1, 9)
        ],
    },
    "mcnemar": {
        "onlyFirst": 12,
        "onlySecond": 4,
        "p": float(stats.binomtest(4, 16, 0.5).pvalue),
    },
    "student": [
        {"p": p, "freedom": f, "quantile": float(stats.t.ppf(p, f))}
        for p in levels
        for f in (1.2, 3, 4.5, 40)
    ],
    "normal": [{"p": p, "quantile": float(stats.norm.ppf(p))} for p in levels],
    "holm": {"p": p_values, "adjusted": holm(p_values)},
}

path = pathlib.Path(__file__).with_name("stats_vectors.json")
path.write_text(json.dumps(vectors, indent=1) + "\n")
