#!/usr/bin/env python3
"""Trains the authors' PyTorch network of a finished run on the run's own files, and prints its error on the test split as one JSON line.

  eddy generate CASE && eddy train CASE
  python3 Benchmarks/train_peers.py runs/NAME --root peers

Everything comes from the run: sizes of the network, channels, windows and normalisers from the header of model.safetensors, loss, optimiser,
schedule, epochs, batch, noise and augmentation from the case in it, samples from data/{train,valid,test}.nc. As in `eddy train`, the model with
the best validation (a rollout to the last frame for problems in time) is the one that is tested. What cannot be done alike is refused.
"""
import argparse
import contextlib
import copy
import io
import json
import math
import os
import struct
import sys
import time
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import peer  # noqa: E402


def refuse(what):
    sys.exit(f"train_peers.py: {what}")


class Run:
    """What a run folder says about its model and training."""

    def __init__(self, folder):
        path = os.path.join(folder, "model.safetensors")
        if not os.path.exists(path):
            refuse(f"{path}: no such file; make it with eddy train")
        with open(path, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        metadata = header.pop("__metadata__")
        self.folder = folder
        self.operator = json.loads(metadata["architecture"])
        description = json.loads(metadata["description"])
        self.name = description["architecture"]
        self.interface = description["interface"]
        self.inputs, self.outputs = description["inputs"], description["outputs"]
        self.axes = description["grid"]["axes"]
        self.predicts_change = description.get("predictsChange") is True
        self.normalisers = [json.loads(metadata[f"{side}_normaliser"]) for side in ("input", "output")]
        self.case = tomllib.loads(description["caseText"])
        self.parameters = sum(math.prod(t["shape"]) for name, t in header.items() if name.startswith("weight."))
        self.training = self.case["training"]
        # Frames in and out, and the fields of one frame.
        frames = [c["frame"] for c in self.inputs if c.get("frame") is not None]
        self.frames_in = -min(frames) if frames else 0
        self.frames_out = 1 + max((c.get("frame") or 0) for c in self.outputs)
        self.state = [c["field"] for c in self.outputs if (c.get("frame") or 0) == 0]
        self.constants = [c["field"] for c in self.inputs if c.get("frame") is None]
        self.grid = [a["count"] for a in self.axes]
        self.periodic = [a["location"] == "periodic" for a in self.axes]
        self.spacing = [
            (a["upper"] - a["lower"]) / (a["count"] - (1 if a["location"] == "nodes" else 0)) for a in self.axes]
        if self.interface.get("scalarParameters"):
            refuse("numbers as inputs of a network are not taken")
        if "physics" in self.case:
            refuse("training on a residual is Eddy's own")
        if description.get("vanishesOnBoundary"):
            refuse("solutions set to zero on the boundary are Eddy's own")

    def choice(self, key):
        """Name and settings of what is chosen by name in [training]."""
        value = self.training[key]
        return (value, {}) if isinstance(value, str) else (value["name"], value)

    def samples(self, split):
        """States `[sample, frame, x..., field]` (one frame for a map) and constant inputs `[sample, x..., field]`."""
        import netCDF4
        import numpy

        with netCDF4.Dataset(os.path.join(self.folder, "data", f"{split}.nc")) as file:
            file.set_auto_mask(False)

            def read(name):
                return numpy.asarray(file[name][:], dtype=numpy.float32)

            state = numpy.stack([read(name) for name in self.state], -1)
            constants = [read(name) for name in self.constants]
        if not self.frames_in:
            state = state[:, None]
        if state.shape[2:-1] != tuple(self.grid):
            refuse(f"{self.state[0]} of {split}.nc has shape {state.shape[:-1]}, the model's grid is {self.grid}")
        fixed = [
            numpy.broadcast_to(c.reshape(c.shape + (1,) * (1 + len(self.grid) - c.ndim)), (len(state), *self.grid)) for c in constants]
        fixed = numpy.stack(fixed, -1) if fixed else numpy.zeros((len(state), *self.grid, 0), numpy.float32)
        return state, fixed


class Problem:
    """Windows of the samples, normalisers, and the forward map in physical units; fields are `[batch, x..., channel]`."""

    def __init__(self, run, network):
        import torch

        self.run, self.network, self.torch = run, network, torch
        (self.shift_in, self.scale_in), (self.shift_out, self.scale_out) = (
            [torch.tensor(record[key], dtype=torch.float32) for key in ("shift", "scale")] for record in map(self.checked, run.normalisers))
        self.fields = len(run.state)

    @staticmethod
    def checked(record):
        if record["kind"] == "pointwise-gaussian":
            refuse("statistics of each grid point are not taken")
        return record

    def window(self, state, fixed, start):
        """The channels of the window that begins at frame `start`."""
        run = self.run
        frames = state[:, start:start + run.frames_in]
        channels = frames.movedim(1, -2).flatten(-2)
        return self.torch.cat([channels, fixed], -1)

    def last(self, x):
        """The last frame of a window, once for every frame that is predicted."""
        first = (self.run.frames_in - 1) * self.fields
        return self.torch.cat([x[..., first:first + self.fields]] * self.run.frames_out, -1)

    def apply(self, x):
        y = self.network((x - self.shift_in) / self.scale_in) * self.scale_out + self.shift_out
        return y + self.last(x) if self.run.predicts_change else y

    def forecast(self, state, fixed):
        """Prediction and truth `[sample, frame, x..., field]`: all frames after the first window, or the map."""
        torch, run = self.torch, self.run
        x = self.window(state, fixed, 0)
        truth = state[:, run.frames_in:]
        frames = []
        with torch.no_grad():
            while len(frames) < truth.shape[1]:
                y = self.apply(x)
                new = y.unflatten(-1, (run.frames_out, self.fields)).movedim(-2, 1)
                frames += new.unbind(1)
                if run.frames_in:
                    old = x[..., :run.frames_in * self.fields]
                    x = torch.cat([torch.cat([old, y], -1)[..., -run.frames_in * self.fields:], fixed], -1)
        return torch.stack(frames[:truth.shape[1]], 1), truth

    def errors(self, state, fixed):
        """Relative L2 error of every sample: over all fields, and of each field; all frames together."""
        torch = self.torch
        joint, single = [], []
        for start in range(0, len(state), 20):
            prediction, truth = self.forecast(state[start:start + 20], fixed[start:start + 20])
            difference, size = ((u.double()**2).flatten(1, -2).sum(1) for u in (prediction - truth, truth))
            joint.append((difference.sum(-1) / size.sum(-1)).sqrt())
            single.append((difference / size).sqrt())
        return torch.cat(joint), torch.cat(single)


def coordinates(kind, grid):
    """Coordinate channels `[x..., axis]`."""
    import torch

    if kind == "none":
        return torch.zeros(*grid, 0)
    if kind not in ("unit", "unit-periodic"):
        refuse(f"coordinates {kind}")
    lines = [torch.arange(n, dtype=torch.float64) / (n - (kind == "unit")) for n in grid]
    return torch.stack(torch.meshgrid(*lines, indexing="ij"), -1).float()


def circular(network):
    """The 3x3 convolutions of a network wrapped round instead of padded with zeros."""
    import torch

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d) and module.kernel_size != (1, 1):
            module.padding_mode = "circular"
    return network


