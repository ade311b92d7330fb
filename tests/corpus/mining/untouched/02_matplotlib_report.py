"""Figures of a run. Nothing here is traced."""
import logging
import pathlib

import numpy as np

logger = logging.getLogger(__name__)
ROW = "{:<20} {:>8.3f}"


def smooth(values, k=9):
    kernel = np.ones(k) / k
    pad = np.concatenate([np.repeat(values[:1], k // 2), values, np.repeat(values[-1:], k // 2)])
    return np.convolve(pad, kernel, mode="valid")


def histogram(values, bins=30):
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    counts, edges = np.histogram(values, bins=bins)
    mass = np.cumsum(counts) / max(counts.sum(), 1)
    return counts, edges, mass


def outliers(values, z=4.0):
    m, s = np.mean(values), np.std(values)
    flag = np.abs(values - m) > z * s
    order = np.cumsum(flag) - 1
    return np.where(flag, order, -1)


def table(rows):
    lines = [ROW.format(name, value) for name, value in rows]
    width = max(map(len, lines), default=0)
    return "\n".join(["=" * width, *lines, "=" * width])


def plot(run, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(exist_ok=True)
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        plt = None
    if plt is None:
        logger.warning("no figures for %s", run["name"])
        return None
    figure, axis = plt.subplots()
    axis.plot(smooth(np.array(run["loss"])))
    axis.set_title(f"{run['name']}: {run['loss'][-1]:.4f}")
    target = folder / f"{run['name']}.png"
    figure.savefig(target)
    return target


def compare(runs):
    best = float("-inf")
    for r in runs:
        best = max(best, r["score"])
    return [(r["name"], r["score"] / best) for r in runs]
