extension Kernels {
    /// `y[b, k, l, c] = x[b, source(k - top), source(l - left), c]`, zero where there is no source.
    package static func pad<E: Scalar>(
        _ padding: FieldPadding, batch: Int, height: Int, width: Int, channels: Int, _ x: UnsafePointer<E>, _ y: UnsafeMutablePointer<E>
    ) {
        let widths = padding.widths
        let (rows, columns) = (height + widths.top + widths.bottom, width + widths.left + widths.right)
        let rowSources = (0..<rows).map { padding.mode.source($0 - widths.top, of: height) }
        let margins = margins(padding, width)
        for b in 0..<batch {
            for k in 0..<rows {
                let target = y + (b * rows + k) * columns * channels
                guard let i = rowSources[k] else {
                    target.update(repeating: 0, count: columns * channels)
                    continue
                }
                let source = x + (b * height + i) * width * channels
                (target + widths.left * channels).update(from: source, count: width * channels)
                for (l, j) in margins {
                    if let j {
                        (target + l * channels).update(from: source + j * channels, count: channels)
                    } else {
                        (target + l * channels).update(repeating: 0, count: channels)
                    }
                }
            }
        }
    }

    /// The adjoint of `pad`: `x[b, i, j, c] = sum of g[b, k, l, c]` over the padded points whose source is `(i, j)`, the one inside first.
    package static func padAdjoint<E: Scalar>(
        _ padding: FieldPadding, batch: Int, height: Int, width: Int, channels: Int, _ g: UnsafePointer<E>, _ x: UnsafeMutablePointer<E>
    ) {
        let widths = padding.widths
        let (rows, columns) = (height + widths.top + widths.bottom, width + widths.left + widths.right)
        let margins = margins(padding, width)
        let inside = widths.top..<(widths.top + height)
        let order = Array(inside) + (0..<rows).filter { !inside.contains($0) }
        for b in 0..<batch {
            for k in order {
                guard let i = padding.mode.source(k - widths.top, of: height) else { continue }
                let source = g + (b * rows + k) * columns * channels
                let target = x + (b * height + i) * width * channels
                if inside.contains(k) {
                    target.update(from: source + widths.left * channels, count: width * channels)
                } else {
                    accumulate(width * channels, source + widths.left * channels, target)
                }
                for (l, j) in margins {
                    if let j { accumulate(channels, source + l * channels, target + j * channels) }
                }
            }
        }
    }

    /// The columns beyond the grid, and where their values come from.
    private static func margins(_ padding: FieldPadding, _ width: Int) -> [(target: Int, source: Int?)] {
        let left = padding.widths.left
        return (Array(0..<left) + Array((left + width)..<(left + width + padding.widths.right))).map {
            ($0, padding.mode.source($0 - left, of: width))
        }
    }
}
