"""Accuracy under the corruptions of MNIST-C, through preprocessing and network.

python -m benchmarks.mnist_c --data mnist.npz [-n 1000] [--sheet FILE]
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks.corruptions import CORRUPTIONS
from train import data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("-n", type=int, default=1000, help="pictures a corruption")
    parser.add_argument("--sheet", type=Path, help="PNG of the first pictures of each")
    args = parser.parse_args()
    digits = data.mnist(args.data)
    keep = np.sort(np.random.default_rng(0).permutation(len(digits.x_test))[: args.n])
    x, y = digits.x_test[keep], digits.y_test[keep]
    reader = model.load()
    print(
        f"MNIST test part, n = {len(x)} each\n\n| corruption | right | turned away |\n|---|---|---|"
    )
    shares, rows = [], []
    for name, corrupt in CORRUPTIONS.items():
        rng = np.random.default_rng(1)
        made = [corrupt(picture, rng) for picture in x]
        answers = [reader.read(picture) for picture in made]
        right = np.mean([a.text == str(label) for a, label in zip(answers, y, strict=True)])
        away = np.mean([a.text == "" for a in answers])
        shares.append(right)
        rows.append(np.hstack(made[:16]))
        print(f"| {name} | {100 * right:.1f} % | {100 * away:.1f} % |", flush=True)
    print(f"| mean | {100 * np.mean(shares):.1f} % | |")
    if args.sheet:
        cv2.imwrite(str(args.sheet), cv2.resize(np.vstack(rows), None, fx=2, fy=2))


if __name__ == "__main__":
    main()
