import Tensors

extension EulerResidual {
    /// Fluxes between cells, in one pass over the rows.
    ///
    /// Each row is reconstructed, the fluxes of its faces are computed and gathered into the residual. Only a few rows of buffers are
    /// alive at a time, and they stay in the first-level cache.
    func sweep(_ state: UnsafePointer<Double>, _ residual: UnsafeMutablePointer<Double>) {
        let (nj, stride) = (layout.rows, layout.stride)
        // Face values hold four components on the lower face of the cells, then four on the upper.
        let iFaces = rowStorage.pointer + 8
        let iFlux = iFaces + 8 * stride
        var jFaces = (below: iFlux + 4 * stride, above: iFlux + 12 * stride)
        var jFlux = (below: iFlux + 20 * stride, above: iFlux + 24 * stride)
        reconstruct(state, step: stride, row: -1, mesh.jBackward, mesh.jForward, jFaces.below)
        for j in 0..<nj {
            reconstruct(state, step: stride, row: j, mesh.jBackward, mesh.jForward, jFaces.above)
            jFluxes(row: j, below: jFaces.below + 4 * stride, above: jFaces.above, jFlux.above)
            if j > 0 { addRow(residual, row: j - 1, below: jFlux.below, above: jFlux.above) }
            reconstruct(state, step: 1, row: j, mesh.iBackward, mesh.iForward, iFaces)
            iFluxes(row: j, lower: iFaces, upper: iFaces + 4 * stride, iFlux)
            setRow(residual, row: j, iFlux)
            swap(&jFaces.below, &jFaces.above)
            swap(&jFlux.below, &jFlux.above)
        }
        // The faces of the upper side belong to the boundary.
        jFlux.above.update(repeating: 0, count: 4 * stride)
        addRow(residual, row: nj - 1, below: jFlux.below, above: jFlux.above)
    }

    /// Face values of the cells of a row and of one ghost cell at each end; neighbours are `step` values apart.
    private func reconstruct(
        _ state: UnsafePointer<Double>, step: Int, row: Int, _ backward: UnsafePointer<Double>, _ forward: UnsafePointer<Double>,
        _ target: UnsafeMutablePointer<Double>
    ) {
        let (stride, plane) = (layout.stride, layout.count)
        let first = layout.index(0, row)
        var i = -1
        while i <= layout.columns {
            let cell = first + i
            let weightBackward = load(backward, cell)
            let weightForward = load(forward, cell)
            for component in 0..<4 {
                let q = state + component * plane
                let centre = load(q, cell)
                let faces = LimitedReconstruction.faces(
                    centre: centre, backward: (centre - load(q, cell - step)) * weightBackward,
                    forward: (load(q, cell + step) - centre) * weightForward, epsilon: epsilon)
                store(faces.lower, target + component * stride, i)
                store(faces.upper, target + (component + 4) * stride, i)
            }
            i += 8
        }
    }

    /// Fluxes through the faces between cells `i - 1` and `i` of a row, `i = 0 ... columns`.
    private func iFluxes(
        row: Int, lower: UnsafePointer<Double>, upper: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>
    ) {
        let first = layout.index(0, row)
        var i = 0
        while i <= layout.columns {
            flux(faceValues(upper, i - 1), faceValues(lower, i), first + i, mesh.iNormalX, mesh.iNormalY, mesh.iArea, target, i)
            i += 8
        }
    }

    /// Fluxes through the faces between rows `row - 1` and `row`.
    private func jFluxes(
        row: Int, below: UnsafePointer<Double>, above: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>
    ) {
        let first = layout.index(0, row)
        var i = 0
        while i < layout.columns {
            flux(faceValues(below, i), faceValues(above, i), first + i, mesh.jNormalX, mesh.jNormalY, mesh.jArea, target, i)
            i += 8
        }
    }

    @inline(__always)
    private func faceValues(_ faces: UnsafePointer<Double>, _ i: Int) -> PrimitiveLanes {
        let stride = layout.stride
        return PrimitiveLanes(
            density: load(faces, i), velocityX: load(faces + stride, i), velocityY: load(faces + 2 * stride, i),
            pressure: load(faces + 3 * stride, i))
    }

    @inline(__always)
    private func flux(
        _ left: PrimitiveLanes, _ right: PrimitiveLanes, _ face: Int, _ normalX: UnsafePointer<Double>, _ normalY: UnsafePointer<Double>,
        _ area: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>, _ i: Int
    ) {
        let flux = RoeFlux.flux(left, right, normalX: load(normalX, face), normalY: load(normalY, face), gamma: gamma)
        let length = load(area, face)
        let stride = layout.stride
        store(flux.mass * length, target, i)
        store(flux.momentumX * length, target + stride, i)
        store(flux.momentumY * length, target + 2 * stride, i)
        store(flux.energy * length, target + 3 * stride, i)
    }

    /// Residual of a row from the fluxes along `i`.
    private func setRow(_ residual: UnsafeMutablePointer<Double>, row: Int, _ flux: UnsafePointer<Double>) {
        let first = layout.index(0, row)
        for component in 0..<4 {
            let target = residual + component * layout.count + first
            let source = flux + component * layout.stride
            var i = 0
            while i < layout.columns {
                store(load(source, i + 1) - load(source, i), target, i)
                i += 8
            }
        }
    }

    /// Adds the fluxes along `j` to a row.
    private func addRow(
        _ residual: UnsafeMutablePointer<Double>, row: Int, below: UnsafePointer<Double>, above: UnsafePointer<Double>
    ) {
        let first = layout.index(0, row)
        for component in 0..<4 {
            let target = residual + component * layout.count + first
            let (low, high) = (below + component * layout.stride, above + component * layout.stride)
            var i = 0
            while i < layout.columns {
                store(load(UnsafePointer(target), i) + (load(high, i) - load(low, i)), target, i)
                i += 8
            }
        }
    }
}
