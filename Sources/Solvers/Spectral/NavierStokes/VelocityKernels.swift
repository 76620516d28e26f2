import Tensors

/// Where the coefficients of a `SpatialBand` lie in the complex blocks of a paired transform.
struct BandPlacement {
    /// Offsets in pairs of each wavenumber index of an axis, and of the opposite wavenumber.
    let planes, rows, columns: [(here: Int, mirror: Int)]

    init(_ band: SpatialBand, planeStride: Int, rowStride: Int) {
        func offsets(_ axis: Int, _ stride: Int) -> [(here: Int, mirror: Int)] {
            band.positions(axis).map { ($0 * stride, ($0 == 0 ? 0 : band.shape[axis] - $0) * stride) }
        }
        (planes, rows, columns) = (offsets(0, planeStride), offsets(1, rowStride), offsets(2, 1))
    }
}

/// The loops of `VelocityEquation`; component arrays hold `count` pairs each.
enum VelocityKernels {
    /// Scatters (u, v, w) to the spectra of u + i v and w, mirror images included, into blocks of zeros.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func scatter<S: Scalar>(
        _ count: Int, _ state: UnsafePointer<S>, _ placement: BandPlacement, _ a: UnsafeMutablePointer<S>, _ b: UnsafeMutablePointer<S>
    ) {
        let (u, v, w) = (state, state + 2 * count, state + 4 * count)
        var index = 0
        for plane in placement.planes {
            for row in placement.rows {
                for (number, column) in placement.columns.enumerated() {
                    let (r, i) = (2 * index, 2 * index + 1)
                    let here = 2 * (plane.here + row.here + column.here)
                    a[here] = u[r] - v[i]
                    a[here + 1] = u[i] + v[r]
                    b[here] = w[r]
                    b[here + 1] = w[i]
                    // The plane k_x = 0 holds its own mirror images.
                    if number > 0 {
                        let mirror = 2 * (plane.mirror + row.mirror + column.mirror)
                        a[mirror] = u[r] + v[i]
                        a[mirror + 1] = v[r] - u[i]
                        b[mirror] = w[r]
                        b[mirror + 1] = -w[i]
                    }
                    index += 1
                }
            }
        }
    }

    /// Products at the points, from a = u + i v and b = w + i 0: a := a^2, b := a w, c := u^2 + v^2 - 2 w^2; returns the largest squared speed.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func products<S: Scalar>(
        _ pairs: Int, _ a: UnsafeMutablePointer<S>, _ b: UnsafeMutablePointer<S>, _ c: UnsafeMutablePointer<S>
    ) -> S {
        let width = MemoryLayout<S>.stride
        let (rawA, rawB, rawC) = (UnsafeMutableRawPointer(a), UnsafeMutableRawPointer(b), UnsafeMutableRawPointer(c))
        var largest = SIMD8<S>(repeating: 0)
        var index = 0
        while index + 8 <= pairs {
            let offset = 2 * index * width
            var block = (rawA + offset).loadUnaligned(as: SIMD16<S>.self)
            let (u, v) = (block.evenHalf, block.oddHalf)
            let w = (rawB + offset).loadUnaligned(as: SIMD16<S>.self).evenHalf
            let (uu, vv, ww) = (u * u, v * v, w * w)
            largest = pointwiseMax(largest, uu + vv + ww)
            block.evenHalf = uu - vv
            block.oddHalf = (u + u) * v
            (rawA + offset).storeBytes(of: block, as: SIMD16<S>.self)
            block.evenHalf = u * w
            block.oddHalf = v * w
            (rawB + offset).storeBytes(of: block, as: SIMD16<S>.self)
            block = SIMD16(repeating: 0)
            block.evenHalf = uu + vv - (ww + ww)
            (rawC + offset).storeBytes(of: block, as: SIMD16<S>.self)
            index += 8
        }
        var result = largest.max()
        while index < pairs {
            let (u, v, w) = (a[2 * index], a[2 * index + 1], b[2 * index])
            result = max(result, u * u + v * v + w * w)
            a[2 * index] = u * u - v * v
            a[2 * index + 1] = 2 * u * v
            b[2 * index] = u * w
            b[2 * index + 1] = v * w
            c[2 * index] = u * u + v * v - 2 * w * w
            c[2 * index + 1] = 0
            index += 1
        }
        return result
    }

    /// The band of the projection of -div(u u) from the spectra of (u + i v)^2, (u + i v) w and u^2 + v^2 - 2 w^2, times `scale`.
    ///
    /// The isotropic part of u u is a pressure; what is left of the diagonal is (p/2 + s/6, s/6 - p/2, -s/3) with p = u^2 - v^2 and
    /// s = u^2 + v^2 - 2 w^2.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func divergence<S: Scalar>(
        _ count: Int, _ a: UnsafePointer<S>, _ b: UnsafePointer<S>, _ c: UnsafePointer<S>, _ placement: BandPlacement,
        _ kz: UnsafePointer<S>, _ ky: UnsafePointer<S>, _ kx: UnsafePointer<S>, scale: S, into rate: UnsafeMutablePointer<S>
    ) {
        var index = 0
        let (half, third) = (scale / 2, scale / 3)
        for (z, plane) in placement.planes.enumerated() {
            for (y, row) in placement.rows.enumerated() {
                for (x, column) in placement.columns.enumerated() {
                    let here = 2 * (plane.here + row.here + column.here)
                    let mirror = 2 * (plane.mirror + row.mirror + column.mirror)
                    // Pairs of real fields f, g: f = (Z(k) + conj Z(-k)) / 2, g = (Z(k) - conj Z(-k)) / (2 i).
                    let (ar, ai, mr, mi) = (a[here], a[here + 1], a[mirror], a[mirror + 1])
                    let p = SIMD2(half * (ar + mr), half * (ai - mi))
                    // The second field is 2 u v.
                    let uv = SIMD2((ai + mi) * half / 2, (mr - ar) * half / 2)
                    let (br, bi, nr, ni) = (b[here], b[here + 1], b[mirror], b[mirror + 1])
                    let uw = SIMD2(half * (br + nr), half * (bi - ni))
                    let vw = SIMD2(half * (bi + ni), half * (nr - br))
                    let s = SIMD2(c[here], c[here + 1]) * third
                    let uu = p / 2 + s / 2
                    let vv = s / 2 - p / 2
                    let (x1, x2, x3) = (kx[x], ky[y], kz[z])
                    let t1 = x1 * uu + x2 * uv + x3 * uw
                    let t2 = x1 * uv + x2 * vv + x3 * vw
                    let t3 = x1 * uw + x2 * vw - x3 * s
                    let square = x1 * x1 + x2 * x2 + x3 * x3
                    let pressure = square > 0 ? (x1 * t1 + x2 * t2 + x3 * t3) / square : SIMD2(repeating: 0)
                    let (r1, r2, r3) = (t1 - x1 * pressure, t2 - x2 * pressure, t3 - x3 * pressure)
                    // -i (re + i im) = im - i re.
                    rate[2 * index] = r1.y
                    rate[2 * index + 1] = -r1.x
                    rate[2 * (count + index)] = r2.y
                    rate[2 * (count + index) + 1] = -r2.x
                    rate[2 * (2 * count + index)] = r3.y
                    rate[2 * (2 * count + index) + 1] = -r3.x
                    index += 1
                }
            }
        }
    }
}
