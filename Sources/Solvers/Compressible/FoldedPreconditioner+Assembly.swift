extension FoldedPreconditioner {
    /// Fills the blocks with the first-order Jacobian at `state` (ghost cells filled) plus the pseudo-time term of Courant number `cfl`.
    package func assemble(_ state: UnsafePointer<Double>, gamma: Double, cfl: Double) {
        let pairs = folded.pairs
        diagonal.update(repeating: .zero, count: 20 * pairs)
        wave.update(repeating: .zero, count: pairs)
        assembleAlongI(state, gamma)
        assembleAlongJ(state, gamma)
        assembleBoundary(state, gamma)
        addPseudoTime(state, gamma, cfl)
    }

    @inline(__always)
    private func add(_ jacobian: FluxJacobian, _ scale: Double, _ blocks: BlockPointer, _ pair: Int, _ half: Int) {
        let target = UnsafeMutableRawPointer(blocks + 4 * pair).assumingMemoryBound(to: SIMD4<Double>.self) + half
        target[0].addProduct(jacobian.columns.0, scale)
        target[2].addProduct(jacobian.columns.1, scale)
        target[4].addProduct(jacobian.columns.2, scale)
        target[6].addProduct(jacobian.columns.3, scale)
    }

    @inline(__always)
    private func waveSpeed(_ q: PrimitiveState, _ nx: Double, _ ny: Double, _ gamma: Double) -> Double {
        abs(q.y * nx + q.z * ny) + (gamma * q.w / q.x).squareRoot()
    }

    private func assembleAlongI(_ state: UnsafePointer<Double>, _ gamma: Double) {
        let ni = mesh.topology.columns
        for j in 0..<folded.rows {
            for i in 1..<ni {
                let face = mesh.layout.index(i, j)
                let (left, right) = (mesh.layout.take(state, face - 1), mesh.layout.take(state, face))
                let (nx, ny, area) = (mesh.iNormalX[face], mesh.iNormalY[face], mesh.iArea[face])
                let jacobian = RoeJacobian.derivatives(left, right, nx: nx, ny: ny, gamma: gamma)
                let speed = 0.25 * area * (waveSpeed(left, nx, ny, gamma) + waveSpeed(right, nx, ny, gamma))
                let leftHalf = i - 1 < folded.width ? 0 : 1
                let rightHalf = i < folded.width ? 0 : 1
                let leftPair = j * folded.width + (leftHalf == 0 ? i - 1 : ni - i)
                let rightPair = j * folded.width + (rightHalf == 0 ? i : ni - 1 - i)
                add(jacobian.left, area, diagonal, leftPair, leftHalf)
                add(jacobian.right, area, leftHalf == 0 ? inward : outward, leftPair, leftHalf)
                add(jacobian.right, -area, diagonal, rightPair, rightHalf)
                add(jacobian.left, -area, rightHalf == 0 ? outward : inward, rightPair, rightHalf)
                wave[leftPair][leftHalf] += speed
                wave[rightPair][rightHalf] += speed
            }
        }
    }

    private func assembleAlongJ(_ state: UnsafePointer<Double>, _ gamma: Double) {
        let ni = mesh.topology.columns
        for j in 0..<folded.rows {
            for i in 0..<ni {
                let onCut = j == 0 && (i < folded.wakeCells || i >= ni - folded.wakeCells)
                guard j > 0 || onCut else { continue }
                let face = mesh.layout.index(i, j)
                let (below, above) = (mesh.layout.take(state, face - mesh.layout.stride), mesh.layout.take(state, face))
                let (nx, ny, area) = (mesh.jNormalX[face], mesh.jNormalY[face], mesh.jArea[face])
                let jacobian = RoeJacobian.derivatives(below, above, nx: nx, ny: ny, gamma: gamma)
                let speed = 0.25 * area * (waveSpeed(below, nx, ny, gamma) + waveSpeed(above, nx, ny, gamma))
                let half = i < folded.width ? 0 : 1
                let pair = j * folded.width + (half == 0 ? i : ni - 1 - i)
                add(jacobian.right, -area, diagonal, pair, half)
                add(jacobian.left, -area, down, pair, half)
                wave[pair][half] += speed
                // The other side of a face on the cut is visited as a face of its own.
                if j > 0 {
                    add(jacobian.left, area, diagonal, pair - folded.width, half)
                    add(jacobian.right, area, up, pair - folded.width, half)
                    wave[pair - folded.width][half] += speed
                }
            }
        }
    }

    private func assembleBoundary(_ state: UnsafePointer<Double>, _ gamma: Double) {
        for face in mesh.boundary {
            let q = mesh.layout.take(state, face.ghost)
            let half = face.i < folded.width ? 0 : 1
            let pair = face.j * folded.width + (half == 0 ? face.i : mesh.topology.columns - 1 - face.i)
            wave[pair][half] += 0.5 * face.area * waveSpeed(q, face.normalX, face.normalY, gamma)
            if face.side == .wall {
                let pressure = FluxJacobian(.zero, .zero, .zero, SIMD4(0, face.normalX, face.normalY, 0))
                add(pressure, face.area, diagonal, pair, half)
            } else {
                let outgoing = RoeJacobian.euler(q, nx: face.normalX, ny: face.normalY, gamma: gamma)
                    .scaledSum(0.5, RoeJacobian.absolute(q, nx: face.normalX, ny: face.normalY, gamma: gamma), 0.5)
                add(outgoing, face.area, diagonal, pair, half)
            }
        }
    }

    private func addPseudoTime(_ state: UnsafePointer<Double>, _ gamma: Double, _ cfl: Double) {
        let ni = mesh.topology.columns
        for j in 0..<folded.rows {
            for m in 0..<folded.width {
                let pair = j * folded.width + m
                for half in 0..<2 {
                    let q = mesh.layout.take(state, mesh.layout.index(half == 0 ? m : ni - 1 - m, j))
                    add(RoeJacobian.conservative(q, gamma: gamma), wave[pair][half] / cfl, diagonal, pair, half)
                }
            }
        }
    }

    /// `product += V / dt dW/dQ x`, the pseudo-time term of Courant number `cfl` at `state`.
    func addPseudoTimeProduct(
        _ state: UnsafePointer<Double>, gamma: Double, cfl: Double, _ x: UnsafePointer<Double>, _ product: UnsafeMutablePointer<Double>
    ) {
        let ni = mesh.topology.columns
        for j in 0..<folded.rows {
            let (first, last) = (mesh.layout.index(0, j), mesh.layout.index(ni - 1, j))
            for m in 0..<folded.width {
                let pair = j * folded.width + m
                let speed = wave[pair]
                for half in 0..<2 {
                    let q = mesh.layout.take(state, half == 0 ? first + m : last - m)
                    let offset = 8 * pair + 4 * half
                    let (r, u, v, p) = (x[offset], x[offset + 1], x[offset + 2], x[offset + 3])
                    let scale = speed[half] / cfl
                    let kinetic = 0.5 * (q.y * q.y + q.z * q.z)
                    product[offset] += scale * r
                    product[offset + 1] += scale * (q.y * r + q.x * u)
                    product[offset + 2] += scale * (q.z * r + q.x * v)
                    product[offset + 3] += scale * (kinetic * r + q.x * (q.y * u + q.z * v) + p / (gamma - 1))
                }
            }
        }
    }
}
