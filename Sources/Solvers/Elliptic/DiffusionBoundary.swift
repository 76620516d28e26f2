/// Dirichlet values on the four sides of a rectangle, one for each solution point along the side.
///
/// `west` and `east` hold one value for each row of the solution, `south` (first row) and `north` (last row) one for each column. For location
/// `nodes` these are the values of the boundary nodes, corners taken from `south` and `north`; else those of the boundary faces.
public struct DiffusionBoundary: Sendable, Equatable {
    /// Values at the smallest x, by row.
    public var west: [Double]
    /// Values at the largest x, by row.
    public var east: [Double]
    /// Values at the smallest y, by column.
    public var south: [Double]
    /// Values at the largest y, by column.
    public var north: [Double]

    /// Given values.
    public init(west: [Double], east: [Double], south: [Double], north: [Double]) {
        self.west = west
        self.east = east
        self.south = south
        self.north = north
    }

    /// One value everywhere, for a solution of shape `[y, x]`.
    public init(_ value: Double = 0, solutionShape: [Int]) {
        let side = [Double](repeating: value, count: solutionShape[0])
        let row = [Double](repeating: value, count: solutionShape[1])
        self.init(west: side, east: side, south: row, north: row)
    }
}
