"""Writes tiny files in the layouts of PDEBench, The Well and the FNO paper with h5py, as their own tools do.

usage: make_foreign_samples.py FOLDER        the files in Tests/DatasetsTests/Fixtures were made by this script

Every value tells where it came from: 1000 sample + 100 time + 10 x + y + z / 10 + component / 100 (x, y, z below 10).
"""

import sys

import h5py
import numpy as np


def values(shape, axes):
    """The array whose axes are named by the letters of `axes` (b sample, t time, x, y, z, c component, 1 nothing)."""
    weights = {"b": 1000.0, "t": 100.0, "x": 10.0, "y": 1.0, "z": 0.1, "c": 0.01, "d": 0.001, "1": 0.0}
    result = np.zeros(shape)
    for index, letter in enumerate(axes):
        extents = [1] * len(shape)
        extents[index] = shape[index]
        result = result + weights[letter] * np.arange(shape[index]).reshape(extents)
    return result.astype(np.float32)


def centres(n):
    return ((np.arange(n) + 0.5) / n).astype(np.float32)


def pdebench(folder):
    with h5py.File(f"{folder}/pdebench_1d.hdf5", "w") as file:
        file["tensor"] = values((3, 4, 8), "btx")
        file["x-coordinate"] = centres(8)
        file["t-coordinate"] = np.linspace(0, 0.4, 5).astype(np.float32)
    with h5py.File(f"{folder}/pdebench_darcy.hdf5", "w") as file:
        file["tensor"] = values((3, 1, 4, 5), "b1xy")
        file["nu"] = values((3, 4, 5), "bxy") + 0.5
        file["x-coordinate"] = centres(4)
        file["y-coordinate"] = centres(5)
        file["t-coordinate"] = np.array([0.0], np.float32)
        file.attrs["beta"] = 1.0
    with h5py.File(f"{folder}/pdebench_cfd_periodic.hdf5", "w") as file:
        for index, name in enumerate(["density", "pressure", "Vx", "Vy"]):
            file[name] = values((2, 3, 4, 5), "btxy") + np.float32(0.25 * index)
        file["x-coordinate"] = centres(4)
        file["y-coordinate"] = centres(5)
        file["t-coordinate"] = np.linspace(0, 1.5, 4).astype(np.float32)
        file.attrs["eta"] = 0.01
        file.attrs["zeta"] = 0.02
        file.attrs["M"] = 0.1
    with h5py.File(f"{folder}/pdebench_groups.h5", "w") as file:
        for sample in range(2):
            group = file.create_group(f"{sample:04d}")
            group["data"] = values((3, 4, 5, 2), "txyc") + np.float32(1000 * sample)
            group["grid/x"] = (np.arange(4) - 1.5).astype(np.float32)
            group["grid/y"] = (np.arange(5) - 2.0).astype(np.float32)
            group["grid/t"] = np.linspace(0, 1, 3).astype(np.float32)
            group.attrs["config"] = "x: 1\n"


def the_well(folder):
    samples, frames, nx, ny = 2, 3, 4, 5
    with h5py.File(f"{folder}/the_well.hdf5", "w") as file:
        file.attrs["dataset_name"] = "tiny"
        file.attrs["grid_type"] = "cartesian"
        file.attrs["n_spatial_dims"] = 2
        file.attrs["n_trajectories"] = samples
        file.attrs["simulation_parameters"] = ["Re"]
        file.attrs["Re"] = 100.0
        group = file.create_group("dimensions")
        group.attrs["spatial_dims"] = ["x", "y"]
        for name, coordinates in [("time", np.linspace(0, 1, frames)), ("x", np.arange(nx) / nx), ("y", centres(ny))]:
            dataset = group.create_dataset(name, data=np.asarray(coordinates, np.float32))
            dataset.attrs["sample_varying"] = False
        conditions = file.create_group("boundary_conditions")
        for name, kind in [("x", "PERIODIC"), ("y", "WALL")]:
            condition = conditions.create_group(f"{name}_{kind.lower()}")
            condition.attrs["associated_dims"] = [name]
            condition.attrs["associated_fields"] = []
            condition.attrs["bc_type"] = kind
            condition.attrs["sample_varying"] = False
            condition.attrs["time_varying"] = False
            condition["mask"] = np.array([True, False])
        scalars = file.create_group("scalars")
        scalars.attrs["field_names"] = ["Re"]
        scalar = scalars.create_dataset("Re", data=np.float32(100))
        scalar.attrs["sample_varying"] = False
        scalar.attrs["time_varying"] = False

        def add(group, name, data, varying):
            dataset = group.create_dataset(name, data=data)
            dataset.attrs["dim_varying"] = [True, True]
            dataset.attrs["sample_varying"], dataset.attrs["time_varying"] = varying

        group = file.create_group("t0_fields")
        group.attrs["field_names"] = ["buoyancy", "terrain"]
        add(group, "buoyancy", values((samples, frames, nx, ny), "btxy"), (True, True))
        add(group, "terrain", values((nx, ny), "xy"), (False, False))
        group = file.create_group("t1_fields")
        group.attrs["field_names"] = ["velocity"]
        add(group, "velocity", values((samples, frames, nx, ny, 2), "btxyc"), (True, True))
        group = file.create_group("t2_fields")
        group.attrs["field_names"] = ["strain"]
        add(group, "strain", values((samples, frames, nx, ny, 2, 2), "btxycd"), (True, True))


def matlab(folder, name, arrays):
    """MATLAB v7.3: 512 bytes of its own before the HDF5 content, arrays by columns."""
    path = f"{folder}/{name}.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, array in arrays.items():
            dataset = file.create_dataset(key, data=np.ascontiguousarray(array.T))
            dataset.attrs["MATLAB_class"] = np.bytes_("double")
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124, b" ") + b"\0\2IM")


def main(folder):
    pdebench(folder)
    the_well(folder)
    matlab(
        folder,
        "fno_ns",
        {"a": values((3, 4, 5), "bxy"), "u": values((3, 4, 5, 6), "bxyt"), "t": np.arange(1.0, 7.0).reshape(1, 6)},
    )
    matlab(folder, "fno_darcy", {"coeff": values((3, 5, 5), "bxy") + 3.0, "sol": values((3, 5, 5), "bxy")})
    matlab(folder, "fno_burgers", {"a": values((4, 8), "bx"), "u": values((4, 8), "bx") + 0.5})


if __name__ == "__main__":
    main(sys.argv[1])
