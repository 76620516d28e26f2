import Foundation
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct HelmholtzSolverTests {
    private typealias Kind = HelmholtzBoundary.Side.Kind

    /// A manufactured problem: `u = cos(5 x + 4 y) (1 + x y / 2)`, `k^2 = 60 + 15 sin(2 x + y)`, on [0, 1.2] x [0, 0.9].
    private struct Manufactured {
        let extent = [0.9, 1.2]

        func squaredWavenumber(_ y: Double, _ x: Double) -> Double { 60 + 15 * Double.sin(2 * x + y) }

        /// Value and derivatives `u, u_x, u_y, Lap u`.
        func u(_ y: Double, _ x: Double) -> (value: Double, x: Double, y: Double, laplacian: Double) {
            let (c, s) = (Double.cos(5 * x + 4 * y), Double.sin(5 * x + 4 * y))
            let m = 1 + 0.5 * x * y
            let second = -41 * c * m - 5 * s * y - 4 * s * x
            return (c * m, -5 * s * m + 0.5 * y * c, -4 * s * m + 0.5 * x * c, second)
        }

        func source(_ y: Double, _ x: Double) -> Double {
            let values = u(y, x)
            return -values.laplacian - squaredWavenumber(y, x) * values.value
        }

        func side(_ kind: Kind, _ points: [(y: Double, x: Double)], normal: (y: Double, x: Double)) -> HelmholtzBoundary.Side {
            let values = points.map { point in
                let values = u(point.y, point.x)
                return kind == .dirichlet ? values.value : values.x * normal.x + values.y * normal.y
            }
            return kind == .dirichlet ? .dirichlet(values) : .neumann(values)
        }

        func error(_ kinds: [Kind], _ shape: [Int]) throws -> Double {
            let (ny, nx) = (shape[0], shape[1])
            let ys = (0..<ny).map { extent[0] * Double($0) / Double(ny - 1) }
            let xs = (0..<nx).map { extent[1] * Double($0) / Double(nx - 1) }
            func field(_ value: (Double, Double) -> Double) -> Tensor<Double> { Tensor(shape, ys.flatMap { y in xs.map { value(y, $0) } }) }
            let boundary = HelmholtzBoundary(
                west: side(kinds[0], ys.map { ($0, 0) }, normal: (0, -1)), east: side(kinds[1], ys.map { ($0, extent[1]) }, normal: (0, 1)),
                south: side(kinds[2], xs.map { (0, $0) }, normal: (-1, 0)),
                north: side(kinds[3], xs.map { (extent[0], $0) }, normal: (1, 0)))
            let solver = try HelmholtzSolver(shape: shape, extent: extent)
            let k2 = field(squaredWavenumber)
            let (found, imaginary, report) = try solver.solve(squaredWavenumber: k2, source: field(source), boundary: boundary)
            #expect(report.residual <= 1e-10 && imaginary == nil)
            var worst = 0.0
            for (j, y) in ys.enumerated() {
                for (i, x) in xs.enumerated() { worst = max(worst, abs(found[j, i] - u(y, x).value)) }
            }
            return worst
        }
    }

    private static let real: [[Kind]] = [
        [.dirichlet, .dirichlet, .dirichlet, .dirichlet], [.neumann, .dirichlet, .neumann, .dirichlet],
        [.dirichlet, .neumann, .dirichlet, .neumann], [.neumann, .neumann, .dirichlet, .neumann],
        [.neumann, .neumann, .neumann, .neumann],
    ]

    @Test("real problems converge with order 4, all conditions and corners", arguments: real)
    private func realOrder(kinds: [Kind]) throws {
        let errors = try [17, 33, 65].map { try Manufactured().error(kinds, [$0, 3 * ($0 / 2) + 1]) }
        let order = Double.log2(errors[1] / errors[2])
        #expect(order > 3.6 && order < 4.7, "\(kinds): \(errors)")
        #expect(errors[2] < 1e-3)
    }

    @Test("impedance sides and corners converge with order 4")
    func impedanceOrder() throws {
        // A plane wave in a uniform medium: the source is zero, so that the real right-hand sides of the interface suffice.
        let (a, b) = (4.0, 3.0)
        let k = Double.hypot(a, b)
        func error(_ n: Int, _ kinds: [Kind]) throws -> Double {
            let nodes = (0..<n).map { Double($0) / Double(n - 1) }
            func wave(_ y: Double, _ x: Double) -> Complex<Double> { Complex(Double.cos(a * x + b * y), Double.sin(a * x + b * y)) }
            func side(_ kind: Kind, _ slope: Double, _ values: [Complex<Double>]) -> HelmholtzBoundary.Side {
                let factor: Complex<Double> = kind == .dirichlet ? 1 : Complex(0, kind == .neumann ? slope : slope - k)
                return HelmholtzBoundary.Side(kind, values.map { factor * $0 })
            }
            let boundary = HelmholtzBoundary(
                west: side(kinds[0], -a, nodes.map { wave($0, 0) }), east: side(kinds[1], a, nodes.map { wave($0, 1) }),
                south: side(kinds[2], -b, nodes.map { wave(0, $0) }), north: side(kinds[3], b, nodes.map { wave(1, $0) }))
            let solver = try HelmholtzSolver(shape: [n, n])
            let (real, imaginary, _) = try solver.solve(squaredWavenumber: Tensor([n, n], repeating: k * k), boundary: boundary)
            let found = try #require(imaginary)
            var worst = 0.0
            for (j, y) in nodes.enumerated() {
                for (i, x) in nodes.enumerated() { worst = max(worst, (Complex(real[j, i], found[j, i]) - wave(y, x)).length) }
            }
            return worst
        }
        for kinds: [Kind] in [
            [.impedance, .impedance, .impedance, .impedance], [.impedance, .neumann, .dirichlet, .impedance],
            [.neumann, .impedance, .impedance, .neumann],
        ] {
            let errors = try [17, 33, 65].map { try error($0, kinds) }
            let order = Double.log2(errors[1] / errors[2])
            #expect(order > 3.6 && order < 4.7, "\(kinds): \(errors)")
        }
    }

    @Test("a variable wavenumber with impedance sides converges to itself with order 4") func variableImpedance() throws {
        func solution(_ n: Int) throws -> [Double] {
            let nodes = (0..<n).map { Double($0) / Double(n - 1) }
            func field(_ value: (Double, Double) -> Double) -> Tensor<Double> {
                Tensor([n, n], nodes.flatMap { y in nodes.map { value(y, $0) } })
            }
            let (real, imaginary, _) = try HelmholtzSolver(shape: [n, n]).solve(
                squaredWavenumber: field { 40 + 10 * Double.sin(3 * $1 + 2 * $0) },
                source: field { y, x in 100 * Double.exp(-30 * ((x - 0.4) * (x - 0.4) + (y - 0.6) * (y - 0.6))) },
                boundary: HelmholtzBoundary(.impedance, shape: [n, n]))
            let found = try #require(imaginary)
            let step = (n - 1) / 24
            return (0...24).flatMap { j in (0...24).flatMap { i in [real[j * step, i * step], found[j * step, i * step]] } }
        }
        let levels = try [25, 49, 97].map(solution)
        let differences = zip(levels, levels.dropFirst()).map { zip($0, $1).reduce(0) { max($0, abs($1.0 - $1.1)) } }
        let order = Double.log2(differences[0] / differences[1])
        #expect(order > 3.5 && order < 4.8, "\(differences)")
    }

    @Test("evanescent media: a negative squared wavenumber is Poisson's equation with a shift") func evanescent() throws {
        let n = 33
        let values = (0..<n * n).map { index in
            Double.cos(.pi * Double(index % n) / Double(n - 1)) * Double.cos(.pi * Double(index / n) / Double(n - 1))
        }
        let (u, imaginary, _) = try HelmholtzSolver(shape: [n, n]).solve(
            squaredWavenumber: Tensor([n, n], repeating: -5), source: Tensor([n, n], values.map { (2 * .pi * .pi + 5) * $0 }),
            boundary: HelmholtzBoundary(.neumann, shape: [n, n]))
        #expect(imaginary == nil)
        #expect(zip(u.scalars, values).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("a resonance is refused, not divided by") func resonance() throws {
        // Constants are in the null space of the Neumann problem with k = 0.
        let n = 9
        #expect(throws: SolverError.self) {
            try HelmholtzSolver(shape: [n, n]).solve(
                squaredWavenumber: Tensor([n, n], repeating: 0), source: Tensor([n, n], repeating: 1),
                boundary: HelmholtzBoundary(.neumann, shape: [n, n]))
        }
    }

    @Test("bad input has a name") func badInput() throws {
        #expect(throws: SolverError.invalidInput(key: "shape", found: "[3, 9]", allowed: "at least 4 nodes an axis")) {
            try HelmholtzSolver(shape: [3, 9])
        }
        #expect(throws: SolverError.invalidInput(key: "extent", found: "[0.0, 1.0]", allowed: "positive lengths")) {
            try HelmholtzSolver(shape: [9, 9], extent: [0, 1])
        }
        let solver = try HelmholtzSolver(shape: [9, 9])
        let boundary = HelmholtzBoundary(.impedance, shape: [9, 9])
        #expect(throws: SolverError.invalidInput(key: "squared wavenumber", found: "-1.0", allowed: "> 0 with an impedance")) {
            try solver.solve(squaredWavenumber: Tensor([9, 9], repeating: -1), boundary: boundary)
        }
        #expect(throws: SolverError.invalidInput(key: "squared wavenumber", found: "k h = 2.0", allowed: "at most 1.5: refine the grid")) {
            try solver.solve(squaredWavenumber: Tensor([9, 9], repeating: 256), boundary: boundary)
        }
        #expect(throws: SolverError.self) { try solver.solve(squaredWavenumber: Tensor([9, 9], repeating: .nan), boundary: boundary) }
    }
}
