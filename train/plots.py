"""Plots of how well a network reads: each function draws one figure."""

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from train.calibrate import reliability

mpl.rcParams.update({
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "figure.dpi": 110,
})  # fmt: skip
INK = "#4f46e5"
FEW = 20  # answers whose share that is right says little


def png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight", metadata={"Software": None})
    return file.getvalue()


def confusion(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """Confusion matrix (true, answered): counts as text, the share of the true label as colour."""
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    strength = shares**0.25  # shows a mistake of one in a thousand
    axes.imshow(strength, cmap="Purples", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if strength[row, column] > 0.6 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    axes.set_xticks(range(counts.shape[1]), names[: counts.shape[1]])
    axes.set_yticks(range(counts.shape[0]), names[: counts.shape[0]])
    axes.set(xlabel="answered", ylabel="true", title="Confusion matrix")
    return figure


def calibration(confidence: np.ndarray, right: np.ndarray, error: float) -> Figure:
    """Reliability diagram (Niculescu-Mizil and Caruana 2005), and how often each confidence is."""
    figure = Figure(figsize=(5.2, 5.6), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    mean, share, count = reliability(confidence, right)
    above.plot([0, 1], [0, 1], color="gray", linestyle=":", label="perfect")
    above.plot(mean, share, color=INK, linewidth=1)
    few = count < FEW
    above.scatter(mean[~few], share[~few], color=INK, label="this network", zorder=3)
    above.scatter(
        mean[few], share[few], facecolor="white", edgecolor=INK, zorder=3,
        label=f"fewer than {FEW} answers",
    )  # fmt: skip
    above.set(ylabel="share that is right", ylim=(0, 1.02), xlim=(0, 1.02))
    above.set_title(f"Calibration: expected error {error:.4f}")
    above.legend(loc="lower right", frameon=False)
    below.bar(mean, count, width=0.03, color=INK)
    below.set(xlabel="confidence", ylabel="answers", yscale="log", ylim=(0.7, None))
    return figure


def curves(history: Sequence[Mapping[str, float]]) -> Figure:
    """Loss and accuracy over the epochs, in training and in every validation part."""
    figure = Figure(figsize=(10.4, 3.6), layout="constrained")
    epochs = range(1, len(history) + 1)
    for axes, measure in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for name in (name for name in history[0] if name.endswith(measure)):
            label = _label(name, history[0])
            axes.plot(epochs, [e[name] for e in history], marker=".", label=label)
        axes.set(xlabel="epoch", title=measure.capitalize())
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _label(name: str, epoch: Mapping[str, float]) -> str:
    """What one of an epoch's figures is called in a legend."""
    if name == "validation_loss" and "validation_accuracy" not in epoch:
        return "sum of the parts"  # what the best epoch is chosen by
    part, _, _ = name.rpartition("_")
    return part.replace("_", " ") or "training"


def mistakes(pictures: np.ndarray, titles: Sequence[str]) -> Figure:
    """Pictures (n, 28, 28) with a line above each."""
    columns = 8
    rows = max(1, -(-len(pictures) // columns))
    figure = Figure(figsize=(columns * 1.2, rows * 1.5), layout="constrained")
    for i, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if i < len(pictures):
            axes.imshow(pictures[i], cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(titles[i], fontsize=8)
    if not len(pictures):
        figure.text(0.5, 0.5, "None is misread.", ha="center", va="center")
    return figure
