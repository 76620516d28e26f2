import Foundation
import Tensors
import Testing
import Transforms

@Suite struct TrigonometricTransformTests {
    /// The weight of x_j in y_k by the definitions of `TrigonometricKind`.
    private static func entry(_ kind: TrigonometricKind, _ k: Int, _ j: Int, _ n: Int) -> Double {
        let (row, column, size) = (Double(k), Double(j), Double(n))
        switch kind {
        case .cosineI: return (j == 0 || j == n - 1 ? 1 : 2) * cos(.pi * row * column / (size - 1))
        case .cosineII: return 2 * cos(.pi * (column + 0.5) * row / size)
        case .cosineIII: return (j == 0 ? 1 : 2) * cos(.pi * column * (row + 0.5) / size)
        case .sineI: return 2 * sin(.pi * (column + 1) * (row + 1) / (size + 1))
        case .sineII: return 2 * sin(.pi * (column + 0.5) * (row + 1) / size)
        case .sineIII: return (j == n - 1 ? 1 : 2) * sin(.pi * (column + 1) * (row + 0.5) / size)
        case .hartley: return cos(2 * .pi * row * column / size) + sin(2 * .pi * row * column / size)
        }
    }

    private func check<S: Scalar>(_ type: S.Type, _ grid: [Int], _ kinds: [TrigonometricKind], channels: Int?) {
        let batch = 2
        let transform = TrigonometricTransform<S>(grid: grid, kinds: kinds, batch: batch, channels: channels)
        let x: Tensor<S> = randomTensor([batch] + grid + (channels.map { [$0] } ?? []))
        let points = DenseFourier.indices(grid)
        let count = channels ?? 1
        var expected = [Double](repeating: 0, count: x.count)
        let values = x.scalars.map(Double.init)
        for (row, k) in points.enumerated() {
            for (column, j) in points.enumerated() {
                let weight = grid.indices.reduce(1.0) { $0 * Self.entry(kinds[$1], k[$1], j[$1], grid[$1]) }
                for b in 0..<batch {
                    for c in 0..<count {
                        expected[(b * points.count + row) * count + c] += weight * values[(b * points.count + column) * count + c]
                    }
                }
            }
        }
        let coefficients = transform.forward(x)
        #expect(relativeDifference(coefficients, expected) < tolerance(type))
        #expect(relativeDifference(transform.inverse(coefficients), x) < tolerance(type))
        var inPlace = x
        inPlace.withUnsafeMutablePointer { transform.forward($0, into: $0) }
        #expect(relativeDifference(inPlace, coefficients) < tolerance(type))
        inPlace.withUnsafeMutablePointer { transform.inverse($0, into: $0, scaling: .none) }
        #expect(relativeDifference(inPlace, x.scalars.map { Double($0) / Double(transform.inverseFactor) }) < tolerance(type))
    }

    @Test(arguments: TrigonometricKind.allCases)
    func oneAxis(kind: TrigonometricKind) {
        for n in [2, 3, 8, 11] {
            check(Double.self, [n], [kind], channels: nil)
            check(Float.self, [n], [kind], channels: 3)
        }
    }

    @Test func mixedKindsInTwoAndThreeDimensions() {
        check(Double.self, [5, 6], [.sineI, .cosineII], channels: nil)
        check(Float.self, [5, 6], [.cosineI, .sineII], channels: 2)
        check(Double.self, [4, 3, 5], [.sineIII, .cosineIII, .cosineI], channels: nil)
        check(Double.self, [4, 7, 5], [.hartley, .cosineII, .hartley], channels: 2)
    }
}
