import Tensors

/// Checks that a two-dimensional grid can be halved so many times, and that the boundary rule works on the coarsest one.
///
/// - Throws: `OperatorError` that names the layer and setting, and what the grid would allow.
func validateHalvings(
    _ halvings: Int, of grid: [Int], boundary: PaddingMode, layer: String, setting: String, found: String
) throws {
    guard grid.count == 2 else {
        throw OperatorError.shapeMismatch(layer: layer, found: grid, expected: "a two-dimensional grid")
    }
    let factor = 1 << halvings
    // Reflection needs a neighbour on the coarsest grid too.
    let least = boundary == .reflect ? 2 * factor : factor
    guard grid.allSatisfy({ $0 % factor == 0 && $0 >= least }) else {
        let largest = (0..<halvings).last { count in
            grid.allSatisfy { $0 % (1 << count) == 0 && $0 >= (boundary == .reflect ? 2 : 1) << count }
        }
        throw OperatorError.invalidSetting(
            layer: layer, setting: setting, found: "\(found), that is \(halvings) halvings of the grid",
            allowed: "at most \(largest ?? 0) on a grid of \(grid.map(String.init).joined(separator: " x ")) points")
    }
}
