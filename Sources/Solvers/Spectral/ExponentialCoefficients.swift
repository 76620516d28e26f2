import Tensors

/// The coefficients of ETDRK4 for one time step, and its linear combinations of states.
///
/// With step h and z = h L_k, for every complex coefficient k of a state,
///
///     full  = e^z                       half = e^{z/2}                half step  = (h/2) phi_1(z/2)
///     first = h (phi_1 - 3 phi_2 + 4 phi_3)     middle = h (2 phi_2 - 4 phi_3)     last = h (4 phi_3 - phi_2)
///
/// Real symbols keep one number for each scalar of the state (twice the same for pairs), complex ones one pair for each pair: every table has as many
/// scalars as a state.
///
/// ## References
/// S. M. Cox, P. C. Matthews, "Exponential time differencing for stiff systems", J. Comput. Phys. 176 (2002) 430, equations 26 to 29.
struct ExponentialCoefficients<Element: Scalar> {
    let timeStep: Double
    let isComplex: Bool
    /// Scalars of a table.
    let count: Int
    private var tables: Tensor<Element>

    enum Table: Int, CaseIterable { case full, half, halfStep, first, middle, last }

    init(symbol: LinearSymbol) {
        timeStep = .nan
        count = symbol.scalarCount
        if case .complex = symbol { isComplex = true } else { isComplex = false }
        tables = Tensor(uninitialized: [Table.allCases.count, count])
    }

    /// The coefficients for another step.
    init(_ old: consuming ExponentialCoefficients, symbol: LinearSymbol, timeStep: Double) {
        self.timeStep = timeStep
        isComplex = old.isComplex
        count = old.count
        tables = old.tables
        let pointer = tables.kernelPointer
        func set(_ eigenvalue: SIMD2<Double>, _ scalars: Range<Int>) {
            let whole = PhiFunctions(timeStep * eigenvalue)
            let half = PhiFunctions(timeStep / 2 * eigenvalue)
            func set(_ table: Table, _ value: SIMD2<Double>) {
                for i in scalars { pointer[table.rawValue * count + i] = Element(isComplex && i % 2 == 1 ? value.y : value.x) }
            }
            set(.full, whole.exponential)
            set(.half, half.exponential)
            set(.halfStep, timeStep / 2 * half.phi1)
            set(.first, timeStep * (whole.phi1 - 3 * whole.phi2 + 4 * whole.phi3))
            set(.middle, timeStep * (2 * whole.phi2 - 4 * whole.phi3))
            set(.last, timeStep * (4 * whole.phi3 - whole.phi2))
        }
        switch symbol {
        case .real(let values): for (k, value) in values.enumerated() { set(SIMD2(value, 0), 2 * k..<2 * k + 2) }
        case .complex(let pairs):
            for k in 0..<pairs.count / 2 { set(SIMD2(pairs[2 * k], pairs[2 * k + 1]), 2 * k..<2 * k + 2) }
        case .scalars(let values): for (i, value) in values.enumerated() { set(SIMD2(value, 0), i..<i + 1) }
        }
    }

    private subscript(table: Table) -> UnsafePointer<Element> { tables.basePointer + table.rawValue * count }

    /// `y = half x + halfStep n`.
    func stage(_ x: UnsafePointer<Element>, _ n: UnsafePointer<Element>, into y: UnsafeMutablePointer<Element>) {
        Flops.addOther((isComplex ? 7 : 3) * count)
        if isComplex {
            ExponentialKernels.complexStage(count, self[.half], x, self[.halfStep], n, into: y)
        } else {
            ExponentialKernels.stage(count, self[.half], x, self[.halfStep], n, into: y)
        }
    }

    /// `y = half x + halfStep (2 n - m)`.
    func extrapolatedStage(
        _ x: UnsafePointer<Element>, _ n: UnsafePointer<Element>, _ m: UnsafePointer<Element>, into y: UnsafeMutablePointer<Element>
    ) {
        Flops.addOther((isComplex ? 9 : 5) * count)
        if isComplex {
            ExponentialKernels.complexExtrapolatedStage(count, self[.half], x, self[.halfStep], n, m, into: y)
        } else {
            ExponentialKernels.extrapolatedStage(count, self[.half], x, self[.halfStep], n, m, into: y)
        }
    }

    /// `y = full x + first n1 + middle (n2 + n3) + last n4`.
    func finalStage(
        _ x: UnsafePointer<Element>, _ n1: UnsafePointer<Element>, _ n2: UnsafePointer<Element>, _ n3: UnsafePointer<Element>,
        _ n4: UnsafePointer<Element>, into y: UnsafeMutablePointer<Element>
    ) {
        Flops.addOther((isComplex ? 16 : 8) * count)
        if isComplex {
            ExponentialKernels.complexFinalStage(
                count, self[.full], x, self[.first], n1, self[.middle], n2, n3, self[.last], n4, into: y)
        } else {
            ExponentialKernels.finalStage(count, self[.full], x, self[.first], n1, self[.middle], n2, n3, self[.last], n4, into: y)
        }
    }

    /// `y = last (n - m)`.
    func lastDifference(_ n: UnsafePointer<Element>, _ m: UnsafePointer<Element>, into y: UnsafeMutablePointer<Element>) {
        Flops.addOther((isComplex ? 4 : 2) * count)
        if isComplex {
            ExponentialKernels.complexWeightedDifference(count, self[.last], n, m, into: y)
        } else {
            ExponentialKernels.weightedDifference(count, self[.last], n, m, into: y)
        }
    }
}
