import Tensors

/// The step between products of cosines and sines, `[F1, ..., Fd, C]`, and complex coefficients of exponentials, `[M, C, 2]`.
///
/// With c = cos(|k| x), s = sin(|k| x) and signs q of the leading wavenumbers, exp(-i k.x) = (c1 - i q1 s1)(c2 - i q2 s2)(c3 - i s3), so the
/// coefficients of k and of its reflections in the leading axes are sums and differences of the same 2^d real ones. The transpose of that
/// map serves synthesis. Reflections that are not kept read zeros and write to a part of scratch that nobody reads.
struct WaveCombination<V: Lanes>: Sendable {
    typealias S = V.Scalar

    /// The kept wavenumbers with the same leading magnitudes.
    private struct Group {
        /// Offsets of the real coefficients by (cos, sin) of the leading axes, cosine of the last wavenumber 0, in scalars.
        var products: [Int]
        /// Offsets of the complex coefficients by sign (+, -) of the leading axes, in scalars, or nil if that wavenumber is not kept.
        var waves: [Int?]
    }

    private let groups: [Group]
    private let rank: Int
    /// (Kept wavenumbers of the last axis) x channels.
    private let count: Int
    private let zeros: Tensor<S>

    init(_ sizes: TruncatedFourierSizes, _ axes: [AxisFrequencies]) {
        rank = sizes.rank
        count = sizes.modes.last * sizes.channels
        let rowCount = 2 * count
        var groups = [Group(products: [0], waves: [0])]
        for (axis, kept) in zip(axes, sizes.modes.leading) {
            var next: [Group] = []
            for group in groups {
                for (index, magnitude) in axis.magnitudes.enumerated() {
                    let functions = [index, index + axis.magnitudes.count]
                    let positions = [kept.firstIndex(of: magnitude), magnitude == 0 ? nil : kept.firstIndex(of: -magnitude)]
                    next.append(
                        Group(
                            products: group.products.flatMap { head in functions.map { head * axis.functionCount + $0 } },
                            waves: group.waves.flatMap { head in
                                positions.map { position in
                                    guard let head, let position else { return nil }
                                    return head * kept.count + position
                                }
                            }))
                }
            }
            groups = next
        }
        self.groups = groups.map { group in
            Group(products: group.products.map { $0 * rowCount }, waves: group.waves.map { $0.map { $0 * rowCount } })
        }
        zeros = Tensor([rowCount], repeating: 0)
    }

    /// Scalars of scratch needed by `toWaves`.
    var scratchCount: Int { aligned(zeros.count) }

    /// Complex coefficients times `weights` (`[last, C]`) from sums over cosines and sines.
    @specialized(where V == SIMD16<Float>)
    @specialized(where V == SIMD8<Double>)
    func toWaves(
        _ products: UnsafePointer<S>, into waves: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        for group in groups {
            let p = { (i: Int) in products + group.products[i] }
            let w = { (i: Int) in group.waves[i].map { waves + $0 } ?? scratch }
            switch rank {
            case 1:
                let (p0, w0) = (p(0), w(0))
                forEachRegister {
                    WaveStep.toWaves($0, $1, count, weights, p0, w0)
                } single: {
                    WaveStep.toWaves($0, $1, count, weights, p0, w0)
                }
            case 2:
                let (p2, w2) = ((p(0), p(1)), (w(0), w(1)))
                forEachRegister {
                    WaveStep.toWaves($0, $1, count, weights, p2, w2)
                } single: {
                    WaveStep.toWaves($0, $1, count, weights, p2, w2)
                }
            default:
                let (p4, w4) = ((p(0), p(1), p(2), p(3)), (w(0), w(1), w(2), w(3)))
                forEachRegister {
                    WaveStep.toWaves($0, $1, count, weights, p4, w4)
                } single: {
                    WaveStep.toWaves($0, $1, count, weights, p4, w4)
                }
            }
        }
    }

