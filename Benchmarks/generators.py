#!/usr/bin/env python3
"""Times the methods that published datasets were made with beside `eddy generate`, and prints seconds per sample of both.

  python3 Benchmarks/generators.py [NAME...] --eddy .build/release/eddy --rounds 3

The methods are written here after the papers' descriptions, with the libraries that the authors' programs use (torch.fft) or the nearest free
ones (SciPy's sparse direct solver for MATLAB's backslash, NumPy for Chebfun). Methods that step in time take 10 to 500 steps; a step costs
the same everywhere, so that the time of a sample is that of a step times the number of steps. Both sides run on one thread, in
alternation; the least time of each counts. Needs numpy, scipy and torch; Eddy does not.
"""
import argparse
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def wavenumbers(n, torch, dtype):
    """Integer wavenumbers of a half spectrum, `(y, x)`."""
    full = torch.fft.fftfreq(n, 1.0 / n, dtype=dtype)
    half = torch.fft.rfftfreq(n, 1.0 / n, dtype=dtype)
    return torch.meshgrid(full, half, indexing="ij")


class NavierStokes:
    """Vorticity in the periodic unit square, Crank-Nicolson for the viscosity and explicit Euler for the rest, steps of 1e-4 in single
    precision: Li et al., arXiv:2010.08895, appendix A.3.3. Five real transforms a step."""

    def __init__(self, viscosity, time, points=256, step=1e-4):
        self.viscosity, self.points, self.step = viscosity, points, step
        self.steps = round(time / step)

    def prepare(self, batch, dtype=None, seed=0):
        import math

        import torch

        torch.set_num_threads(1)
        dtype = dtype or torch.float32
        n, h = self.points, self.step
        ky, kx = wavenumbers(n, torch, torch.float64)
        square = (2 * math.pi) ** 2 * (kx**2 + ky**2)
        inverse = torch.where(square > 0, 1 / square.clamp(min=1.0), torch.zeros(()))
        band = ((kx.abs() <= n // 3) & (ky.abs() <= n // 3)).double()
        turn = 2 * math.pi
        factors = [1j * turn * ky * inverse, -1j * turn * kx * inverse, 1j * turn * kx, 1j * turn * ky]
        complexes = torch.complex64 if dtype == torch.float32 else torch.complex128
        self.factors = [factor.to(complexes) for factor in factors]
        half = 0.5 * h * self.viscosity * square
        self.keep = ((1 - half) / (1 + half)).to(dtype)
        self.gain = (h / (1 + half)).to(dtype)
        self.band = band.to(dtype)
        x = torch.arange(n, dtype=torch.float64) / n
        phase = turn * (x[None, :] + x[:, None])
        self.force = torch.fft.rfft2((0.1 * (phase.sin() + phase.cos())).to(dtype))
        # A smooth random field: the law of the data on the wavenumbers up to 20, the same on every grid.
        generator = torch.Generator().manual_seed(seed)
        largest = 20
        size = 7**1.5 * math.sqrt(2) * (square + 49) ** -1.25 * ((kx <= largest) & (ky.abs() <= largest)) * (square > 0)
        noise = torch.zeros(batch, n, n // 2 + 1, dtype=torch.complex128)
        draws = torch.randn(batch, 2 * largest + 1, largest + 1, 2, generator=generator, dtype=torch.float64)
        rows = torch.cat([torch.arange(0, largest + 1), torch.arange(n - largest, n)])
        noise[:, rows[:, None], torch.arange(largest + 1)[None, :]] = torch.view_as_complex(draws)
        self.spectrum = torch.fft.rfft2(torch.fft.irfft2(noise * size, s=(n, n)) * n * n).to(complexes)
        self.batch = batch

    def run(self, steps):
        import torch

        n = self.points
        with torch.no_grad():
            for _ in range(steps):
                w = self.spectrum
                u, v, across, up = (torch.fft.irfft2(factor * w, s=(n, n)) for factor in self.factors)
                advection = torch.fft.rfft2(u * across + v * up) * self.band
                self.spectrum = self.keep * w + self.gain * (self.force - advection)

    def seconds(self):
        """Of a sample, one at a time or twenty at once, whichever is less."""
        best = None
        for batch in (1, 20):
            self.prepare(batch)
            self.run(3)
            steps = max(5, 200 // batch)
            start = time.perf_counter()
            self.run(steps)
            value = (time.perf_counter() - start) / steps / batch * self.steps
            best = value if best is None else min(best, value)
        return best

    def error(self):
        """At t = 1 on 64 x 64 points: relative L2 distance from the solution for steps that vanish (steps of 1e-4 and 5e-5 in double
        precision, extrapolated)."""
        import torch

        results = []
        for step, dtype in ((1e-4, torch.float64), (5e-5, torch.float64), (1e-4, torch.float32)):
            flow = NavierStokes(self.viscosity, 1.0, points=64, step=step)
            flow.prepare(1, dtype)
            flow.run(flow.steps)
            results.append(flow.spectrum.to(torch.complex128))
        exact = 2 * results[1] - results[0]
        return float((results[2] - exact).norm() / exact.norm())


class Darcy:
    """`-div(a grad u) = 1`, five-point differences on nodes, arithmetic means on the faces, sparse direct solver: Li et al.,
    arXiv:2010.08895, appendix A.3.2 (there MATLAB's backslash)."""

    def __init__(self, nodes):
        self.nodes = nodes

    def seconds(self):
        import numpy as np
        import scipy.fft
        import scipy.sparse as sparse
        import scipy.sparse.linalg as linalg

        n = self.nodes
        k = np.pi * np.arange(n)
        size = 3 * (k[:, None] ** 2 + k[None, :] ** 2 + 9) ** -1.0
        noise = np.random.default_rng(0).standard_normal((n, n)) * size
        noise[0, 0] = 0
        a = np.where(scipy.fft.idctn(noise, norm="ortho") >= 0, 12.0, 3.0)
        start = time.perf_counter()
        inner = n - 2
        along = 0.5 * (a[1:-1, 1:] + a[1:-1, :-1]) * (n - 1) ** 2
        up = 0.5 * (a[1:, 1:-1] + a[:-1, 1:-1]) * (n - 1) ** 2
        centre = along[:, 1:] + along[:, :-1] + up[1:] + up[:-1]
        east = along[:, 1:].copy()
        east[:, -1] = 0
        diagonals = [centre.ravel(), -east.ravel()[:-1], -east.ravel()[:-1], -up[1:-1].ravel(), -up[1:-1].ravel()]
        matrix = sparse.diags(diagonals, [0, 1, -1, inner, -inner], format="csc")
        solution = linalg.spsolve(matrix, np.ones(inner * inner))
        seconds = time.perf_counter() - start
        residual = np.linalg.norm(matrix @ solution - 1) / inner
        assert residual < 1e-8, residual
        return seconds


class Diffusion:
    """`-div(k grad u) = f` with the cells' corners holding `k`, `n x n` unknowns, SuperLU: Trifonov et al., arXiv:2406.04709."""

    def __init__(self, unknowns):
        self.unknowns = unknowns

    def seconds(self):
        import numpy as np
        import scipy.ndimage
        import scipy.sparse as sparse
        import scipy.sparse.linalg as linalg

        n = self.unknowns
        generator = np.random.default_rng(0)
        k = np.exp(scipy.ndimage.gaussian_filter(generator.standard_normal((n + 1, n + 1)), 3) * 3)
        f = generator.standard_normal(n * n)
        start = time.perf_counter()
        along = 0.5 * (k[1:, :] + k[:-1, :])
        up = 0.5 * (k[:, 1:] + k[:, :-1])
        centre = along[:, 1:] + along[:, :-1] + up[1:] + up[:-1]
        east = along[:, 1:].copy()
        east[:, -1] = 0
        diagonals = [centre.ravel(), -east.ravel()[:-1], -east.ravel()[:-1], -up[1:-1].ravel(), -up[1:-1].ravel()]
        matrix = sparse.diags(diagonals, [0, 1, -1, n, -n], format="csc") * (n + 1) ** 2
        solution = linalg.splu(matrix).solve(f)
        seconds = time.perf_counter() - start
        assert np.linalg.norm(matrix @ solution - f) < 1e-8 * np.linalg.norm(f)
        return seconds


class Burgers:
    """`u_t + (u^2 / 2)_x = nu u_xx`, Fourier series, ETDRK4 with equal steps, as Chebfun's `spin`: the released generator of Li et al.,
    1024 points, 10000 steps."""

    steps = 10000

    def seconds(self):
        import numpy as np

        n, h, viscosity = 1024, 1e-4, 1e-3
        k = 2 * np.pi * np.arange(n // 2 + 1)
        linear = -viscosity * k**2
        # Kassam and Trefethen, doi:10.1137/S1064827502410633: means over a circle round each eigenvalue.
        circle = np.exp(1j * np.pi * (np.arange(1, 33) - 0.5) / 32)
        z = h * linear[:, None] + circle[None, :]
        whole, half = np.exp(h * linear), np.exp(h * linear / 2)
        q = h * np.real(np.mean((np.exp(z / 2) - 1) / z, axis=1))
        f1 = h * np.real(np.mean((-4 - z + np.exp(z) * (4 - 3 * z + z**2)) / z**3, axis=1))
        f2 = h * np.real(np.mean((2 + z + np.exp(z) * (-2 + z)) / z**3, axis=1))
        f3 = h * np.real(np.mean((-4 - 3 * z - z**2 + np.exp(z) * (4 - z)) / z**3, axis=1))
        factor = -0.5j * k
        x = np.arange(n) / n
        v = np.fft.rfft(np.sin(2 * np.pi * x) + 0.5 * np.cos(6 * np.pi * x))

        def rate(v):
            return factor * np.fft.rfft(np.fft.irfft(v, n) ** 2)

        def step(v):
            first = rate(v)
            a = half * v + q * first
            second = rate(a)
            third = rate(half * v + q * second)
            fourth = rate(half * a + q * (2 * third - first))
            return whole * v + f1 * first + 2 * f2 * (second + third) + f3 * fourth

        for _ in range(20):
            v = step(v)
        start = time.perf_counter()
        for _ in range(500):
            v = step(v)
        seconds = (time.perf_counter() - start) / 500
        assert np.isfinite(v).all()
        return seconds * self.steps


GENERATORS = {
    "navier-stokes-1e-3": (NavierStokes(1e-3, 50), "navier-stokes/fno-1e-3"),
    "navier-stokes-1e-4": (NavierStokes(1e-4, 30), "navier-stokes/fno-1e-4"),
    "navier-stokes-1e-5": (NavierStokes(1e-5, 20), "navier-stokes/fno-1e-5"),
    "darcy-421": (Darcy(421), "darcy/neuraloperator"),
    "diffusion-64": (Diffusion(64), "diffusion/condiff"),
    "burgers": (Burgers(), "burgers/fno-released"),
}


def ours(eddy, case):
    """Core seconds per sample that `eddy generate --dry-run` measures."""
    path = os.path.join(HERE, "..", "cases", case + ".toml")
    command = [eddy, "generate", path, "--dry-run", "--threads", "1"]
    result = subprocess.run(command, capture_output=True, text=True)
    match = re.search(r"time of a sample, one core +(?:(\d+) min )?([\d.]+) (us|ms|s)", result.stdout)
    if result.returncode != 0 or not match:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
    minutes, value, unit = match.groups()
    return 60 * float(minutes or 0) + float(value) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(GENERATORS)}; default: all")
    parser.add_argument("--eddy", default=os.path.join(HERE, "..", ".build", "release", "eddy"))
    parser.add_argument("--rounds", type=int, default=3, help="alternations")
    parser.add_argument("--error", action="store_true", help="the error of the Navier-Stokes generator's single precision instead")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in GENERATORS]
    if unknown:
        parser.error(f"no generator {', '.join(unknown)}; there are {', '.join(GENERATORS)}")
    names = options.names or list(GENERATORS)
    if options.error:
        for name in names:
            method = GENERATORS[name][0]
            if hasattr(method, "error"):
                print(f"{name:<20} relative L2 error at t = 1 on 64 x 64: {method.error():.2e}")
        return
    print(f"{'generator':<20}{'s/sample':>12}{'eddy':>12}{'ratio':>8}")
    for name in names:
        method, case = GENERATORS[name]
        theirs, mine = [], []
        for _ in range(options.rounds):
            theirs.append(method.seconds())
            mine.append(ours(options.eddy, case))
        print(f"{name:<20}{min(theirs):>12.3g}{min(mine):>12.3g}{min(theirs) / min(mine):>8.0f}", flush=True)


if __name__ == "__main__":
    main()
