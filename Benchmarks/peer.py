"""Times one training problem of `eddy bench` in PyTorch; one JSON line. Called by beside_peers.py, in a process of its own.

The FNO follows its paper's description; the other networks are their authors' own, loaded from checkouts (see README.md).
"""
import argparse
import contextlib
import importlib
import importlib.util
import io
import itertools
import json
import os
import statistics
import sys
import time
import types

FNO = {  # name: grid, batch, width, modes, input channels
    "fno1d-burgers": ((1024,), 20, 64, (16,), 2),
    "fno2d-darcy": ((64, 64), 20, 32, (12, 12), 3),
    "fno2d-darcy85": ((85, 85), 20, 32, (12, 12), 3),
    "fno2d-ns": ((64, 64), 20, 20, (12, 12), 12),
    "fno3d-ns": ((64, 64, 20), 4, 20, (8, 8, 8), 13),
}
SIZES = {"mgno-darcy64": 64, "mgno-darcy128": 128, "mgno-darcy256": 256, "sinenet8-64": 64, "sinenet8-128": 128}
CASES = [*FNO, "neuraloperator-darcy", "airs-fno-ns", "gfno2d-p4", *(n for n in SIZES if n.startswith("mgno")), "mgno-ns", *(n for n in SIZES if n.startswith("sine")),
         "unetbase64", "unetmod64", "deeponet-small", "deeponet-2d"]


def fno(dim, modes, width, inputs, outputs=1, layers=4, projection=128, padding=()):
    """The Fourier neural operator: layers F^-1 R F v + W v with GELU between them, and a projection with GELU in its middle.

    `padding` zeros are added at the far end of each axis before the layers.
    """
    import torch
    from torch import nn

    letters = "xyz"[:dim]
    product = f"bi{letters},io{letters}->bo{letters}"

    class Spectral(nn.Module):
        def __init__(self):
            super().__init__()
            # A block of wavenumbers for each choice of signs of all axes but the last.
            self.signs = list(itertools.product((1, -1), repeat=dim - 1))
            self.weights = nn.ParameterList(
                torch.rand(width, width, *modes, dtype=torch.cfloat) / width**2 for _ in self.signs)

        def forward(self, x):
            axes = tuple(range(-dim, 0))
            waves = torch.fft.rfftn(x, dim=axes)
            mixed = torch.zeros_like(waves)
            for signs, weight in zip(self.signs, self.weights):
                block = (Ellipsis, *(slice(m) if s > 0 else slice(-m, None) for m, s in zip(modes, signs)), slice(modes[-1]))
                mixed[block] = torch.einsum(product, waves[block], weight)
            return torch.fft.irfftn(mixed, s=x.shape[-dim:], dim=axes)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.lifting = nn.Linear(inputs, width)
            self.spectral = nn.ModuleList(Spectral() for _ in range(layers))
            self.bypass = nn.ModuleList((nn.Conv1d, nn.Conv2d, nn.Conv3d)[dim - 1](width, width, 1) for _ in range(layers))
            self.projection = nn.Sequential(nn.Linear(width, projection), nn.GELU(), nn.Linear(projection, outputs))

        def forward(self, x):
            v = self.lifting(x).movedim(-1, 1)
            if any(padding):
                v = nn.functional.pad(v, [n for count in reversed(padding) for n in (0, count)])
            for number, (spectral, bypass) in enumerate(zip(self.spectral, self.bypass)):
                v = spectral(v) + bypass(v)
                v = nn.functional.gelu(v) if number < layers - 1 else v
            v = v[(Ellipsis, *(slice(n) for n in x.shape[1:-1]))]
            return self.projection(v.movedim(1, -1))

    return Network()


def checkout(root, folder):
    path = os.path.join(root, folder)
    if not os.path.isdir(path):
        sys.exit(f"no folder {path}: README.md says what to clone where")
    return path


def package(folder, name):
    """A package of the files of a folder, without running its __init__."""
    module = types.ModuleType(name)
    module.__path__ = [folder]
    sys.modules[name] = module
    return lambda part: importlib.import_module(f"{name}.{part}")


