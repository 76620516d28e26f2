import Tensors

/// A boundary face, with the cell inside, the next cell further in, and the ghost cell that holds the state on the face.
struct BoundaryFace {
    let side: BlockSide
    let cell: Int
    let inner: Int
    let ghost: Int
    /// Cell coordinates.
    let i: Int
    let j: Int
    /// Unit normal out of the block, and length.
    var normalX = 0.0
    var normalY = 0.0
    var area = 0.0
    var middleX = 0.0
    var middleY = 0.0
    /// `h_0 / (h_0 + h_1)`: half a cell over the distance to the next centre.
    var weight = 0.0
}

/// Face normals, areas and interpolation weights of a structured block.
///
/// Ghost cells beyond a boundary have no width, so that their centre is the face; ghost cells beyond a cut are the cells of the other side.
/// Faces on the boundary have area 0 in the arrays of the interior sweep and are listed in `boundary`.
package final class CurvilinearMesh {
    package let topology: BlockTopology
    package let layout: PaddedLayout
    private(set) var boundary: [BoundaryFace] = []
    /// Boundary faces of the wall, in order along it.
    private(set) var wallFaces: [Int] = []
    private let storage: Storage<Double>
    private let nodeStorage: Storage<Double>

    /// Normal and length of the face between cells `i - 1` and `i`, towards increasing `i`.
    let iNormalX, iNormalY, iArea: UnsafeMutablePointer<Double>
    /// Normal and length of the face between cells `j - 1` and `j`, towards increasing `j`.
    let jNormalX, jNormalY, jArea: UnsafeMutablePointer<Double>
    /// Half widths of the cells in both directions.
    let iHalf, jHalf: UnsafeMutablePointer<Double>
    /// Weights of the backward and forward increments, see `LimitedReconstruction`.
    let iBackward, iForward, jBackward, jForward: UnsafeMutablePointer<Double>
    /// Node coordinates `[rows + 1, columns + 1]`.
    let nodeX, nodeY: UnsafeMutablePointer<Double>

    package init(_ topology: BlockTopology) {
        self.topology = topology
        layout = PaddedLayout(topology)
        let count = layout.count
        storage = Storage(count: 12 * count)
        storage.pointer.initialize(repeating: 0, count: 12 * count)
        let base = storage.pointer
        (iNormalX, iNormalY, iArea) = (base, base + count, base + 2 * count)
        (jNormalX, jNormalY, jArea) = (base + 3 * count, base + 4 * count, base + 5 * count)
        (iHalf, jHalf) = (base + 6 * count, base + 7 * count)
        (iBackward, iForward) = (base + 8 * count, base + 9 * count)
        (jBackward, jForward) = (base + 10 * count, base + 11 * count)
        iNormalX.update(repeating: 1, count: count)
        jNormalY.update(repeating: 1, count: count)
        let nodes = (topology.columns + 1) * (topology.rows + 1)
        nodeStorage = Storage(count: 2 * nodes)
        (nodeX, nodeY) = (nodeStorage.pointer, nodeStorage.pointer + nodes)
        listBoundary()
    }

    private func listBoundary() {
        let (ni, nj) = (topology.columns, topology.rows)
        for i in topology.wakeCells..<(ni - topology.wakeCells) {
            if topology.lower == .wall { wallFaces.append(boundary.count) }
            boundary.append(
                BoundaryFace(
                    side: topology.lower, cell: layout.index(i, 0), inner: layout.index(i, 1), ghost: layout.index(i, -1), i: i, j: 0))
        }
        for i in 0..<ni {
            boundary.append(
                BoundaryFace(
                    side: topology.upper, cell: layout.index(i, nj - 1), inner: layout.index(i, nj - 2), ghost: layout.index(i, nj),
                    i: i, j: nj - 1))
        }
        for j in 0..<nj {
            boundary.append(
                BoundaryFace(
                    side: topology.ends, cell: layout.index(0, j), inner: layout.index(1, j), ghost: layout.index(-1, j), i: 0, j: j))
            boundary.append(
                BoundaryFace(
                    side: topology.ends, cell: layout.index(ni - 1, j), inner: layout.index(ni - 2, j), ghost: layout.index(ni, j),
                    i: ni - 1, j: j))
        }
    }

    /// Takes the nodes from `x` and `y`, each `[rows + 1, columns + 1]`, and computes all metrics.
    package func update(x: UnsafePointer<Double>, y: UnsafePointer<Double>) {
        let nodes = (topology.columns + 1) * (topology.rows + 1)
        nodeX.update(from: x, count: nodes)
        nodeY.update(from: y, count: nodes)
        computeMetrics()
    }

    /// Takes every second node of a finer mesh.
    func update(from fine: CurvilinearMesh) {
        let (ni, nj) = (topology.columns, topology.rows)
        let width = fine.topology.columns + 1
        for j in 0...nj {
            for i in 0...ni {
                nodeX[j * (ni + 1) + i] = fine.nodeX[2 * j * width + 2 * i]
                nodeY[j * (ni + 1) + i] = fine.nodeY[2 * j * width + 2 * i]
            }
        }
        computeMetrics()
    }

    private func computeMetrics() {
        computeFaces()
        computeCells()
        mirrorAcrossCut()
        computeWeights()
        completeBoundary()
    }

    /// +1 where `i, j` are a right-handed system, -1 otherwise (all cells are alike).
    private var handedness: Double {
        let ni = topology.columns
        let (a, b, c, d) = (0, 1, ni + 2, ni + 1)
        let twice = (nodeX[c] - nodeX[a]) * (nodeY[d] - nodeY[b]) - (nodeX[d] - nodeX[b]) * (nodeY[c] - nodeY[a])
        return twice < 0 ? -1 : 1
    }

    private func computeFaces() {
        let (ni, nj) = (topology.columns, topology.rows)
        let sign = handedness
        for j in 0..<nj {
            for i in 0...ni {
                let (a, b) = (j * (ni + 1) + i, (j + 1) * (ni + 1) + i)
                let (dx, dy) = (nodeX[b] - nodeX[a], nodeY[b] - nodeY[a])
                let length = (dx * dx + dy * dy).squareRoot()
                let target = layout.index(i, j)
                iArea[target] = length
                iNormalX[target] = sign * dy / length
                iNormalY[target] = -sign * dx / length
            }
        }
        for j in 0...nj {
            for i in 0..<ni {
                let (a, b) = (j * (ni + 1) + i, j * (ni + 1) + i + 1)
                let (dx, dy) = (nodeX[b] - nodeX[a], nodeY[b] - nodeY[a])
                let length = (dx * dx + dy * dy).squareRoot()
                let target = layout.index(i, j)
                jArea[target] = length
                jNormalX[target] = -sign * dy / length
                jNormalY[target] = sign * dx / length
            }
        }
    }

    private func computeCells() {
        let (ni, nj) = (topology.columns, topology.rows)
        for j in 0..<nj {
            for i in 0..<ni {
                let a = j * (ni + 1) + i
                let (b, c, d) = (a + 1, a + ni + 2, a + ni + 1)
                let cell = layout.index(i, j)
                // Distances between the midpoints of opposite faces.
                let (ix, iy) = ((nodeX[b] + nodeX[c] - nodeX[a] - nodeX[d]) / 4, (nodeY[b] + nodeY[c] - nodeY[a] - nodeY[d]) / 4)
                let (jx, jy) = ((nodeX[c] + nodeX[d] - nodeX[a] - nodeX[b]) / 4, (nodeY[c] + nodeY[d] - nodeY[a] - nodeY[b]) / 4)
                iHalf[cell] = (ix * ix + iy * iy).squareRoot()
                jHalf[cell] = (jx * jx + jy * jy).squareRoot()
            }
        }
    }

    /// Copies the half widths of the cells beyond the cut into the ghost rows.
    private func mirrorAcrossCut() {
        let ni = topology.columns
        for row in 0..<2 {
            for i in 0..<topology.wakeCells {
                for (here, there) in [(i, ni - 1 - i), (ni - 1 - i, i)] {
                    let (ghost, source) = (layout.index(here, -1 - row), layout.index(there, row))
                    iHalf[ghost] = iHalf[source]
                    jHalf[ghost] = jHalf[source]
                }
            }
        }
    }

    private func computeWeights() {
        let (ni, nj) = (topology.columns, topology.rows)
        for j in -1...nj {
            for i in -1...ni {
                let cell = layout.index(i, j)
                iBackward[cell] = ratio(iHalf[cell], iHalf[cell - 1])
                iForward[cell] = ratio(iHalf[cell], iHalf[cell + 1])
                jBackward[cell] = ratio(jHalf[cell], jHalf[cell - layout.stride])
                jForward[cell] = ratio(jHalf[cell], jHalf[cell + layout.stride])
            }
        }
    }

    private func ratio(_ a: Double, _ b: Double) -> Double { a == 0 ? 0 : a / (a + b) }

    /// Moves the boundary faces from the arrays of the interior sweep to the list.
    private func completeBoundary() {
        let (ni, nj) = (topology.columns, topology.rows)
        for index in boundary.indices {
            let face = boundary[index]
            let horizontal = face.ghost == face.cell - layout.stride || face.ghost == face.cell + layout.stride
            let lower = face.ghost < face.cell
            let (i, j) = horizontal ? (face.i, lower ? 0 : nj) : (lower ? 0 : ni, face.j)
            let slot = layout.index(i, j)
            let outward = lower ? -1.0 : 1.0
            let a = j * (ni + 1) + i
            let b = horizontal ? a + 1 : a + ni + 1
            boundary[index].middleX = (nodeX[a] + nodeX[b]) / 2
            boundary[index].middleY = (nodeY[a] + nodeY[b]) / 2
            if horizontal {
                boundary[index].normalX = outward * jNormalX[slot]
                boundary[index].normalY = outward * jNormalY[slot]
                boundary[index].area = jArea[slot]
                boundary[index].weight = lower ? jForward[face.cell] : jBackward[face.cell]
                jArea[slot] = 0
            } else {
                boundary[index].normalX = outward * iNormalX[slot]
                boundary[index].normalY = outward * iNormalY[slot]
                boundary[index].area = iArea[slot]
                boundary[index].weight = lower ? iForward[face.cell] : iBackward[face.cell]
                iArea[slot] = 0
            }
        }
    }
}
