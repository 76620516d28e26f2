import Numerics
import Solvers
import Tensors
import Testing

@Suite struct FastPoissonTests {
    typealias Axis = FastPoisson<Double>.Axis

    static func axes(_ count: Int, _ length: Double) -> [Axis] {
        [
            .periodic(count: count, length: length), .dirichletCells(count: count, length: length),
            .dirichletNodes(count: count, length: length),
            .neumannCells(count: count, length: length), .neumannNodes(count: count, length: length),
        ]
    }

    /// `-d^2/dx^2` by second differences along one axis of a line, from the definition of the axis.
    static func secondDifference(_ axis: Axis, _ u: [Double]) -> [Double] {
        let n = u.count
        let h = axis.spacing
        return (0..<n).map { i in
            func value(_ j: Int) -> Double {
                guard j < 0 || j >= n else { return u[j] }
                switch axis {
                case .periodic: return u[(j + n) % n]
                case .dirichletCells: return -u[i]
                case .dirichletNodes: return 0
                case .neumannCells: return u[i]
                case .neumannNodes: return u[j < 0 ? 1 : n - 2]
                }
            }
            return (2 * u[i] - value(i - 1) - value(i + 1)) / (h * h)
        }
    }

    /// `shift u - coefficient Lap u` for a field `[z, y, x, channel]` given as a flat array.
    static func apply(_ axes: [Axis], _ u: [Double], shift: Double, coefficient: Double, channels: Int) -> [Double] {
        var result = u.map { shift * $0 }
        for (index, axis) in axes.enumerated() {
            let inner = axes[(index + 1)...].reduce(channels) { $0 * $1.count }
            for line in 0..<u.count / axis.count {
                let start = line / inner * inner * axis.count + line % inner
                let values = secondDifference(axis, (0..<axis.count).map { u[start + $0 * inner] })
                for (i, value) in values.enumerated() { result[start + i * inner] += coefficient * value }
            }
        }
        return result
    }

