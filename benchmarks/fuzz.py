"""Throw bytes at decoding and reading, led by what they reach in the code (coverage-guided).

python -m benchmarks.fuzz --seconds 60

Starts from small pictures of every format. Whatever ends in anything but pixels or a PictureError
stops the run, with the bytes that did it in --out; so does what takes over ten seconds or 2 GB.
Needs `pip install atheris` (Linux, macOS); it is no part of the tests.
"""

import argparse
import io
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FORMS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF")
SIDE = 24
LARGEST = 4096  # bytes of one input: smaller ones are tried more often


def seeds() -> dict[str, bytes]:
    """Return small pictures of every format, in the modes that each has."""
    from PIL import Image

    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8))
    made = {}
    for form in FORMS:
        for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "F"):
            file = io.BytesIO()
            try:
                noise.convert(mode).save(file, form)
            except (OSError, ValueError):  # a mode that this format does not have
                continue
            made[f"{form}_{mode}"] = file.getvalue()
    return made


def fuzz(arguments: list[str]) -> None:
    """Run libFuzzer in this process; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["PIL", "frugal", "picture", "preprocessing"]):
        import model
        import picture
    reader = model.load()

    def attempt(data: bytes) -> None:
        """Read what can be read; a PictureError is the only thing that may be raised."""
        try:
            pixels = picture.decode(data)
        except picture.PictureError:
            return
        if pixels.size < 1_000_000:  # large ones are slow to read, and nothing new
            reader.read(pixels, number=bool(len(data) % 2))

    atheris.Setup(["fuzz", *arguments], attempt)
    atheris.Fuzz()


def run(seconds: int, out: Path) -> int:
    """Fuzz in a process of its own, and print how much was tried and found."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, data in seeds().items():
            (Path(folder) / name).write_bytes(data)
        options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=10"]
        options += ["-rss_limit_mb=2048", f"-artifact_prefix={out}/", "-print_final_stats=1"]
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.fuzz", "--inside", *options, folder],
            capture_output=True, text=True, errors="replace",
        )  # fmt: skip
        told = done.stderr
        tried = re.search(r"stat::number_of_executed_units: (\d+)", told)
        reached = re.findall(r"cov: (\d+)", told)
        found = sorted(
            p.name for p in out.iterdir() if p.name.startswith(("crash", "timeout", "oom"))
        )
        print("| seconds | inputs tried | edges reached | findings |\n|---|---|---|---|")
        print(
            f"| {time.monotonic() - start:.0f} | {int(tried[1]) if tried else 0:,} | "
            f"{reached[-1] if reached else '?'} | {len(found)} |"
        )
    if done.returncode:
        print(told[-3000:], *found, sep="\n", file=sys.stderr)
    return done.returncode


def main() -> int:
    """Return 0 where nothing was found."""
    if "--inside" in sys.argv:
        fuzz([a for a in sys.argv[1:] if a != "--inside"])
    parser = argparse.ArgumentParser(description="Fuzz decoding and reading.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="for what was found")
    args = parser.parse_args()
    return run(args.seconds, args.out)


if __name__ == "__main__":
    sys.exit(main())
