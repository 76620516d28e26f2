import Solvers
import Tensors
import Testing

@Suite struct GMRESTests {
    @Test(arguments: [false, true])
    func solvesADenseSystem(preconditioned: Bool) {
        let count = 24
        let generator = Philox(seed: 4, stream: 2)
        let matrix = (0..<count).map { row in
            (0..<count).map { column in generator.normal(at: row * count + column) + (row == column ? Double(4 + row) : 0) }
        }
        let exact = (0..<count).map { generator.normal(at: count * count + $0) }
        let rhs = matrix.map { row in zip(row, exact).reduce(0) { $0 + $1.0 * $1.1 } }
        let gmres = GMRES(count: count, dimension: count)
        var x = [Double](repeating: 0, count: count)
        let result = gmres.solve(
            rhs, into: &x, tolerance: 1e-12,
            apply: { input, output in
                for row in 0..<count { output[row] = (0..<count).reduce(0) { $0 + matrix[row][$1] * input[$1] } }
            },
            precondition: { input, output in
                for row in 0..<count { output[row] = preconditioned ? input[row] / matrix[row][row] : input[row] }
            })
        #expect(result.iterations <= count && result.residual <= 1e-12)
        for k in 0..<count { #expect(abs(x[k] - exact[k]) < 1e-9) }
        // A looser tolerance is met with the residual it reports.
        let loose = gmres.solve(
            rhs, into: &x, tolerance: 0.1,
            apply: { input, output in
                for row in 0..<count { output[row] = (0..<count).reduce(0) { $0 + matrix[row][$1] * input[$1] } }
            }, precondition: { input, output in output.update(from: input, count: count) })
        let residual = (0..<count).map { row in rhs[row] - (0..<count).reduce(0) { $0 + matrix[row][$1] * x[$1] } }
        func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        #expect(loose.residual <= 0.1 && abs(norm(residual) / norm(rhs) - loose.residual) < 1e-12)
        #expect(loose.iterations < result.iterations)
    }
}