    @Test("the difference equations hold to rounding, for every pair of boundaries") func differenceEquations() {
        for first in Self.axes(7, 1.3) {
            for second in Self.axes(12, 0.8) {
                for (shift, coefficient) in [(0.0, 1.0), (3.0, 0.2)] {
                    let axes = [first, second]
                    let plan = FastPoisson<Double>(axes: axes)
                    var f = Philox(seed: 1, stream: 3).normals(7 * 12)
                    let singular =
                        shift == 0
                        && axes.allSatisfy { axis in
                            if case .dirichletCells = axis { return false }
                            if case .dirichletNodes = axis { return false }
                            return true
                        }
                    if singular {
                        // Any image of the operator is a right-hand side that has a solution.
                        f = Self.apply(axes, f, shift: 0, coefficient: 1, channels: 1)
                    }
                    let u = plan.solve(Tensor([7, 12], f), shift: shift, coefficient: coefficient)
                    let back = Self.apply(axes, u.scalars, shift: shift, coefficient: coefficient, channels: 1)
                    let size = f.map(abs).max()!
                    for (a, b) in zip(back, f) { #expect(abs(a - b) < 1e-11 * size) }
                }
            }
        }
    }

    @Test("one and three dimensions, batches, channels, Float") func shapes() {
        let line: [Axis] = [.neumannNodes(count: 33, length: 2)]
        let f = Philox(seed: 2, stream: 1).normals(33)
        let u = FastPoisson<Double>(axes: line).solve(Tensor([33], f), shift: 1)
        for (a, b) in zip(Self.apply(line, u.scalars, shift: 1, coefficient: 1, channels: 1), f) { #expect(abs(a - b) < 1e-9) }

        let box: [Axis] = [.periodic(count: 5, length: 1), .dirichletNodes(count: 6, length: 2), .neumannCells(count: 4, length: 1)]
        let g = Philox(seed: 3, stream: 1).normals(2 * 120 * 3)
        let v = FastPoisson<Double>(axes: box, batch: 2, channels: 3).solve(Tensor([2, 5, 6, 4, 3], g), coefficient: 2)
        #expect(v.shape == [2, 5, 6, 4, 3])
        for sample in 0..<2 {
            let part = Array(v.scalars[sample * 360..<(sample + 1) * 360])
            for (a, b) in zip(Self.apply(box, part, shift: 0, coefficient: 2, channels: 3), g[(sample * 360)...]) {
                #expect(abs(a - b) < 1e-10)
            }
        }

        let plane: [FastPoisson<Float>.Axis] = [.dirichletCells(count: 16, length: 1), .periodic(count: 20, length: 1)]
        let single = FastPoisson<Float>(axes: plane).solve(Tensor([16, 20], g.prefix(320).map(Float.init)))
        let double = FastPoisson<Double>(axes: [.dirichletCells(count: 16, length: 1), .periodic(count: 20, length: 1)])
            .solve(Tensor([16, 20], g.prefix(320)))
        let size = double.scalars.map(abs).max()!
        for (a, b) in zip(single.scalars, double.scalars) { #expect(abs(Double(a) - b) < 1e-5 * size) }
    }

    @Test("in place gives the same bits") func inPlace() {
        let plan = FastPoisson<Double>(axes: [.neumannCells(count: 30, length: 1), .dirichletNodes(count: 31, length: 1)])
        let f = Tensor([30, 31], Philox(seed: 4, stream: 1).normals(930))
        let u = plan.solve(f)
        var v = f
        v.withUnsafeMutablePointer { plan.solve(UnsafePointer($0), into: $0) }
        #expect(u == v)
    }

    @Test("a singular equation has the solution of zero mean; the mean of f is ignored") func singular() {
        for axis in [Axis.periodic(count: 16, length: 1), .neumannCells(count: 16, length: 1)] {
            let axes = [axis, .neumannCells(count: 12, length: 1)]
            let plan = FastPoisson<Double>(axes: axes)
            let f = Philox(seed: 5, stream: 1).normals(16 * 12)
            let u = plan.solve(Tensor([16, 12], f)).scalars
            let shifted = plan.solve(Tensor([16, 12], f.map { $0 + 3 })).scalars
            #expect(abs(u.reduce(0, +)) < 1e-12)
            for (a, b) in zip(u, shifted) { #expect(abs(a - b) < 1e-12) }
            let mean = f.reduce(0, +) / Double(f.count)
            for (a, b) in zip(Self.apply(axes, u, shift: 0, coefficient: 1, channels: 1), f) { #expect(abs(a - (b - mean)) < 1e-10) }
        }
    }

    @Test("orders: second differences 2, series far beyond", arguments: [(16, 32), (32, 64)])
    func order(coarse: Int, fine: Int) {
        // u = sin(pi x) cos(2 pi y) e^(cos(2 pi z)) on [z, y, x], the first periodic, then Neumann, then Dirichlet.
        func error(_ n: Int, _ laplacian: FastPoisson<Double>.Laplacian) -> Double {
            let axes: [Axis] = [
                .periodic(count: n, length: 1), .neumannCells(count: n, length: 1), .dirichletNodes(count: n - 1, length: 1),
            ]
            var (u, f): ([Double], [Double]) = ([], [])
            for k in 0..<n {
                for j in 0..<n {
                    for i in 1..<n {
                        let (z, y, x) = (Double(k) / Double(n), (Double(j) + 0.5) / Double(n), Double(i) / Double(n))
                        let (c, s) = (Double.cos(2 * .pi * z), Double.sin(2 * .pi * z))
                        let value = Double.sin(.pi * x) * .cos(2 * .pi * y) * .exp(c)
                        u.append(value)
                        f.append(Double.pi * .pi * value * (5 + 4 * (c - s * s)))
                    }
                }
            }
            let solution = FastPoisson<Double>(axes: axes, laplacian: laplacian).solve(Tensor([n, n, n - 1], f)).scalars
            return zip(solution, u).map { abs($0 - $1) }.max()! / u.map(abs).max()!
        }
        let order = Double.log2(error(coarse, .secondOrder) / error(fine, .secondOrder))
        #expect(order > 1.9 && order < 2.1)
        #expect(error(fine, .spectral) < 1e-11)
        #expect(error(fine, .secondOrder) > 1e-5)
    }

    @Test("agrees with the multigrid solver where both apply") func multigrid() throws {
        let f = Tensor([40, 50], Philox(seed: 6, stream: 1).normals(2000))
        let cells = try DiffusionScheme(location: .cells, averaging: .harmonic, coefficientShape: [40, 50], extent: [1, 1.5])
        let (u, _) = try DiffusionSolver(cells, tolerance: 1e-12).solve(coefficient: Tensor([40, 50], repeating: 1), source: f)
        let v = FastPoisson<Double>(axes: [.dirichletCells(count: 40, length: 1), .dirichletCells(count: 50, length: 1.5)]).solve(f)
        let size = v.scalars.map(abs).max()!
        for (a, b) in zip(u.scalars, v.scalars) { #expect(abs(a - b) < 1e-10 * size) }
    }
}