    /// Coefficients of cosines and sines whose real field is Re sum_k weights_k waves_k exp(i k.x); `weights` is `[last, C]`.
    @specialized(where V == SIMD16<Float>)
    @specialized(where V == SIMD8<Double>)
    func toProducts(_ waves: UnsafePointer<S>, into products: UnsafeMutablePointer<S>, weights: UnsafePointer<S>) {
        for group in groups {
            let p = { (i: Int) in products + group.products[i] }
            let w = { (i: Int) in group.waves[i].map { waves + $0 } ?? zeros.basePointer }
            switch rank {
            case 1:
                let (p0, w0) = (p(0), w(0))
                forEachRegister {
                    WaveStep.toProducts($0, $1, count, weights, w0, p0)
                } single: {
                    WaveStep.toProducts($0, $1, count, weights, w0, p0)
                }
            case 2:
                let (p2, w2) = ((p(0), p(1)), (w(0), w(1)))
                forEachRegister {
                    WaveStep.toProducts($0, $1, count, weights, w2, p2)
                } single: {
                    WaveStep.toProducts($0, $1, count, weights, w2, p2)
                }
            default:
                let (p4, w4) = ((p(0), p(1), p(2), p(3)), (w(0), w(1), w(2), w(3)))
                forEachRegister {
                    WaveStep.toProducts($0, $1, count, weights, w4, p4)
                } single: {
                    WaveStep.toProducts($0, $1, count, weights, w4, p4)
                }
            }
        }
    }

    /// Calls `full` at every register's width of the `count` coefficients and `single` for each of the rest.
    @inline(__always)
    private func forEachRegister(_ full: (V.Type, Int) -> Void, single: (SingleLane<S>.Type, Int) -> Void) {
        var i = 0
        while i + V.count <= count {
            full(V.self, i)
            i += V.count
        }
        while i < count {
            single(SingleLane<S>.self, i)
            i += 1
        }
    }
}

