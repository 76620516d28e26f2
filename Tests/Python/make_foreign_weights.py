"""Writes weights, inputs, outputs and gradients of official implementations, for the tests of `eddy import --check`.

    python make_foreign_weights.py OUT [--gfno FOLDER] [--mgno FOLDER]

Needs torch, safetensors and DeepXDE; the folders are `OpenPDE/G-FNO` of a checkout of divelab/AIRS and a checkout of xlliu2017/MgNO. NAME.safetensors holds `weight.*`, `input` (or
`input.0`, `input.1`), and in double precision `output_f64` and `grad_f64.*`, the gradient of mean(output^2); complex numbers are pairs in a last axis.
NAME.json holds the configuration.
"""

import argparse
import json
import os
import sys
import types

os.environ["DDE_BACKEND"] = "pytorch"
import torch
from safetensors.torch import save_file

torch.set_num_threads(1)


def real(tensor):
    tensor = tensor.detach()
    return (torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor).contiguous().clone()


def export(out, name, model, inputs, config, as_list=False):
    generator = torch.Generator().manual_seed(1234)
    with torch.no_grad():
        for parameter in model.parameters():
            # Constant initial values would hide mistakes.
            if not parameter.is_complex() and parameter.numel() and (parameter.numel() == 1 or float(parameter.std(unbiased=False)) == 0):
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    tensors = {"weight." + n: real(p).float() for n, p in model.named_parameters()}
    for number, x in enumerate(inputs):
        tensors["input" if len(inputs) == 1 else f"input.{number}"] = x.clone().contiguous()
    # The authors' code names single-precision types; here they mean double precision.
    torch.cfloat, torch.Tensor.cfloat = torch.cdouble, torch.Tensor.cdouble
    torch.float, torch.float32, single = torch.double, torch.double, torch.float32
    torch.set_default_dtype(torch.float64)
    for module in model.modules():
        for key, p in list(module._parameters.items()):
            if p is not None:
                module._parameters[key] = torch.nn.Parameter(p.detach().to(torch.cdouble if p.is_complex() else torch.float64))
    model.train()
    doubles = [x.double() for x in inputs]
    output = model(doubles) if as_list else model(*doubles)
    (output**2).mean().backward()
    tensors["output_f64"] = output.detach().clone().contiguous()
    for n, p in model.named_parameters():
        if p.grad is not None:
            tensors["grad_f64." + n] = real(p.grad)
    torch.cfloat, torch.Tensor.cfloat, torch.float, torch.float32 = torch.complex64, SINGLE[0], single, single
    torch.set_default_dtype(torch.float32)
    save_file(tensors, os.path.join(out, name + ".safetensors"), metadata={"model": name})
    with open(os.path.join(out, name + ".json"), "w") as file:
        json.dump({"name": name, "config": config}, file, indent=1)
    print(name, sum(p.numel() * (2 if p.is_complex() else 1) for p in model.parameters()), "numbers in the weights")


SINGLE = (torch.Tensor.cfloat,)


def deepxde(out):
    import deepxde as dde

    for strategy, branch, trunk in (
        ("independent", [8, 7, 5], [2, 6, 5]), ("split_both", [8, 7, 6], [2, 6, 6]),
        ("split_branch", [8, 7, 6], [2, 6, 3]), ("split_trunk", [8, 7, 3], [2, 6, 6]),
    ):
        torch.manual_seed(len(strategy))
        activation = {"branch": "tanh", "trunk": "sin"}
        net = dde.nn.DeepONetCartesianProd(
            branch, trunk, activation, "Glorot normal", num_outputs=2, multi_output_strategy=strategy)
        config = dict(branch=branch, trunk=trunk, activation=activation, num_outputs=2, multi_output_strategy=strategy)
        export(out, "deeponet_" + strategy, net, [torch.randn(3, 8), torch.rand(6, 2)], config, as_list=True)
    torch.manual_seed(5)
    net = dde.nn.DeepONet([8, 7, 5], [2, 6, 5], "relu", "Glorot normal")
    config = {"class": "DeepONet", "branch": [8, 7, 5], "trunk": [2, 6, 5], "activation": "relu"}
    export(out, "deeponet_unaligned", net, [torch.randn(4, 8), torch.rand(4, 2)], config, as_list=True)


def gfno(out, folder):
    sys.path.insert(0, folder)
    from models.GFNO import GFNO3d
    from models.Ghybrid import Ghybrid2d

    for name, reflection, pad, modes in (("gfno3d_p4", False, True, 3), ("gfno3d_p4m", True, False, 2)):
        torch.manual_seed(len(name))
        config = dict(num_channels=2, modes=modes, time_modes=3, width=2, initial_step=2, reflection=reflection, grid_type="symmetric",
                      time_pad=pad)
        model = GFNO3d(**config)
        with torch.no_grad():
            # Without normalisation the usual initial weights hardly show in the output beside the biases.
            for n, p in model.named_parameters():
                p.mul_(0 if n.endswith("B") else 6 if "conv.W" in n else 3)
        export(out, name, model, [torch.randn(1, 7, 7, 6, 2, 2)], config)
    for name, reflection, layers in (("ghybrid2d_p4", False, 3), ("ghybrid2d_p4m", True, 1)):
        torch.manual_seed(len(name))
        config = dict(num_channels=1, modes=3, Gwidth=2, width=3, initial_step=2, reflection=reflection, n_equiv=layers)
        export(out, name, Ghybrid2d(**config), [torch.randn(2, 8, 8, 2, 1)], config)


def mgno(out, folder):
    # What models.py imports beside torch is for printing and reading data.
    for name, member in (("torchinfo", "summary"), ("utilities3", "count_params")):
        sys.modules[name] = types.ModuleType(name)
        setattr(sys.modules[name], member, None)
    sys.path.insert(0, folder)
    sys.modules.pop("models", None)
    import models

    torch.manual_seed(21)
    config = dict(num_layer=2, num_channel_u=3, num_channel_f=1, num_classes=1, num_iteration=[[1, 0]] * 5 + [[2, 0]])
    export(out, "mgno_dc_smooth", models.MgNO_DC_smooth(**config), [torch.randn(1, 1, 83, 83)], config)
    torch.manual_seed(22)
    config = dict(num_layer=1, num_channel_u=1, num_channel_f=2, num_classes=1, num_iteration=[1, 1, 1, 1, 2])
    export(out, "mgno_helm", models.MgNO_helm(**config), [torch.randn(1, 2, 101, 101)], config)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--gfno")
    parser.add_argument("--mgno")
    arguments = parser.parse_args()
    deepxde(arguments.out)
    if arguments.gfno:
        gfno(arguments.out, arguments.gfno)
    if arguments.mgno:
        mgno(arguments.out, arguments.mgno)