def channels_first(network):
    """A network of `[batch, channel, x...]` for fields with the channels last."""
    return network, lambda x: network(x.movedim(-1, 1)).movedim(1, -1)


def pdearena(make, run, history):
    """A network of PDEArena or SineNet; all its fields count as scalars."""
    fields = len(run.inputs) // history
    with contextlib.redirect_stdout(io.StringIO()):
        network = make(
            n_input_scalar_components=fields, n_input_vector_components=0, n_output_scalar_components=len(run.outputs) // run.frames_out,
            n_output_vector_components=0, time_history=history, time_future=run.frames_out)
    return network, lambda x: network(x.movedim(-1, 1).unflatten(1, (history, fields))).flatten(1, 2).movedim(1, -1)


def expect(settings, **values):
    """Refuses settings that the authors' code does not have."""
    for key, value in values.items():
        if settings[key] != value:
            refuse(f"{key} = {settings[key]}: the authors' code has {value}")


def deeponet(run, state):
    """DeepXDE's network; the points are those of the grid, and of the predicted frames."""
    os.environ["DDE_BACKEND"] = "pytorch"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import deepxde
    import numpy
    import torch

    o = run.operator
    expect(o, queries="grid")
    if len(run.state) > 1 or (run.frames_out > 1 and not o["timeInTrunk"]):
        refuse("a DeepONet with several outputs")
    activation, p = o["activation"], o["products"]
    sensors = len(run.inputs) * math.prod(run.grid)
    branch = [sensors, *o["branch"], p]
    if o["convolutions"]:
        if len(run.grid) != 2:
            refuse("convolutions of the branch on a line")
        layers, extents, channels = [], list(run.grid), len(run.inputs)
        for width in o["convolutions"]:
            layers += [torch.nn.Conv2d(channels, width, 5, stride=2), {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU}[activation]()]
            extents, channels = [(n - 5) // 2 + 1 for n in extents], width
        for layer in layers[::2]:
            torch.nn.init.xavier_normal_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
        head = deepxde.nn.FNN([channels * math.prod(extents), *o["branch"], p], activation, "Glorot normal")
        fold = torch.nn.Unflatten(1, (len(run.inputs), *run.grid))
        branch = (sensors, torch.nn.Sequential(fold, *layers, torch.nn.Flatten(), head))
    # Points in the unit cube; frame j of n at (j + 1) / n.
    lines = [
        (torch.arange(a["count"], dtype=torch.float64) + (0.5 if a["location"] == "centers" else 0))
        / (a["count"] - (a["location"] == "nodes")) for a in run.axes]
    periodic = list(run.periodic)
    if run.frames_out > 1:
        lines.append(torch.arange(1, run.frames_out + 1, dtype=torch.float64) / run.frames_out)
        periodic.append(False)
    points = torch.stack(torch.meshgrid(*lines, indexing="ij"), -1).flatten(0, -2).float()

    def features(y):
        if not o["harmonics"]:
            return y
        columns = []
        for axis, wraps in enumerate(periodic):
            columns += [] if wraps else [y[:, axis:axis + 1]]
            for k in range(1, o["harmonics"] + 1):
                angle = (2 if wraps else 1) * math.pi * k * y[:, axis:axis + 1]
                columns += [angle.cos(), angle.sin()]
        return torch.cat(columns, 1)

    if o["basis"] == "pod":
        # Principal components of the normalised training outputs, times their standard deviations.
        shift, scale = (numpy.array(run.normalisers[1][key], dtype=numpy.float64) for key in ("shift", "scale"))
        rows = ((numpy.moveaxis(state[:, run.frames_in:], 1, -2).astype(numpy.float64) - shift[0]) / scale[0]).reshape(len(state), -1)
        mean = rows.mean(0)
        _, values, modes = numpy.linalg.svd(rows - mean, full_matrices=False)
        basis = (modes[:p] * values[:p, None] / math.sqrt(len(rows) - 1)).T.copy()
        network = deepxde.nn.PODDeepONet(basis, branch, activation, "Glorot normal")
        offset = torch.tensor(mean, dtype=torch.float32)
        network.apply_output_transform(lambda _, y: y + offset)
    else:
        trunk = [features(points).shape[1], *o["trunk"], p]
        kinds = {"branch": activation, "trunk": o.get("trunkActivation") or activation}
        network = deepxde.nn.DeepONetCartesianProd(branch, trunk, kinds, "Glorot normal")
        network.apply_feature_transform(features)
        if o["hardBoundary"]:
            factor = torch.ones(len(points))
            for axis, sides in enumerate(run.interface["boundary"]):
                y, ends = points[:, axis], (sides["lower"] == "dirichlet", sides["upper"] == "dirichlet")
                factor = factor * {(True, True): 4 * y * (1 - y), (True, False): y, (False, True): 1 - y, (False, False): y * 0 + 1}[ends]
            zero = -run.normalisers[1]["shift"][0] / run.normalisers[1]["scale"][0]
            network.apply_output_transform(lambda _, y: y * factor + zero)
    shape = (*run.grid, run.frames_out)

    def apply(x):
        values = (x.movedim(-1, 1) if o["convolutions"] else x).flatten(1)
        return network((values, points)).unflatten(1, shape)

    return network, apply


def build(run, root, state):
    """The authors' network of a run, the map from normalised input to normalised output, and whose code it is."""
    import torch

    o, name, inputs, outputs = run.operator, run.name, len(run.inputs), len(run.outputs)
    if name == "fno":
        if len(o["modes"]) != len(run.grid) or o.get("paddingPoints") is not None:
            refuse("an FNO in space and time")
        expect(o, activation="gelu")
        place = coordinates(o["coordinates"], run.grid)
        added = [0 if wraps else round(o["padding"] * n) for n, wraps in zip(run.grid, run.periodic)]
        network = peer.fno(
            len(run.grid), o["modes"], o["width"], inputs + place.shape[-1], outputs, o["layers"], o["projection"], added)
        return network, lambda x: network(torch.cat([x, place.expand(len(x), *place.shape)], -1)), "peer.py, after the paper"
    if name == "neuraloperator-fno":
        expect(o, coordinates="unit-periodic", skip="linear", channelSkip="soft-gating")
        from neuralop.models import FNO

        w = o["width"]
        return *channels_first(FNO(
            n_modes=tuple(o["modes"]), in_channels=inputs, out_channels=outputs, hidden_channels=w, n_layers=o["layers"],
            lifting_channel_ratio=o["lifting"] / w, projection_channel_ratio=o["projection"] / w,
            channel_mlp_expansion=o["channelMLP"] / w)), "neuraloperator"
    if name in ("airs-fno", "gfno"):
        sys.path.insert(0, peer.checkout(root, "AIRS/OpenPDE/G-FNO"))
        from models import FNO as plain, GFNO as group

        expect(o, layers=4)
        grid_type = {"unit": "cartesian", "symmetric": "symmetric", "none": "None"}.get(o["coordinates"])
        if grid_type is None or len(run.grid) != 2 or run.frames_out != 1 or run.constants:
            refuse(f"{name} with these coordinates, dimensions, frames or constant inputs")
        common = dict(num_channels=outputs, width=o["width"], initial_step=run.frames_in, grid_type=grid_type)
        if name == "gfno":
            expect(o | {"timeModes": o.get("timeModes"), "equivariantLayers": o.get("equivariantLayers") or 4}, timeModes=None,
                   equivariantLayers=4)
            network = group.GFNO2d(modes=o["modes"], reflection=o["group"] == "p4m", **common)
        else:
            expect(o, paddingPoints=0)
            network = plain.FNO2d(modes1=o["modes"][0], modes2=o["modes"][1], **common)
        return network, lambda x: network(x.unflatten(-1, (run.frames_in, outputs))).flatten(-2), "AIRS, OpenPDE/G-FNO"
    if name == "mgno":
        expect(o, restrictsResidual=False, residual=False, activation="gelu", normalisation=False)
        levels = [(level["pre"], level["post"]) for level in o["levels"]]
        sizes = dict(num_layer=o["layers"], num_channel_u=o["channels"], num_channel_f=inputs, num_classes=1)
        if outputs != 1:
            refuse("an MgNO with several outputs")
        models = peer.mgno(root)
        if o["head"] == "cycle":
            expect(o, boundary="reflect", bypass=False, bias=True, growth=True, transfers="inner", layerNormalisation=True)
            if run.grid != [101, 101] or len(levels) != 5 or any(post for _, post in levels):
                refuse("the MgNO for Helmholtz on other grids than 101 x 101, levels than 5, or with steps on the way up")
            network = models.MgNO_helm(num_iteration=[pre for pre, _ in levels], **sizes)
        else:
            expect(o, bypass=True, bias=False, growth=False, layerNormalisation=False)
            kinds = {"doubling": models.MgNO_DC, "matched": models.MgNO_DC_smooth}
            network = kinds[o["transfers"]](num_iteration=levels, padding_mode=o["boundary"], **sizes)
        return *channels_first(network), "MgNO"
    if name == "sinenet":
        expect(o, levels=4)
        modules = peer.package(peer.checkout(root, "AIRS/OpenPDE/SineNet/pdearena/pdearena/modules"), "sinenet_modules")

        def make(**fields):
            return modules("sinenet_dual").sinenet(
                hidden_channels=o["width"], num_waves=o["waves"], num_blocks=o["blocks"], norm=o["normalisation"], mult=o["multiplier"],
                padding_mode=o["boundary"], activation=o["activation"], residual=o["residual"], wave_residual=o["waveResidual"],
                disentangle=o["disentangled"], avg_pool=o["pooling"] == "average", interpolation_mode=o["interpolation"], **fields)

        return *pdearena(make, run, run.frames_in), "AIRS, OpenPDE/SineNet"
    if name == "ffno":
        expect(o, projection=128)
        if len(run.grid) != 2 or len(set(o["modes"])) != 1:
            refuse(f"an F-FNO with modes {o['modes']} on {len(run.grid)} axes")
        modules = peer.package(peer.checkout(root, "AIRS/OpenPDE/SineNet/pdearena/pdearena/modules"), "sinenet_modules")
        place = coordinates(o["coordinates"], run.grid)
        network = modules("ffno").FNOFactorized2DBlock(
            o["modes"][0], o["width"], input_dim=inputs + place.shape[-1], output_dim=outputs, n_layers=o["layers"],
            share_weight=o["sharedKernels"], share_fork=o["sharedPerceptrons"], factor=o["expansion"],
            ff_weight_norm=o["weightNormalisation"], n_ff_layers=o["perceptronLayers"], layer_norm=o["layerNormalisation"])
        return network, lambda x: network(torch.cat([x, place.expand(len(x), *place.shape)], -1)), "AIRS, OpenPDE/SineNet"
    if name in ("unet", "unet-classic", "dilated-resnet"):
        modules = peer.package(peer.checkout(root, "pdearena/pdearena/modules"), "pdearena_modules")
        if name == "unet":

            def make(**fields):
                levels = range(len(o["multipliers"]))
                return modules("twod_unet").Unet(
                    hidden_channels=o["width"], activation=o["activation"], norm=o["normalisation"], ch_mults=o["multipliers"],
                    is_attn=[level in o["attention"] for level in levels], mid_attn=o["middleAttention"], n_blocks=o["blocks"],
                    use1x1=o["pointwiseEnds"], **fields)
        elif name == "unet-classic":
            expect(o, levels=4, normalisation=True)

            def make(**fields):
                return modules("twod_unetbase").Unetbase(hidden_channels=o["width"], activation=o["activation"], **fields)
        else:
            expect(o, dilations=[1, 2, 4, 8, 4, 2, 1], paddingPoints=9, normalisation=True)

            def make(**fields):
                part = modules("twod_resnet")
                return part.ResNet(
                    block=part.DilatedBasicBlock, num_blocks=[1] * o["blocks"], hidden_channels=o["width"], activation=o["activation"],
                    **fields)

        network, apply = pdearena(make, run, max(run.frames_in, 1))
        if o["boundary"] == "circular":
            return circular(network), apply, "PDEArena, its convolutions made circular"
        expect(o, boundary="zeros")
        return network, apply, "PDEArena"
    if name == "deeponet":
        return *deeponet(run, state), "DeepXDE"
    refuse(f"no code of its authors is known here for the operator {name}")


def make_loss(run):
    """Mean over the samples of what the case makes small, of `[batch, x..., channel]` in physical units."""
    import torch

    name, settings = run.choice("loss")
    if settings.get("gradient", "differences") != "differences":
        refuse(f"the loss {settings}")
    weights = settings.get("field-weights")

    def norm(u):
        """One square for each sample, or for each of its fields when they have weights."""
        return u.flatten(1, -2).square().sum(1) if weights else u.flatten(1).square().sum(1)

    def sobolev(u):
        total = norm(u)
        for axis, (spacing, wraps) in enumerate(zip(run.spacing, run.periodic), 1):
            if wraps:
                slope = (u.roll(-1, axis) - u.roll(1, axis)) / (2 * spacing)
            else:
                slope = torch.gradient(u, spacing=spacing, dim=axis, edge_order=2)[0]
            total = total + norm(slope)
        return total

    square = {"relative-l2": norm, "relative-h1": sobolev}.get(name)
    if name == "mse" and not weights:
        return torch.nn.functional.mse_loss
    if square is None:
        refuse(f"the loss {name}")
    if not weights:
        return lambda p, t: (square(p - t) / square(t)).sqrt().mean()
    share = torch.tensor(weights) / sum(weights)
    return lambda p, t: ((square(p - t) / square(t)).sqrt() * share).sum(1).mean()


def learning_rate(run, steps, per_epoch):
    """The factor of the base rate at each step, counted from 0."""
    name, s = run.choice("schedule")
    if s.get("interval", "step") != "step":
        refuse("a schedule that changes once an epoch")

    def half_cosine(start, end, fraction):
        return end + (start - end) / 2 * (1 + math.cos(math.pi * fraction))

    def one_cycle(step):
        rise, low = s.get("rise", 0.3), 1 / s.get("divisor", 25)
        top, end = rise * steps - 1, steps - 1
        if step <= top:
            return half_cosine(low, 1, step / top if top > 0 else 1)
        return half_cosine(1, low / s.get("final-divisor", 1e4), (step - top) / (end - top) if end > top else 1)

    rules = {
        "constant": lambda step: 1.0,
        "cosine": lambda step: half_cosine(1, s.get("final-factor", 0), step / steps),
        "one-cycle": one_cycle,
        "step": lambda step: s.get("factor", 0.5) ** (step // per_epoch // s.get("epochs", 100)),
    }
    if name not in rules:
        refuse(f"the schedule {name}")
    return rules[name]


def make_optimizer(run, network):
    import torch

    name, s = run.choice("optimizer")
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
    if name not in kinds or run.training.get("ema") or run.training.get("patience"):
        refuse(f"the optimizer {name}, a running average or a patience")
    return kinds[name](
        network.parameters(), lr=s["learning-rate"], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"], weight_decay=s["weight-decay"])


def moved(run, x, y, generator):
    """A batch whose samples are moved by random symmetries of the equation."""
    import torch

    equation, size = run.case["equation"]["name"], len(x)
    if equation == "darcy":
        flips = torch.randint(0, 8, (size,), generator=generator)
        for bit, move in ((4, lambda u: u.transpose(1, 2)), (1, lambda u: u.flip(1)), (2, lambda u: u.flip(2))):
            chosen = (flips & bit > 0).view(-1, 1, 1, 1)
            x, y = (torch.where(chosen, move(u), u) for u in (x, y))
        return x, y
    if equation in ("advection", "burgers", "heat", "korteweg-de-vries", "kuramoto-sivashinsky") and all(run.periodic):
        axes = tuple(range(len(run.grid)))
        shifts = torch.stack([torch.randint(0, n, (size,), generator=generator) for n in run.grid], 1).tolist()
        return tuple(torch.stack([v.roll(s, axes) for v, s in zip(u, shifts)]) for u in (x, y))
    refuse(f"augmentation of {equation}")


def train(run, problem, network, epochs, seed):
    """The state of the network with the best validation, and that validation."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    rollout = run.case.get("rollout", {})
    if run.frames_in and rollout["method"] != "teacher-forcing":
        refuse(f"training by {rollout['method']}")
    data = {split: [torch.from_numpy(part.copy()) for part in run.samples(split)] for split in ("train", "valid")}
    state, fixed = data["train"]
    starts = 1
    if run.frames_in and rollout["start"] == "every":
        starts = state.shape[1] - run.frames_in - run.frames_out + 1
    count, batch = len(state) * starts, run.training["batch"]
    per_epoch = math.ceil(count / batch)
    rate = learning_rate(run, epochs * per_epoch, per_epoch)
    optimizer, loss = make_optimizer(run, network), make_loss(run)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(min(step, epochs * per_epoch - 1)))
    noise = rollout.get("noise", 0.0)
    # Statistics of a window's frames, for the noise.
    deviation = state.flatten(0, -2).std(0).repeat(run.frames_in) if noise else None
    best, kept = math.inf, None
    for epoch in range(epochs):
        network.train()
        order = torch.randperm(count, generator=generator).tolist()
        total = 0.0
        for start in range(0, count, batch):
            chosen = [divmod(index, starts) for index in order[start:start + batch]]
            x = torch.cat([problem.window(state[i:i + 1], fixed[i:i + 1], s) for i, s in chosen])
            first = run.frames_in
            y = torch.stack([state[i, s + first:s + first + run.frames_out] for i, s in chosen]).movedim(1, -2).flatten(-2)
            if run.training["augmentation"]:
                x, y = moved(run, x, y, generator)
            if noise:
                size = len(deviation)
                x[..., :size] += noise * deviation * torch.randn(x[..., :size].shape, generator=generator)
            optimizer.zero_grad(set_to_none=True)
            value = loss(problem.apply(x), y)
            value.backward()
            if run.training.get("clip"):
                torch.nn.utils.clip_grad_norm_(network.parameters(), run.training["clip"])
            optimizer.step()
            schedule.step()
            total += value.item() * len(chosen)
        network.eval()
        error = problem.errors(*data["valid"])[0].mean().item()
        if not math.isfinite(error) and not math.isfinite(total):
            refuse(f"diverged in epoch {epoch + 1}")
        if error < best:
            best, kept = error, copy.deepcopy(network.state_dict())
        print(f"epoch {epoch + 1}/{epochs}: loss {total / count:.4g}, validation {100 * error:.3f} %", file=sys.stderr, flush=True)
    network.load_state_dict(kept)
    network.eval()
    return best


def interval(values):
    """The 95 % interval of the mean over the samples (BCa bootstrap)."""
    from scipy.stats import bootstrap

    result = bootstrap((values,), lambda v, axis: v.mean(axis), n_resamples=2000, method="BCa", rng=0).confidence_interval
    return [float(result.low), float(result.high)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="the run folder")
    parser.add_argument("--root", default="peers", help="folder with the checkouts that README.md names")
    parser.add_argument("--epochs", type=int, help="instead of the case's")
    parser.add_argument("--seed", type=int, help="of weights and order; default: the case's")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import torch

    run = Run(options.run)
    seed = run.case["seed"] if options.seed is None else options.seed
    epochs = options.epochs or run.training["epochs"]
    torch.set_num_threads(options.threads)
    torch.manual_seed(seed)
    network, apply, source = build(run, options.root, run.samples("train")[0])
    problem = Problem(run, apply)
    begin = time.perf_counter()
    best = train(run, problem, network, epochs, seed)
    seconds = time.perf_counter() - begin
    joint, single = problem.errors(*(torch.from_numpy(part.copy()) for part in run.samples("test")))
    mean = single.mean(1).numpy()
    print(json.dumps({
        "case": run.case["title"], "operator": run.name, "code": source,
        "parameters": sum(p.numel() * (2 if p.is_complex() else 1) for p in network.parameters()), "eddy_parameters": run.parameters,
        "epochs": epochs, "seed": seed, "error": float(mean.mean()), "interval": interval(mean),
        "fields": {name: float(single[:, number].mean()) for number, name in enumerate(run.state)},
        "all_fields_together": joint.mean().item(), "validation": best, "seconds": seconds, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
