/// The wavenumbers that a truncated Fourier transform of a real field keeps, in the order in which coefficients are stored.
///
/// Leading axes hold any list of distinct signed wavenumbers; the last axis holds 0, 1, ..., `last` - 1, because the rest of a real field's
/// spectrum follows by conjugation. Coefficients lie row-major: the last axis varies fastest.
public struct FourierModes: Hashable, Sendable {
    /// Kept wavenumbers of each leading axis; empty for one dimension.
    public let leading: [[Int]]
    /// Number of kept wavenumbers of the last axis.
    public let last: Int

    /// Any lists of wavenumbers for the leading axes.
    public init(leading: [[Int]], last: Int) {
        precondition(leading.count <= 2 && last > 0, "modes have 1 to 3 axes, each with wavenumbers: \(leading), \(last)")
        for list in leading {
            precondition(!list.isEmpty && Set(list).count == list.count, "empty axis or repeated wavenumber in \(list)")
        }
        self.leading = leading
        self.last = last
    }

    /// The lowest `modes[i]` wavenumbers of either sign: 0..<m then -m..<0 in the leading axes, 0..<m in the last.
    ///
    /// This is the choice of the first Fourier neural operator: 2 m1 x ... x m_d coefficients.
    public static func corners(_ modes: [Int]) -> FourierModes {
        precondition((1...3).contains(modes.count) && modes.allSatisfy { $0 > 0 }, "modes \(modes)")
        return FourierModes(leading: modes.dropLast().map { Array(0..<$0) + Array(-$0..<0) }, last: modes.last!)
    }

    /// `counts[i]` wavenumbers round zero, from negative to positive: -(n/2)...n/2 - 1 for even n, -(n-1)/2...(n-1)/2 for odd n; the last
    /// axis keeps 0...n/2.
    public static func centred(_ counts: [Int]) -> FourierModes {
        precondition((1...3).contains(counts.count) && counts.allSatisfy { $0 > 0 }, "modes \(counts)")
        return FourierModes(leading: counts.dropLast().map { n in (0..<n).map { $0 - n / 2 } }, last: counts.last! / 2 + 1)
    }

    /// Number of axes.
    public var rank: Int { leading.count + 1 }
    /// Number of kept wavenumbers of each axis.
    public var shape: [Int] { leading.map(\.count) + [last] }
    /// Number of kept coefficients M.
    public var count: Int { shape.reduce(1, *) }

    /// Whether `grid` resolves every kept wavenumber: |k| <= n/2, and no two that are equal modulo n.
    public func isResolved(by grid: [Int]) -> Bool {
        guard grid.count == rank, 2 * (last - 1) <= grid.last! else { return false }
        return zip(leading, grid).allSatisfy { list, n in
            list.allSatisfy { 2 * abs($0) <= n } && Set(list.map { ($0 + n) % n }).count == list.count
        }
    }

    /// Signed wavenumbers of every coefficient in storage order.
    public var wavenumbers: [[Int]] {
        (leading + [Array(0..<last)]).reduce([[]]) { partial, list in partial.flatMap { head in list.map { head + [$0] } } }
    }

    /// Place of the coefficient with all wavenumbers zero, the mean of the field, if it is kept.
    public var meanIndex: Int? {
        var index = 0
        for list in leading {
            guard let zero = list.firstIndex(of: 0) else { return nil }
            index = index * list.count + zero
        }
        return index * last
    }

    /// Runs of wavenumbers, for example `0:11,-12:-1;0:11`; the same text for the same modes.
    var name: String {
        (leading + [Array(0..<last)]).map { list in
            var runs: [(first: Int, last: Int)] = []
            for k in list {
                if let run = runs.last, run.last + 1 == k { runs[runs.count - 1].last = k } else { runs.append((k, k)) }
            }
            return runs.map { "\($0.first):\($0.last)" }.joined(separator: ",")
        }.joined(separator: ";")
    }
}

/// Real factors on the coefficients of a truncated transform, by the wavenumber of the last axis.
public enum SpectrumWeights: Sendable, Hashable {
    /// 1 everywhere: the forward transform and its adjoint.
    case one
    /// 1 for the wavenumbers 0 and n/2 of the last axis, 2 for the others, which stand for themselves and for their conjugates: the inverse
    /// transform of a half spectrum and its adjoint.
    case halfSpectrum
}