/// The arithmetic for one register of coefficients, from index `i` on.
///
/// A pointer to products is `[2, count]`: with the cosine, then with the sine of the last axis; waves are `[count, 2]` pairs. Tuples run over
/// (cos, sin) or over the signs (+, -) of the leading axes, the last of them fastest.
private enum WaveStep {
    @inline(__always)
    static func toWaves<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>, _ products: UnsafePointer<V.Scalar>,
        _ waves: UnsafeMutablePointer<V.Scalar>
    ) {
        let weight = V.load(weights + i)
        let (c, s) = (V.product(weight, V.load(products + i)), V.product(weight, V.load(products + count + i)))
        V.storePairs(c, V.difference(V.zero, s), waves + 2 * i)
    }

    @inline(__always)
    static func toProducts<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>, _ waves: UnsafePointer<V.Scalar>,
        _ products: UnsafeMutablePointer<V.Scalar>
    ) {
        let weight = V.load(weights + i)
        let (re, im) = V.loadPairs(waves + 2 * i)
        V.product(weight, re).store(products + i)
        V.difference(V.zero, V.product(weight, im)).store(products + count + i)
    }

    @inline(__always)
    static func toWaves<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>,
        _ products: (UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>),
        _ waves: (UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>)
    ) {
        let weight = V.load(weights + i)
        let (cc, cs) = (V.product(weight, V.load(products.0 + i)), V.product(weight, V.load(products.0 + count + i)))
        let (sc, ss) = (V.product(weight, V.load(products.1 + i)), V.product(weight, V.load(products.1 + count + i)))
        V.storePairs(V.difference(cc, ss), V.difference(V.zero, V.sum(sc, cs)), waves.0 + 2 * i)
        V.storePairs(V.sum(cc, ss), V.difference(sc, cs), waves.1 + 2 * i)
    }

    @inline(__always)
    static func toProducts<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>,
        _ waves: (UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>),
        _ products: (UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>)
    ) {
        let weight = V.load(weights + i)
        let (plusRe, plusIm) = V.loadPairs(waves.0 + 2 * i)
        let (minusRe, minusIm) = V.loadPairs(waves.1 + 2 * i)
        V.product(weight, V.sum(plusRe, minusRe)).store(products.0 + i)
        V.difference(V.zero, V.product(weight, V.sum(plusIm, minusIm))).store(products.0 + count + i)
        V.product(weight, V.difference(minusIm, plusIm)).store(products.1 + i)
        V.product(weight, V.difference(minusRe, plusRe)).store(products.1 + count + i)
    }

    @inline(__always)
    static func toWaves<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>,
        _ products: (UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>),
        _ waves: (
            UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>
        )
    ) {
        // (P + i Q)(c - i s) with P = cc - q1 q2 ss, Q = -(q1 sc + q2 cs).
        let weight = V.load(weights + i)
        let (cc, cs, sc, ss) = products
        func load(_ source: UnsafePointer<V.Scalar>) -> (V, V) {
            (V.product(weight, V.load(source + i)), V.product(weight, V.load(source + count + i)))
        }
        let ((ccC, ccS), (ssC, ssS), (csC, csS), (scC, scS)) = (load(cc), load(ss), load(cs), load(sc))
        let (sameC, sameS) = (V.difference(ccC, ssC), V.difference(ccS, ssS))
        let (oppositeC, oppositeS) = (V.sum(ccC, ssC), V.sum(ccS, ssS))
        let (sumC, sumS) = (V.sum(scC, csC), V.sum(scS, csS))
        let (differenceC, differenceS) = (V.difference(scC, csC), V.difference(scS, csS))
        V.storePairs(V.difference(sameC, sumS), V.difference(V.zero, V.sum(sumC, sameS)), waves.0 + 2 * i)
        V.storePairs(V.difference(oppositeC, differenceS), V.difference(V.zero, V.sum(differenceC, oppositeS)), waves.1 + 2 * i)
        V.storePairs(V.sum(oppositeC, differenceS), V.difference(differenceC, oppositeS), waves.2 + 2 * i)
        V.storePairs(V.sum(sameC, sumS), V.difference(sumC, sameS), waves.3 + 2 * i)
    }

    @inline(__always)
    static func toProducts<V: Lanes>(
        _ vector: V.Type, _ i: Int, _ count: Int, _ weights: UnsafePointer<V.Scalar>,
        _ waves: (UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>, UnsafePointer<V.Scalar>),
        _ products: (
            UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>, UnsafeMutablePointer<V.Scalar>
        )
    ) {
        // Waves by the signs ++, +-, -+, --: of equal signs, and of opposite signs.
        let weight = V.load(weights + i)
        let (cc, cs, sc, ss) = products
        let ((re0, im0), (re1, im1)) = (V.loadPairs(waves.0 + 2 * i), V.loadPairs(waves.1 + 2 * i))
        let ((re2, im2), (re3, im3)) = (V.loadPairs(waves.2 + 2 * i), V.loadPairs(waves.3 + 2 * i))
        let (sameRe, sameIm, oppositeRe, oppositeIm) = (V.sum(re0, re3), V.sum(im0, im3), V.sum(re1, re2), V.sum(im1, im2))
        let (sameSkewRe, sameSkewIm) = (V.difference(re0, re3), V.difference(im0, im3))
        let (oppositeSkewRe, oppositeSkewIm) = (V.difference(re1, re2), V.difference(im1, im2))
        func store(_ value: V, _ target: UnsafeMutablePointer<V.Scalar>) { V.product(weight, value).store(target + i) }
        func storeNegative(_ value: V, _ target: UnsafeMutablePointer<V.Scalar>) { store(V.difference(V.zero, value), target) }
        store(V.sum(sameRe, oppositeRe), cc)
        store(V.difference(oppositeRe, sameRe), ss)
        storeNegative(V.sum(sameSkewIm, oppositeSkewIm), sc)
        store(V.difference(oppositeSkewIm, sameSkewIm), cs)
        storeNegative(V.sum(sameIm, oppositeIm), cc + count)
        store(V.difference(sameIm, oppositeIm), ss + count)
        storeNegative(V.sum(sameSkewRe, oppositeSkewRe), sc + count)
        store(V.difference(oppositeSkewRe, sameSkewRe), cs + count)
    }
}
