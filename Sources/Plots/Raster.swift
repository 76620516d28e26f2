import Foundation
import Tensors

/// Values on pixels, row by row from the bottom; nil is a pixel outside the grid.
package struct Raster: Equatable {
    package let width: Int
    package let height: Int
    package private(set) var values: [Double?]

    /// Empty pixels.
    init(width: Int, height: Int) {
        self.init(width: width, height: height, values: Array(repeating: nil, count: width * height))
    }

    /// Pixels with values.
    init(width: Int, height: Int, values: [Double?]) {
        precondition(values.count == width * height, "\(values.count) values for \(width) x \(height) pixels")
        self.width = width
        self.height = height
        self.values = values
    }

    /// Bytes red, green, blue, alpha of every pixel; outside the grid transparent; at most `levels` colours.
    func rgba(_ scale: ColorScale, levels: Int) -> Data {
        var data = Data(capacity: 4 * values.count)
        for value in values {
            guard let value else {
                data.append(contentsOf: [255, 255, 255, 0])
                continue
            }
            data.append(contentsOf: scale.color(value, levels: levels).bytes)
            data.append(255)
        }
        return data
    }

    /// Draws a field on a curvilinear grid: every cell as two triangles, linear in each for node values, constant for cell values.
    mutating func draw(
        _ field: Tensor<Double>, x: Tensor<Double>, y: Tensor<Double>, windowX: ClosedRange<Double>, windowY: ClosedRange<Double>
    ) {
        let (rows, columns) = (x.shape[0], x.shape[1])
        let onNodes = field.shape == x.shape
        let scaleX = Double(width) / (windowX.upperBound - windowX.lowerBound)
        let scaleY = Double(height) / (windowY.upperBound - windowY.lowerBound)
        func corner(_ j: Int, _ i: Int) -> Corner {
            let node = j * columns + i
            return Corner(
                x: (x.basePointer[node] - windowX.lowerBound) * scaleX, y: (y.basePointer[node] - windowY.lowerBound) * scaleY,
                value: onNodes ? field.basePointer[node] : 0)
        }
        for j in 0..<(rows - 1) {
            for i in 0..<(columns - 1) {
                var corners = [corner(j, i), corner(j, i + 1), corner(j + 1, i + 1), corner(j + 1, i)]
                if !onNodes {
                    let value = field.basePointer[j * (columns - 1) + i]
                    for index in 0..<4 { corners[index].value = value }
                }
                fill(corners[0], corners[1], corners[2])
                fill(corners[0], corners[2], corners[3])
            }
        }
    }

    private struct Corner {
        var x: Double
        var y: Double
        var value: Double
    }

    /// Sets every pixel whose centre lies in the triangle.
    private mutating func fill(_ a: Corner, _ b: Corner, _ c: Corner) {
        let area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)
        guard area != 0, area.isFinite else { return }
        let firstX = max(0, Int((min(a.x, b.x, c.x) - 0.5).rounded(.up).clamped(width)))
        let lastX = min(width - 1, Int((max(a.x, b.x, c.x) - 0.5).rounded(.down).clamped(width)))
        let firstY = max(0, Int((min(a.y, b.y, c.y) - 0.5).rounded(.up).clamped(height)))
        let lastY = min(height - 1, Int((max(a.y, b.y, c.y) - 0.5).rounded(.down).clamped(height)))
        guard firstX <= lastX && firstY <= lastY else { return }
        // A little slack, so that no pixel falls between two triangles by round-off.
        let slack = -1e-9
        for row in firstY...lastY {
            let py = Double(row) + 0.5
            for column in firstX...lastX {
                let px = Double(column) + 0.5
                let v = ((px - a.x) * (c.y - a.y) - (c.x - a.x) * (py - a.y)) / area
                let w = ((b.x - a.x) * (py - a.y) - (px - a.x) * (b.y - a.y)) / area
                guard v >= slack && w >= slack && v + w <= 1 - slack else { continue }
                values[row * width + column] = a.value + v * (b.value - a.value) + w * (c.value - a.value)
            }
        }
    }
}

extension Double {
    /// Within a pixel of 0...size, so that the conversion to a whole number cannot overflow.
    fileprivate func clamped(_ size: Int) -> Double { min(max(self, -1), Double(size) + 1) }
}
