"""Reads the file FIRST with the safetensors library, and writes what it holds to the file SECOND.

The tensors `single` and `double` come back as F16, F32 and F64 under names with the type appended.
"""
import sys

import numpy
from safetensors import safe_open
from safetensors.numpy import save_file

with safe_open(sys.argv[1], framework="numpy") as file:
    metadata = file.metadata()
    tensors = {name: file.get_tensor(name) for name in file.keys()}

assert tensors["single"].dtype == numpy.float32 and tensors["double"].dtype == numpy.float64, tensors
assert tensors["empty"].shape == (0, 3) and tensors["number"].shape == (), tensors

converted = {}
for name in ("single", "double"):
    for dtype in ("float16", "float32", "float64"):
        converted[f"{name}.{dtype}"] = tensors[name].astype(dtype)
save_file(converted, sys.argv[2], metadata=metadata)
print("safetensors agree")
