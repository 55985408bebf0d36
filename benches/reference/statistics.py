#!/usr/bin/env python3
"""Writes the tables of benches/statistics.rs into FOLDER and times the same work with the Python packages.

One line per case, as the benchmark prints it: name, CPU seconds of the fastest of REPEATS, value. One thread: run.sh
sets OMP_NUM_THREADS=1 and its like. The bootstraps draw their own resamples, so their values agree to the error of
10,000 or 2,000 resamples only; the others agree to rounding.
"""
import pathlib
import sys
import time

import krippendorff
import numpy as np
from scipy import stats
from sklearn.metrics import cohen_kappa_score

FOLDER = pathlib.Path(sys.argv[1])
REPEATS = {"ordinal_alpha_5x100k": 5, "icc_bootstrap_11x10000x200x3": 2, "kappa_bootstrap_200x2000": 2, "sign_flip_2^18": 3}
rng = np.random.default_rng(20240905)


def timed(name, work):
    fastest, value = float("inf"), None
    for _ in range(REPEATS[name]):
        before = time.process_time()
        value = work()
        fastest = min(fastest, time.process_time() - before)
    print(f"{name} {fastest:.6f} {value:.12f}", flush=True)


def write(name, rows):
    lines = [",".join("" if x is None or x != x else f"{x:.17g}" for x in row) for row in rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def ratings(units, raters):
    level = rng.normal(3, 1.2, units)
    return np.clip(np.rint(level[:, None] + rng.normal(0, 0.9, (units, raters))), 0, 6)


def ordinal_alpha():
    scores = ratings(100_000, 5)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    write("alpha.csv", scores)
    data = scores.T.copy()
    timed("ordinal_alpha_5x100k", lambda: krippendorff.alpha(data, level_of_measurement="ordinal"))


def icc_a1(x):
    """x: resamples x units x raters."""
    n, k = x.shape[1:]
    grand = x.mean(axis=(1, 2), keepdims=True)
    units, raters = x.mean(axis=2, keepdims=True), x.mean(axis=1, keepdims=True)
    between = k * ((units - grand) ** 2).sum(axis=(1, 2)) / (n - 1)
    columns = n * ((raters - grand) ** 2).sum(axis=(1, 2)) / (k - 1)
    residual = ((x - units - raters + grand) ** 2).sum(axis=(1, 2)) / ((n - 1) * (k - 1))
    return (between - residual) / (between + (k - 1) * residual + k * (columns - residual) / n)


def icc_bootstrap():
    items = [ratings(200, 3) for _ in range(11)]
    write("icc.csv", np.concatenate(items))

    def work():
        drawn = np.random.default_rng(1).integers(0, 200, (10_000, 200))
        low = 0.0
        for scores in items:
            replicates = np.concatenate([icc_a1(scores[part]) for part in np.array_split(drawn, 20)])
            low += np.quantile(replicates, 0.025)
        return low / 11

    timed("icc_bootstrap_11x10000x200x3", work)


def kappa_bootstrap():
    scores = ratings(200, 2)
    write("kappa.csv", scores)
    a, b = scores.T.astype(int)
    labels = list(range(7))

    def work():
        drawn = np.random.default_rng(1).integers(0, 200, (2_000, 200))
        return np.quantile(
            [cohen_kappa_score(a[i], b[i], weights="quadratic", labels=labels) for i in drawn], 0.025
        )

    timed("kappa_bootstrap_200x2000", work)


def exact_sign_flip():
    differences = rng.normal(0.3, 1, 18)
    write("flips.csv", differences[:, None])

    def work():
        return stats.permutation_test(
            (differences,), lambda x, axis: x.mean(axis=axis), permutation_type="samples", vectorized=True,
            n_resamples=np.inf,
        ).pvalue

    timed("sign_flip_2^18", work)


ordinal_alpha()
icc_bootstrap()
kappa_bootstrap()
exact_sign_flip()
