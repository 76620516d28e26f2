#!/usr/bin/env python3
"""Times `eddy bench` and the authors' PyTorch code in alternation and prints the ratios.

  python3 Benchmarks/beside_peers.py [NAME...] --root PEERS --python VENV/bin/python --threads 2 --rounds 2

Both sides run in processes of their own, one after the other, so that a machine that becomes slower or faster touches both.
Needs Python; Eddy does not.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Freed memory stays with the process instead of going back to the system: faster than PyTorch's default.
KEPT_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_TOP_PAD_": "268435456"}
COLUMNS = ["ms_per_train_step", "ms_inference", "peak_rss_mb"]


def line(command, environment=None):
    """The first JSON line that a command prints; None with its last words if it fails."""
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if result.returncode != 0:
        print(f"{' '.join(command)}: {(result.stderr.strip().splitlines() or ['no message'])[-1]}", file=sys.stderr)
        return None
    return json.loads(result.stdout.splitlines()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="benchmarks; default: all that peer.py knows")
    parser.add_argument("--eddy", default=os.path.join(HERE, "..", ".build", "release", "eddy"))
    parser.add_argument("--python", default=sys.executable, help="a Python with torch (and deepxde for DeepONet)")
    parser.add_argument("--root", default="peers", help="folder with the checkouts that README.md names")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2, help="alternations; each begins and the last ends with eddy")
    parser.add_argument("--compile", action="store_true", help="the other side through torch.compile")
    parser.add_argument("--batch", type=int, help="samples of a batch on both sides; default: those of the benchmark")
    parser.add_argument("--json", action="store_true", help="one JSON line a benchmark")
    options = parser.parse_args()
    sys.path.insert(0, HERE)
    from peer import CASES

    unknown = [name for name in options.names if name not in CASES]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(CASES)}")
    shared = ["--threads", str(options.threads)] + (["--batch", str(options.batch)] if options.batch else [])
    if not options.json:
        print(f"{'benchmark':<16}" + "".join(f"{heading:>11}{'peer':>8}{'ratio':>7}" for heading in ("step, ms", "infer, ms", "peak, MB")))
    for name in options.names or CASES:
        ours, theirs = [], []
        for turn in range(2 * options.rounds + 1):
            if turn % 2 == 0:
                ours.append(line([options.eddy, "bench", name, "--json", *shared]))
            else:
                command = [options.python, os.path.join(HERE, "peer.py"), name, "--root", options.root, *shared]
                theirs.append(line(command + (["--compile"] if options.compile else []), KEPT_MEMORY))
        if None in ours + theirs:
            continue
        median = {key: [statistics.median(run[key] for run in side) for side in (ours, theirs)] for key in COLUMNS}
        if options.json:
            print(json.dumps({"name": name, "eddy": ours, "peer": theirs, "ratio": {k: p / e for k, (e, p) in median.items()}}), flush=True)
            continue
        def digits(value):
            return f"{value:.3g}" if value < 100 else f"{value:.0f}"

        cells = "".join(f"{digits(e):>11}{digits(p):>8}{p / e:>7.2f}" for e, p in median.values())
        print(f"{name:<16}{cells}", flush=True)


if __name__ == "__main__":
    main()
