import Foundation
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct DiffusionSolverTests {
    static let schemes: [(DiffusionLocation, FaceAveraging)] = DiffusionLocation.allCases.flatMap { location in
        FaceAveraging.allCases.map { (location, $0) }
    }

    // MARK: - Against the reference

    @Test("solutions agree with a dense solve of the written-out scheme", arguments: schemes)
    func reference(location: DiffusionLocation, averaging: FaceAveraging) throws {
        for shape in [[3, 3], [4, 9], [11, 7], [19, 22], [22, 19], [24, 24], [5, 40]] {
            for method in EllipticMethod.allCases {
                let scheme = try DiffusionScheme(location: location, averaging: averaging, coefficientShape: shape, extent: [0.7, 1.2])
                let a = TestCoefficients.rough(shape, contrast: 100, seed: 3)
                let f = Tensor(scheme.solutionShape, Philox(seed: 4, stream: 1).normals(scheme.solutionShape[0] * scheme.solutionShape[1]))
                let (ny, nx) = (scheme.solutionShape[0], scheme.solutionShape[1])
                let numbers = Philox(seed: 5, stream: 2)
                let boundary = DiffusionBoundary(
                    west: numbers.normals(ny), east: numbers.normals(ny + 1).suffix(ny), south: numbers.normals(nx + 2).suffix(nx),
                    north: numbers.normals(nx + 3).suffix(nx))
                let dense = DenseDiffusion(scheme, coefficient: a, source: f, boundary: boundary)
                let expected = dense.solve()
                let solver = try DiffusionSolver(scheme, method: method, tolerance: 1e-12)
                let (u, report) = try solver.solve(coefficient: a, source: f, boundary: boundary)
                #expect(report.residual <= 1e-12)
                let offset = location == .nodes ? 1 : 0
                var (error, size) = (0.0, 0.0)
                for j in 0..<dense.ny {
                    for i in 0..<dense.nx {
                        error = max(error, abs(u[j + offset, i + offset] - expected[j * dense.nx + i]))
                        size = max(size, abs(expected[j * dense.nx + i]))
                    }
                }
                #expect(error < 1e-10 * size, "\(shape), \(method): \(error) of \(size)")
                if location == .nodes {
                    #expect(u[0, 1] == boundary.south[1] && u[ny - 1, 1] == boundary.north[1])
                    #expect(u[1, 0] == boundary.west[1] && u[1, nx - 1] == boundary.east[1])
                }
            }
        }
    }

    @Test("the corner rule: face = mean of its two corners, diagonal = sum of the four, times (n + 1)^2") func cornerRule() throws {
        let a = TestCoefficients.rough([5, 5], contrast: 50, seed: 1)
        let scheme = try DiffusionScheme(location: .corners, averaging: .arithmetic, coefficientShape: [5, 5])
        #expect(scheme.unknownShape == [4, 4])
        #expect(scheme.spacing == [0.2, 0.2])
        let (x, y) = scheme.conductances(of: a)
        for j in 0..<4 {
            for i in 0..<4 {
                let diagonal = x[j, i] + x[j, i + 1] + y[j, i] + y[j + 1, i]
                #expect(abs(diagonal - (a[j, i] + a[j, i + 1] + a[j + 1, i] + a[j + 1, i + 1])) < 1e-12 * diagonal)
                #expect(x[j, i + 1] == 0.5 * (a[j, i + 1] + a[j + 1, i + 1]))
            }
        }
    }

    // MARK: - Order

    /// `u = e^x sin(2 y + 0.3)`, `a = e^(sin(3 x) / 2 + y / 2)`, and the source that makes them a solution.
    enum Manufactured {
        static func u(_ y: Double, _ x: Double) -> Double { .exp(x) * .sin(2 * y + 0.3) }
        static func a(_ y: Double, _ x: Double) -> Double { .exp(.sin(3 * x) / 2 + y / 2) }
        static func f(_ y: Double, _ x: Double) -> Double {
            let uY = 2 * Double.exp(x) * .cos(2 * y + 0.3)
            let laplacian = -3 * u(y, x)
            return -a(y, x) * (1.5 * .cos(3 * x) * u(y, x) + 0.5 * uY + laplacian)
        }
    }

    private func manufacturedError(_ n: Int, _ location: DiffusionLocation, _ averaging: FaceAveraging) throws -> Double {
        let scheme = try DiffusionScheme(location: location, averaging: averaging, coefficientShape: [n, n])
        let h = scheme.spacing[0]
        let first = location == .nodes ? 0 : h / 2
        let a = Tensor([n, n], (0..<n * n).map { Manufactured.a(first + Double($0 / n) * h, first + Double($0 % n) * h) })
        let y = scheme.coordinates(axis: 0)
        let x = scheme.coordinates(axis: 1)
        let f = Tensor(scheme.solutionShape, y.flatMap { y in x.map { Manufactured.f(y, $0) } })
        let boundary = DiffusionBoundary(
            west: y.map { Manufactured.u($0, 0) }, east: y.map { Manufactured.u($0, 1) }, south: x.map { Manufactured.u(0, $0) },
            north: x.map { Manufactured.u(1, $0) })
        let (u, _) = try DiffusionSolver(scheme).solve(coefficient: a, source: f, boundary: boundary)
        let exact = y.flatMap { y in x.map { Manufactured.u(y, $0) } }
        let squares = zip(u.scalars, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (squares / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    @Test("second order for smooth a", arguments: schemes)
    func order(location: DiffusionLocation, averaging: FaceAveraging) throws {
        let sizes = location == .nodes ? [33, 65, 129] : [32, 64, 128]
        let errors = try sizes.map { try manufacturedError($0, location, averaging) }
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
            let order = Double.log2(coarse / fine)
            #expect(order > 1.85 && order < 2.15, "errors \(errors)")
        }
    }

    @Test("a jump along cell faces is exact with the harmonic mean") func layered() throws {
        // a = 1 left of x = 1/2, 1e4 right of it; u = x on the left side, and the flux 1 everywhere.
        let (ny, nx) = (24, 40)
        let scheme = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [ny, nx])
        let a = Tensor([ny, nx], (0..<ny * nx).map { $0 % nx < nx / 2 ? 1 : 1e4 })
        func u(_ x: Double) -> Double { x < 0.5 ? x : 0.5 + (x - 0.5) * 1e-4 }
        let x = scheme.coordinates(axis: 1)
        let boundary = DiffusionBoundary(
            west: Array(repeating: u(0), count: ny), east: Array(repeating: u(1), count: ny), south: x.map(u), north: x.map(u))
        let (solution, _) = try DiffusionSolver(scheme, tolerance: 1e-12).solve(coefficient: a, source: 0, boundary: boundary)
        for j in 0..<ny {
            for i in 0..<nx { #expect(abs(solution[j, i] - u(x[i])) < 1e-10) }
        }
    }

    @Test("a jump along a circle converges at first order or better", arguments: FaceAveraging.allCases)
    func disc(averaging: FaceAveraging) throws {
        // a = 3 inside the circle of radius 0.3 round the centre, 12 outside; u = r^2 / 4 a shifted to be continuous, f = -1.
        func exact(_ y: Double, _ x: Double) -> Double {
            let square = (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)
            return square < 0.09 ? square / 12 : square / 48 + 0.09 / 12 - 0.09 / 48
        }
        let errors = try [64, 128, 256].map { n in
            let scheme = try DiffusionScheme(location: .cells, averaging: averaging, coefficientShape: [n, n])
            let points = scheme.coordinates(axis: 0)
            let a = Tensor(
                [n, n], points.flatMap { y in points.map { x in (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5) < 0.09 ? 3.0 : 12.0 } })
            let boundary = DiffusionBoundary(
                west: points.map { exact($0, 0) }, east: points.map { exact($0, 1) }, south: points.map { exact(0, $0) },
                north: points.map { exact(1, $0) })
            let (u, _) = try DiffusionSolver(scheme).solve(coefficient: a, source: -1, boundary: boundary)
            let reference = points.flatMap { y in points.map { exact(y, $0) } }
            let squares = zip(u.scalars, reference).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return (squares / reference.reduce(0) { $0 + $1 * $1 }).squareRoot()
        }
        let order = Double.log2(errors[0] / errors[2]) / 2
        #expect(order > 0.8 && order < 2.2, "errors \(errors)")
        #expect(errors[2] < 3e-3)
    }

    // MARK: - Multigrid

    @Test("iterations do not grow with the grid, whatever its size", arguments: [31, 32, 64, 85, 127, 128, 131, 190, 256])
    func iterations(n: Int) throws {
        for (location, averaging) in [(DiffusionLocation.nodes, FaceAveraging.arithmetic), (.cells, .harmonic), (.corners, .arithmetic)] {
            let scheme = try DiffusionScheme(location: location, averaging: averaging, coefficientShape: [n, n])
            let solver = try DiffusionSolver(scheme, tolerance: 1e-10)
            for (a, bound) in [
                (TestCoefficients.twoValued([n, n], low: 3, high: 12, seed: 1), 10),
                (TestCoefficients.twoValued([n, n], low: 2, high: 12, seed: 2), 10),
                (TestCoefficients.logNormal([n, n], contrast: 1e5, seed: 3), 12),
                // Independent values at every point are beyond what a coarse grid can resolve: the number grows, slowly.
                (TestCoefficients.rough([n, n], contrast: 1e3, seed: 4), 26),
            ] {
                let (_, report) = try solver.solve(coefficient: a, source: 1)
                #expect(report.residual <= 1e-10)
                #expect(report.iterations >= 5 && report.iterations <= bound, "\(location): \(report.iterations)")
            }
        }
    }

    @Test("the preconditioner is symmetric and positive definite", arguments: [[37, 50], [64, 64], [85, 33]])
    func symmetry(shape: [Int]) throws {
        let scheme = try DiffusionScheme(location: .nodes, averaging: .arithmetic, coefficientShape: shape)
        let solver = try DiffusionSolver(scheme)
        try solver.prepare(coefficient: TestCoefficients.rough(shape, contrast: 1e3, seed: 1))
        let count = scheme.unknownShape[0] * scheme.unknownShape[1]
        let x = Tensor(scheme.unknownShape, Philox(seed: 1, stream: 1).normals(count))
        let y = Tensor(scheme.unknownShape, Philox(seed: 1, stream: 2).normals(count))
        let mx = try #require(solver.preconditioned(x))
        let my = try #require(solver.preconditioned(y))
        func product(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double { zip(a.scalars, b.scalars).reduce(0) { $0 + $1.0 * $1.1 } }
        let size = (product(mx, x) * product(my, y)).squareRoot()
        #expect(product(mx, x) > 0 && product(my, y) > 0)
        #expect(abs(product(mx, y) - product(x, my)) < 1e-6 * size)
        #expect(abs(product(mx, y)) > 1e-4 * size, "a product this small would make the check above empty")
    }

    @Test("a solve repeated has the same bits, also after another one") func repeatable() throws {
        let scheme = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [75, 66])
        let solver = try DiffusionSolver(scheme)
        let a = TestCoefficients.twoValued([75, 66], low: 3, high: 12, seed: 1)
        let first = try solver.solve(coefficient: a, source: 1).solution
        let other = try solver.solve(coefficient: TestCoefficients.logNormal([75, 66], contrast: 1e3, seed: 2), source: 2).solution
        let second = try solver.solve(coefficient: a, source: 1).solution
        #expect(first == second)
        #expect(first != other)
        #expect(try DiffusionSolver(scheme).solve(coefficient: a, source: 1).solution == first)
        var third = Tensor<Double>(scheme.solutionShape)
        let report = try solver.solve(source: Tensor(scheme.solutionShape, repeating: 1), into: &third)
        #expect(third == first)
        #expect(report.setupSeconds == 0)
    }

    @Test("units do not matter: coefficients from 1e-25 to 1e25", arguments: [1e-25, 1e-13, 1e10, 1e25])
    func units(unit: Double) throws {
        let scheme = try DiffusionScheme(location: .nodes, averaging: .harmonic, coefficientShape: [50, 61])
        let solver = try DiffusionSolver(scheme)
        let a = TestCoefficients.twoValued([50, 61], low: 3, high: 12, seed: 1)
        let (expected, reference) = try solver.solve(coefficient: a, source: 1)
        let (scaled, report) = try solver.solve(coefficient: Tensor([50, 61], a.scalars.map { $0 * unit }), source: unit * 1e-8)
        #expect(report.iterations == reference.iterations)
        let size = expected.scalars.max()!
        for (u, v) in zip(expected.scalars, scaled.scalars) { #expect(abs(u - v * 1e8) < 1e-9 * size) }
    }

    // MARK: - Principles

    @Test("f = 1 gives positive solutions, f = 0 stays between its boundary values") func maximumPrinciple() throws {
        for (location, averaging) in DiffusionSolverTests.schemes {
            let scheme = try DiffusionScheme(location: location, averaging: averaging, coefficientShape: [60, 47])
            let solver = try DiffusionSolver(scheme)
            let a = TestCoefficients.logNormal([60, 47], contrast: 1e4, seed: 5)
            let (u, _) = try solver.solve(coefficient: a, source: 1)
            let (ny, nx) = (scheme.solutionShape[0], scheme.solutionShape[1])
            for j in 0..<ny {
                for i in 0..<nx {
                    let onBoundary = location == .nodes && (j == 0 || j == ny - 1 || i == 0 || i == nx - 1)
                    #expect(onBoundary ? u[j, i] == 0 : u[j, i] > 0)
                }
            }
            let numbers = Philox(seed: 2, stream: 2)
            let boundary = DiffusionBoundary(
                west: numbers.uniforms(ny), east: numbers.uniforms(ny), south: numbers.uniforms(nx), north: numbers.uniforms(nx))
            let (v, _) = try solver.solve(coefficient: a, source: 0, boundary: boundary)
            #expect(v.scalars.min()! >= 0 && v.scalars.max()! <= 1)
        }
    }

    @Test("no source and no boundary values give exactly zero") func zero() throws {
        let scheme = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [40, 40])
        let (u, report) = try DiffusionSolver(scheme).solve(coefficient: Tensor([40, 40], repeating: 1), source: 0)
        #expect(u == Tensor([40, 40], repeating: 0))
        #expect(report.iterations == 0 && report.residual == 0)
    }

    // MARK: - Errors

    @Test("too few iterations are an error with the residual") func tooFewIterations() throws {
        let scheme = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [64, 64])
        let solver = try DiffusionSolver(scheme, tolerance: 1e-10, maximumIterations: 2)
        let a = TestCoefficients.twoValued([64, 64], low: 3, high: 12, seed: 1)
        let error = #expect(throws: SolverError.self) { try solver.solve(coefficient: a, source: 1) }
        guard case .didNotConverge("diffusion", 2, let residual, 1e-10) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(residual > 1e-10 && residual < 1)
    }

    @Test("bad values are named", arguments: [0, -1, Double.nan, .infinity])
    func badValues(value: Double) throws {
        let scheme = try DiffusionScheme(location: .nodes, averaging: .arithmetic, coefficientShape: [20, 21])
        let solver = try DiffusionSolver(scheme)
        var a = Tensor<Double>([20, 21], repeating: 1)
        a[3, 17] = value
        let error = #expect(throws: SolverError.self) { try solver.solve(coefficient: a, source: 1) }
        #expect(try #require(error).description == "coefficient[3, 17]: found \(value), allowed: finite and > 0 (1 such values)")
        guard !value.isFinite else { return }
        let good = Tensor<Double>([20, 21], repeating: 1)
        var f = Tensor<Double>([20, 21], repeating: 1)
        f[2, 3] = .nan
        #expect(throws: SolverError.invalidInput(key: "source[2, 3]", found: "nan", allowed: "finite")) {
            try solver.solve(coefficient: good, source: f)
        }
        var boundary = DiffusionBoundary(solutionShape: [20, 21])
        boundary.north[5] = .infinity
        #expect(throws: SolverError.invalidInput(key: "boundary north[5]", found: "inf", allowed: "finite")) {
            try solver.solve(coefficient: good, source: 1, boundary: boundary)
        }
    }

    @Test("bad parameters are named") func badParameters() throws {
        #expect(throws: SolverError.self) { try DiffusionScheme(location: .nodes, averaging: .harmonic, coefficientShape: [2, 9]) }
        #expect(throws: SolverError.self) { try DiffusionScheme(location: .corners, averaging: .harmonic, coefficientShape: [9]) }
        #expect(throws: SolverError.self) {
            try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [9, 9], extent: [1, -1])
        }
        let scheme = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [9, 9])
        #expect(throws: SolverError.self) { try DiffusionSolver(scheme, tolerance: 0) }
        #expect(throws: SolverError.self) { try DiffusionSolver(scheme, tolerance: .nan) }
        #expect(throws: SolverError.self) { try DiffusionSolver(scheme, maximumIterations: 0) }
        let large = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [2000, 2000])
        #expect(throws: SolverError.self) { try DiffusionSolver(large, method: .direct) }
    }
}
