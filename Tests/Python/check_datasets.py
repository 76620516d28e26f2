"""Opens dataset files with the tools that others use: the IOOS compliance checker (cf:1.11) and xarray.

usage: check_datasets.py FILE.nc...      exit status 1 when a file fails
"""

import json
import os
import subprocess
import sys

import numpy as np
import xarray as xr


# The checker knows the order of T and of longitude and latitude only: after time it does not recognise the axes of a Cartesian grid.
# (With the optional attributes axis = "X" and "Y" it takes them for longitude and latitude, and reports errors instead.)
KNOWN_WARNINGS = ("not in the recommended order T, Z, Y, X",)


def compliance(path):
    """No error, and no other warning than the known one, in the suite cf:1.11."""
    checker = os.path.join(os.path.dirname(sys.executable), "compliance-checker")
    command = [checker, "--test", "cf:1.11", "--criteria", "strict", "--format", "json", "--output", "-", path]
    result = subprocess.run(command, capture_output=True, text=True)
    try:
        report = json.loads(result.stdout[result.stdout.index("{") :])["cf:1.11"]
    except (ValueError, KeyError):
        return [f"compliance-checker failed: {result.stdout}{result.stderr}"]
    problems = []
    for level in ("high_priorities", "medium_priorities", "low_priorities"):
        for check in report[level]:
            for message in check["msgs"]:
                if not any(known in message for known in KNOWN_WARNINGS):
                    problems.append(f"compliance-checker cf:1.11: {level}: {check['name']}: {message}")
    return problems


def require(condition, message, problems):
    if not condition:
        problems.append(message)


def opens_in_xarray(path):
    """Coordinates, units and decoded times are right, and every field is an array of numbers on them."""
    problems = []
    with xr.open_dataset(path) as data:
        require(data.attrs["Conventions"] == "CF-1.11", f"Conventions {data.attrs.get('Conventions')}", problems)
        require(data.sample.dtype.kind == "i", f"sample has type {data.sample.dtype}", problems)
        fields = {name: variable for name, variable in data.variables.items() if "role" in variable.attrs}
        require(fields, "no fields", problems)
        for name, variable in fields.items():
            require(variable.dtype.kind == "f", f"{name} has type {variable.dtype}", problems)
            require({"long_name", "units"} <= set(variable.attrs), f"{name} lacks long_name or units", problems)
            order = [dimension for dimension in variable.dims if dimension in ("sample", "time")]
            require(variable.dims[: len(order)] == tuple(order), f"{name} has dimensions {variable.dims}", problems)
            for dimension in variable.dims:
                require(dimension in data.indexes, f"{name}: dimension {dimension} has no coordinate", problems)
        if "time" in data.dims:
            require(data.t.dtype == np.float64, f"t has type {data.t.dtype}", problems)
            require(data.time.dtype.kind == "M", f"time has type {data.time.dtype}", problems)
            seconds = (data.time - np.datetime64("2000-01-01")) / np.timedelta64(1, "s")
            require(np.allclose(seconds, data.t, atol=1e-6), "time and t disagree", problems)
            for name, variable in fields.items():
                if "time" in variable.dims:
                    require("t" in data[name].coords, f"{name} does not name its simulation time", problems)
        for axis in ("x", "y", "z"):
            if axis in data.dims:
                values = data[axis].values
                require(values.dtype == np.float64 and np.all(np.diff(values) > 0), f"{axis} does not increase", problems)
                require("units" in data[axis].attrs, f"{axis} has no units", problems)
    return problems


def main(paths):
    failed = False
    for path in paths:
        problems = compliance(path) + opens_in_xarray(path)
        print(f"{path}: " + ("; ".join(problems) if problems else "passes cf:1.11 and opens in xarray"))
        failed = failed or bool(problems)
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
