/// Numbers of grid points: the same in every direction, or one for each.
///
/// In a case `64` or `[221, 51]`; the list is in the order of the array's axes, slowest first (`[z, y, x]`).
public struct Resolution: Sendable, Hashable, CustomStringConvertible {
    /// One number, or one for each axis.
    public let axes: [Int]

    /// The same number of points in every direction.
    public init(_ points: Int) { axes = [points] }

    /// One number for each axis, slowest first.
    public init(axes: [Int]) {
        precondition((1...3).contains(axes.count), "a resolution has 1 to 3 axes, not \(axes.count)")
        self.axes = axes
    }

    /// The resolution of `64` or `51x221`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0.filter { $0 != " " }) }
        guard (1...3).contains(parts.count), parts.allSatisfy({ $0.map(Self.range.contains) == true }) else { return nil }
        axes = parts.map { $0! }
    }

    /// The points in each of `dimension` directions, or nil when the list has another length.
    public func size(dimension: Int) -> [Int]? {
        if axes.count == dimension { return axes }
        return axes.count == 1 ? [Int](repeating: axes[0], count: dimension) : nil
    }

    /// Twice the cells along every axis: `2 n - 1` of `n` nodes, which are among them, `2 n` of `n` cells or periodic points.
    public func doubled(isNodal: (Int) -> Bool) -> Resolution {
        Resolution(axes: axes.enumerated().map { isNodal($0) ? 2 * $1 - 1 : 2 * $1 })
    }

    /// `64`, `221 x 51`.
    public var description: String { axes.map(String.init).joined(separator: " x ") }

    static let range = 2...65536
    static let expected = "an integer from 2 to 65536, or a list of one for each direction"

    var literal: Literal { axes.count == 1 ? .integer(axes[0]) : .array(axes.map { .integer($0) }) }
}

extension CaseReader {
    /// The resolution in `node`, or nil after reporting why it is none.
    mutating func resolution(_ node: SourceNode) -> Resolution? {
        let elements: [SourceNode]
        if case .array(let list) = node.value { elements = list } else { elements = [node] }
        guard (1...3).contains(elements.count) else {
            notAllowed(node, allowed: Resolution.expected)
            return nil
        }
        var axes: [Int] = []
        for element in elements {
            guard let points = Int.value(of: element) else {
                wrongType(element, expected: Resolution.expected)
                return nil
            }
            guard Resolution.range.contains(points) else {
                notAllowed(element, allowed: Resolution.expected)
                return nil
            }
            axes.append(points)
        }
        return Resolution(axes: axes)
    }
}