def mgno(root):
    for name, stub in (("torchinfo", "summary"), ("utilities3", "count_params")):
        sys.modules.setdefault(name, types.SimpleNamespace(**{stub: None}))
    spec = importlib.util.spec_from_file_location("mgno_models", os.path.join(checkout(root, "MgNO"), "models.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def problem(name, root):
    """Network, inputs and target."""
    import torch

    normal = torch.randn
    if name in FNO:
        grid, batch, width, modes, inputs = FNO[name]
        return fno(len(grid), modes, width, inputs), (normal(batch, *grid, inputs),), normal(batch, *grid, 1)
    if name == "neuraloperator-darcy":
        from neuralop.models import FNO as NeuraloperatorFNO

        network = NeuraloperatorFNO(n_modes=(24, 24), in_channels=1, out_channels=1, hidden_channels=32, n_layers=4)
        return network, (normal(20, 1, 64, 64),), normal(20, 1, 64, 64)
    if name == "airs-fno-ns":
        sys.path.insert(0, checkout(root, "AIRS/OpenPDE/G-FNO"))
        network = importlib.import_module("models.FNO").FNO2d(
            num_channels=1, modes1=12, modes2=12, width=20, initial_step=10, grid_type="cartesian")
        return network, (normal(20, 64, 64, 10, 1),), normal(20, 64, 64, 1, 1)
    if name == "gfno2d-p4":
        sys.path.insert(0, checkout(root, "AIRS/OpenPDE/G-FNO"))
        network = importlib.import_module("models.GFNO").GFNO2d(
            num_channels=1, modes=12, width=10, initial_step=10, reflection=False, grid_type="symmetric")
        return network, (normal(20, 64, 64, 10, 1),), normal(20, 64, 64, 1, 1)
    if name.startswith("mgno-darcy"):
        n = SIZES[name]
        network = mgno(root).MgNO_DC(
            num_layer=4, num_channel_u=24, num_channel_f=1, num_classes=1, num_iteration=[[1, 0]] * 5 + [[2, 0]])
        return network, (normal(8, 1, n, n),), normal(8, 1, n, n)
    if name == "mgno-ns":
        network = mgno(root).MgNO_NS(
            num_layer=5, num_channel_u=32, num_channel_f=1, num_classes=1, num_iteration=[[1, 0]] * 3 + [[2, 0]] * 2, bias=True)
        return network, (normal(20, 1, 64, 64),), normal(20, 1, 64, 64)
    fields = dict(n_input_scalar_components=1, n_input_vector_components=1, n_output_scalar_components=1,
                  n_output_vector_components=1, time_history=4, time_future=1, activation="gelu")
    if name.startswith("sinenet"):
        n = SIZES[name]
        modules = package(checkout(root, "AIRS/OpenPDE/SineNet/pdearena/pdearena/modules"), "sinenet_modules")
        with contextlib.redirect_stdout(io.StringIO()):
            network = modules("sinenet_dual").sinenet(hidden_channels=64, num_waves=8, mult=1.425, padding_mode="zeros", **fields)
        return network, (normal(4, 4, 3, n, n),), normal(4, 1, 3, n, n)
    if name.startswith("unet"):
        modules = package(checkout(root, "pdearena/pdearena/modules"), "pdearena_modules")
        network = (modules("twod_unet").Unet(hidden_channels=64, norm=True, **fields) if name == "unetmod64"
                   else modules("twod_unetbase").Unetbase(hidden_channels=64, **fields))
        return network, (normal(8, 4, 3, 64, 64),), normal(8, 1, 3, 64, 64)
    os.environ["DDE_BACKEND"] = "pytorch"
    import deepxde

    if name == "deeponet-small":
        network = deepxde.nn.DeepONetCartesianProd([100, 40, 40], [1, 40, 40], "relu", "Glorot normal")
        return network, ((normal(150, 100), torch.rand(100, 1)),), normal(150, 100)
    network = deepxde.nn.DeepONetCartesianProd([1024, 128, 128, 128], [2, 128, 128, 128], "gelu", "Glorot normal")
    return network, ((normal(32, 1024), torch.rand(4096, 2)),), normal(32, 4096)


def milliseconds(work, seconds):
    """The median time of a call: three calls to warm up, then at least 7 and for `seconds`."""
    for _ in range(3):
        work()
    times, start = [], time.perf_counter()
    while len(times) < 7 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - before))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=CASES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--root", default="peers", help="folder with the checkouts")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    parser.add_argument("--batch", type=int, help="samples, at most those of the benchmark")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network, inputs, target = problem(options.name, options.root)
    if options.batch:
        if not 1 <= options.batch <= len(target):
            parser.error(f"--batch is {options.batch}; allowed for {options.name}: 1 to {len(target)}")
        # The points of a DeepONet are not samples.
        first = inputs[0]
        inputs = ((first[0][:options.batch], *first[1:]) if isinstance(first, tuple) else first[:options.batch],)
        target = target[:options.batch]
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    apply = torch.compile(network) if options.compile else network

    def infer():
        with torch.no_grad():
            apply(*inputs)

    def step():
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.mse_loss(apply(*inputs), target).backward()
        optimizer.step()

    inference = milliseconds(infer, options.seconds / 2)
    train = milliseconds(step, options.seconds)
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024 / 1e6
    print(json.dumps({
        "name": options.name, "torch": torch.__version__, "threads": options.threads, "ms_per_train_step": train,
        "ms_inference": inference, "peak_rss_mb": peak}))


if __name__ == "__main__":
    main()
