import Autodiff
import Tensors

extension ParameterVector {
    /// The Euclidean norm of all entries: squares summed in each piece of the vector, pieces in order in Float64, so that the value does
    /// not depend on the number of workers.
    public func norm(workers: Workers = Workers(threads: 1)) -> Double {
        let pieces = Pieces(count: count)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(pieces.number, 1)) { buffer in
            nonisolated(unsafe) let squares = buffer
            workers.run(pieces.number) { squares[$0] = squaredNorm(of: pieces[$0]) }
            return (0..<pieces.number).reduce(0) { $0 + squares[$1] }.squareRoot()
        }
    }

    /// Sum of the squares of entries `range`.
    func squaredNorm(of range: Range<Int>) -> Double {
        Double(Kernels.dot(range.count, pointer + range.lowerBound, pointer + range.lowerBound))
    }
}

/// The factor that scales a gradient of Euclidean norm `norm` down to at most `maximum`: `min(1, maximum / norm)`.
///
/// (R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013, algorithm 1.)
public func clippingFactor(norm: Double, maximum: Double) -> Double { norm > maximum ? maximum / norm : 1 }
