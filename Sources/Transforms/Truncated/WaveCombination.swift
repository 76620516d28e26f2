import Tensors

/// The step between products of cosines and sines, `[F1, ..., Fd, C]`, and complex coefficients of exponentials, `[M, C, 2]`.
///
/// With c = cos(|k| x), s = sin(|k| x) and signs q of the leading wavenumbers, exp(-i k.x) = (c1 - i q1 s1)(c2 - i q2 s2)(c3 - i s3), so the
/// coefficients of k and of its reflections in the leading axes are sums and differences of the same 2^d real ones. The transpose of that
/// map serves synthesis. Reflections that are not kept read zeros and write to a part of scratch that nobody reads.
struct WaveCombination<S: Scalar>: Sendable {
    /// The kept wavenumbers with the same leading magnitudes.
    private struct Group {
        /// Offsets of the real coefficients by (cos, sin) of the leading axes, cosine of the last wavenumber 0, in scalars.
        var products: [Int]
        /// Offsets of the complex coefficients by sign (+, -) of the leading axes, in scalars, or nil if that wavenumber is not kept.
        var waves: [Int?]
    }

    private let groups: [Group]
    private let rank: Int
    private let last: Int
    private let channels: Int
    private let zeros: Tensor<S>

    init(_ sizes: TruncatedFourierSizes, _ axes: [AxisFrequencies]) {
        rank = sizes.rank
        last = sizes.modes.last
        channels = sizes.channels
        let rowCount = 2 * last * channels
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

    /// Complex coefficients times `weights` from sums over cosines and sines.
    func toWaves(
        _ products: UnsafePointer<S>, into waves: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>
    ) {
        for group in groups {
            let p = { products + group.products[$0] }
            let w = { group.waves[$0].map { waves + $0 } ?? scratch }
            switch rank {
            case 1: toWaves1(last, channels, weights, p(0), w(0))
            case 2: toWaves2(last, channels, weights, (p(0), p(1)), (w(0), w(1)))
            default: toWaves3(last, channels, weights, (p(0), p(1), p(2), p(3)), (w(0), w(1), w(2), w(3)))
            }
        }
    }

    /// Coefficients of cosines and sines whose real field is Re sum_k weights[k] waves_k exp(i k.x).
    func toProducts(_ waves: UnsafePointer<S>, into products: UnsafeMutablePointer<S>, weights: UnsafePointer<S>) {
        for group in groups {
            let p = { products + group.products[$0] }
            let w = { group.waves[$0].map { waves + $0 } ?? zeros.basePointer }
            switch rank {
            case 1: toProducts1(last, channels, weights, w(0), p(0))
            case 2: toProducts2(last, channels, weights, (w(0), w(1)), (p(0), p(1)))
            default: toProducts3(last, channels, weights, (w(0), w(1), w(2), w(3)), (p(0), p(1), p(2), p(3)))
            }
        }
    }
}

// In what follows a pointer to products is `[2, last, channels]`: cosine, then sine of the last axis; waves are `[last, channels, 2]`.

@specialized(where S == Float)
@specialized(where S == Double)
private func toWaves1<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>, _ products: UnsafePointer<S>, _ waves: UnsafeMutablePointer<S>
) {
    let sines = products + last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            waves[2 * i] = weight * products[i]
            waves[2 * i + 1] = -weight * sines[i]
        }
    }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func toProducts1<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>, _ waves: UnsafePointer<S>, _ products: UnsafeMutablePointer<S>
) {
    let sines = products + last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            products[i] = weight * waves[2 * i]
            sines[i] = -weight * waves[2 * i + 1]
        }
    }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func toWaves2<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>, _ products: (UnsafePointer<S>, UnsafePointer<S>),
    _ waves: (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)
) {
    let (cosines, sines) = products
    let (plus, minus) = waves
    let offset = last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            let (cc, cs) = (weight * cosines[i], weight * cosines[i + offset])
            let (sc, ss) = (weight * sines[i], weight * sines[i + offset])
            plus[2 * i] = cc - ss
            plus[2 * i + 1] = -(sc + cs)
            minus[2 * i] = cc + ss
            minus[2 * i + 1] = sc - cs
        }
    }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func toProducts2<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>, _ waves: (UnsafePointer<S>, UnsafePointer<S>),
    _ products: (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)
) {
    let (cosines, sines) = products
    let (plus, minus) = waves
    let offset = last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            let (plusRe, plusIm) = (weight * plus[2 * i], weight * plus[2 * i + 1])
            let (minusRe, minusIm) = (weight * minus[2 * i], weight * minus[2 * i + 1])
            cosines[i] = plusRe + minusRe
            cosines[i + offset] = -(plusIm + minusIm)
            sines[i] = minusIm - plusIm
            sines[i + offset] = minusRe - plusRe
        }
    }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func toWaves3<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>,
    _ products: (UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>),
    _ waves: (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)
) {
    let (cc, cs, sc, ss) = products
    let offset = last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            // (P + i Q)(c - i s) with P = cc - q1 q2 ss, Q = -(q1 sc + q2 cs).
            let (ccC, ccS, ssC, ssS) = (weight * cc[i], weight * cc[i + offset], weight * ss[i], weight * ss[i + offset])
            let (csC, csS, scC, scS) = (weight * cs[i], weight * cs[i + offset], weight * sc[i], weight * sc[i + offset])
            let (samePC, samePS, oppositePC, oppositePS) = (ccC - ssC, ccS - ssS, ccC + ssC, ccS + ssS)
            let (sumC, sumS, differenceC, differenceS) = (scC + csC, scS + csS, scC - csC, scS - csS)
            waves.0[2 * i] = samePC - sumS
            waves.0[2 * i + 1] = -sumC - samePS
            waves.1[2 * i] = oppositePC - differenceS
            waves.1[2 * i + 1] = -differenceC - oppositePS
            waves.2[2 * i] = oppositePC + differenceS
            waves.2[2 * i + 1] = differenceC - oppositePS
            waves.3[2 * i] = samePC + sumS
            waves.3[2 * i + 1] = sumC - samePS
        }
    }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func toProducts3<S: Scalar>(
    _ last: Int, _ channels: Int, _ weights: UnsafePointer<S>,
    _ waves: (UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>, UnsafePointer<S>),
    _ products: (UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>, UnsafeMutablePointer<S>)
) {
    let (cc, cs, sc, ss) = products
    let offset = last * channels
    for k in 0..<last {
        let weight = weights[k]
        for i in k * channels..<(k + 1) * channels {
            // Signs (q1, q2) of the four waves: ++, +-, -+, --.
            let sameRe = weight * (waves.0[2 * i] + waves.3[2 * i])
            let sameIm = weight * (waves.0[2 * i + 1] + waves.3[2 * i + 1])
            let oppositeRe = weight * (waves.1[2 * i] + waves.2[2 * i])
            let oppositeIm = weight * (waves.1[2 * i + 1] + waves.2[2 * i + 1])
            let sameDifferenceRe = weight * (waves.0[2 * i] - waves.3[2 * i])
            let sameDifferenceIm = weight * (waves.0[2 * i + 1] - waves.3[2 * i + 1])
            let oppositeDifferenceRe = weight * (waves.1[2 * i] - waves.2[2 * i])
            let oppositeDifferenceIm = weight * (waves.1[2 * i + 1] - waves.2[2 * i + 1])
            cc[i] = sameRe + oppositeRe
            ss[i] = oppositeRe - sameRe
            sc[i] = -(sameDifferenceIm + oppositeDifferenceIm)
            cs[i] = oppositeDifferenceIm - sameDifferenceIm
            cc[i + offset] = -(sameIm + oppositeIm)
            ss[i + offset] = sameIm - oppositeIm
            sc[i + offset] = -(sameDifferenceRe + oppositeDifferenceRe)
            cs[i + offset] = oppositeDifferenceRe - sameDifferenceRe
        }
    }
}
