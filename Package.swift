// swift-tools-version: 6.1
import PackageDescription

/// Settings shared by every Swift target.
///
/// Language mode 6 comes from the tools version; there are no unsafe flags, so that the package can be used as a dependency. `make` adds `-Xcc -march=native` on the command line.
let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// One library target; `dependencies` may only name targets further up this file, so a wrong import does not compile.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let numerics = Target.Dependency.product(name: "Numerics", package: "swift-numerics")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "eddy",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "eddy", targets: ["eddy"]),
        .library(
            name: "Eddy",
            targets: [
                "Tensors", "Transforms", "Grids", "Metrics", "Solvers", "Autodiff", "NeuralOperators", "Communication", "Training",
                "Datasets", "Plots", "Cases",
            ]),
    ],
    traits: [.trait(name: "MPI", description: "Training and generation on many processes (needs an MPI library).")],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CIntrinsics"),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3", providers: [.apt(["libfftw3-dev"]), .brew(["fftw"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
        .systemLibrary(name: "CNetCDF", pkgConfig: "netcdf", providers: [.apt(["libnetcdf-dev"]), .brew(["netcdf"])]),
        .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),

        module("Tensors", ["CIntrinsics", "COpenBLAS", "COneDNN", numerics]),
        module("Transforms", ["CFFTW", "CIntrinsics", "COpenBLAS", "Tensors"]),
        module("Grids", ["Tensors", "Transforms"]),
        module("Metrics", ["Tensors", "Transforms", "Grids", numerics]),
        module("Solvers", ["CIntrinsics", "COpenBLAS", "Tensors", "Transforms", "Grids", numerics]),
        module("Autodiff", ["Tensors", "Transforms"]),
        module("NeuralOperators", ["Autodiff", "Grids", "Transforms", "Tensors"]),
        module("Communication", [.target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
        module("Training", ["Communication", "NeuralOperators", "Autodiff", "Metrics", "Grids", "Tensors"]),
        module("Datasets", ["CNetCDF", "Grids", "Tensors"]),
        module("Plots", ["Metrics", "Grids", "Tensors"]),
        module(
            "Cases",
            [
                "Tensors", "Transforms", "Grids", "Metrics", "Solvers", "Autodiff", "NeuralOperators", "Communication",
                "Training", "Datasets", "Plots", logging,
            ]),
        .executableTarget(
            name: "eddy",
            dependencies: ["Cases", "Training", "Communication", "NeuralOperators", "Datasets", "Grids", "Tensors", arguments],
            swiftSettings: settings),

        .target(name: "TestSupport", dependencies: ["Autodiff", "Tensors"], path: "Tests/TestSupport", swiftSettings: settings),
        tests("Tensors", ["Tensors", "TestSupport"]),
        tests("Transforms", ["Transforms", "Tensors", "TestSupport"]),
        tests("Grids", ["Grids", "Transforms", "Tensors", "TestSupport"]),
        tests("Metrics", ["Metrics", "Grids", "Transforms", "Tensors", "TestSupport"]),
        tests("Solvers", ["Solvers", "Metrics", "Grids", "Transforms", "Tensors", "TestSupport"]),
        tests("Autodiff", ["Autodiff", "Transforms", "Tensors", "TestSupport"]),
        tests("NeuralOperators", ["NeuralOperators", "Autodiff", "Grids", "Transforms", "Tensors", "TestSupport"]),
        tests("Communication", ["Communication"]),
        tests(
            "Training", ["Training", "Communication", "NeuralOperators", "Autodiff", "Metrics", "Grids", "Tensors", "TestSupport"],
            resources: [.copy("Fixtures")]),
        tests("Datasets", ["Datasets", "CNetCDF", "Grids", "Tensors", "TestSupport"], resources: [.copy("Fixtures")]),
        tests("Plots", ["Plots", "Metrics", "Grids", "Tensors", "TestSupport"]),
        tests(
            "Cases",
            [
                "Cases", "Datasets", "Training", "NeuralOperators", "Autodiff", "Solvers", "Metrics", "Plots", "Grids", "Tensors",
                "TestSupport",
            ]),
        tests("Command", ["eddy", "Communication"]),
    ]
)

// Only `make docs` needs the documentation plugin.
if Context.environment["EDDY_DOCS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}
