import Foundation
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct LinearSolverTests {
    /// A field on a periodic grid from its value at the coordinates, `[x..., 1]`.
    private func field(_ shape: [Int], _ lengths: [Double], _ value: ([Double]) -> Double) -> Tensor<Double> {
        let values = (0..<shape.reduce(1, *)).map { position in
            var (rest, x) = (position, lengths)
            for axis in shape.indices.reversed() {
                x[axis] = lengths[axis] * Double(rest % shape[axis]) / Double(shape[axis])
                rest /= shape[axis]
            }
            return value(x)
        }
        return Tensor(shape + [1], values)
    }

    private static let grids: [[Int]] = [[16], [15], [12, 9], [8, 10], [6, 7, 8]]

    @Test("modes decay and travel exactly, odd and even grids, 1 to 3 axes", arguments: grids) private func modes(shape: [Int]) throws {
        let lengths = shape.indices.map { 1 + 0.5 * Double($0) }
        let velocity = shape.indices.map { 0.7 - 0.4 * Double($0) }
        let nu = 0.02
        let waves = shape.indices.map { 2 * Double.pi * Double($0 == 1 ? -1 : 2) / lengths[$0] }
        let square = waves.reduce(0) { $0 + $1 * $1 }
        func exact(_ time: Double) -> Tensor<Double> {
            field(shape, lengths) { x in
                let phase = x.indices.reduce(0.4) { $0 + waves[$1] * (x[$1] - velocity[$1] * time) }
                return 0.3 + Double.exp(-nu * square * time) * Double.sin(phase)
            }
        }
        let times = [0, 0.3, 0.3, 1.7]
        let solver = try AdvectionSolver(shape: shape, lengths: lengths, velocity: velocity, diffusivity: nu)
        let (states, report) = try solver.trajectory(from: exact(0), times: times)
        for (number, time) in times.enumerated() {
            let expected = exact(time)
            for i in 0..<expected.count { #expect(abs(states.basePointer[number * expected.count + i] - expected.basePointer[i]) < 1e-13) }
        }
        #expect(report.steps == 2 && report.timeStep == 0.3...1.4)
        let heat = try HeatSolver(shape: shape, lengths: lengths, diffusivity: nu)
        let still = try AdvectionSolver(shape: shape, lengths: lengths, velocity: shape.map { _ in 0 }, diffusivity: nu)
        let initial = Tensor(shape + [1], Philox(seed: 1, stream: 1).normals(shape.reduce(1, *)))
        let (a, b) = (try heat.trajectory(from: initial, times: [0.7]).states, try still.trajectory(from: initial, times: [0.7]).states)
        #expect(zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) < 1e-14 })
    }

    @Test("heat with different diffusivities along the axes") func anisotropic() throws {
        let (shape, lengths) = ([8, 16], [1.0, 2.0])
        let (ky, kx) = (2 * Double.pi, 3 * Double.pi)
        let solver = try HeatSolver(shape: shape, lengths: lengths, diffusivity: [0.01, 0.03])
        let initial = field(shape, lengths) { Double.cos(ky * $0[0]) * Double.sin(kx * $0[1]) }
        let state = try solver.trajectory(from: initial, times: [2]).states
        let factor = Double.exp(-2 * (0.01 * ky * ky + 0.03 * kx * kx))
        for i in 0..<initial.count { #expect(abs(state.basePointer[i] - factor * initial.basePointer[i]) < 1e-14) }
    }

    @Test("whole displacements permute the values, jumps and sawtooth included", arguments: [[16], [15], [6, 8]])
    func permutation(shape: [Int]) throws {
        let lengths = shape.map { Double($0) }
        let solver = try AdvectionSolver(shape: shape, lengths: lengths, velocity: shape.map { _ in 1 })
        let initial = Tensor(shape + [1], Philox(seed: 2, stream: 1).normals(shape.reduce(1, *)))
        let state = try solver.trajectory(from: initial, times: [3]).states
        for position in 0..<initial.count {
            var (rest, source, stride) = (position, 0, 1)
            for axis in shape.indices.reversed() {
                source += (rest % shape[axis] + shape[axis] - 3) % shape[axis] * stride
                rest /= shape[axis]
                stride *= shape[axis]
            }
            #expect(abs(state.basePointer[position] - initial.basePointer[source]) < 1e-13)
        }
    }

    @Test("the mean is conserved, and without diffusion the energy") func conservation() throws {
        let n = 33
        let initial = Tensor([n, 1], Philox(seed: 3, stream: 1).normals(n))
        let state = try AdvectionSolver(shape: [n], lengths: [2], velocity: [0.37]).trajectory(from: initial, times: [5.3]).states
        func sum(_ t: Tensor<Double>, _ power: Int) -> Double { t.scalars.reduce(0) { $0 + Double.pow($1, power) } }
        #expect(abs(sum(state, 1) - sum(initial, 1)) < 1e-12 && abs(sum(state, 2) - sum(initial, 2)) < 1e-12)
    }

    @Test("bad input has a name") func badInput() throws {
        #expect(throws: SolverError.invalidInput(key: "diffusivity", found: "-1.0", allowed: "finite and >= 0")) {
            try AdvectionSolver(shape: [8], lengths: [1], velocity: [1], diffusivity: -1)
        }
        #expect(throws: SolverError.invalidInput(key: "lengths", found: "[0.0]", allowed: "positive lengths")) {
            try HeatSolver(shape: [8], lengths: [0], diffusivity: 1)
        }
        let solver = try HeatSolver(shape: [8], lengths: [1], diffusivity: 1)
        #expect(throws: SolverError.self) { try solver.trajectory(from: Tensor([8, 1], repeating: .infinity), times: [1]) }
    }
}
