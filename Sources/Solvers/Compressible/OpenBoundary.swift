import Numerics

/// The state on a boundary with fluid outside, from the one-dimensional Riemann invariants along the normal.
///
/// `R+ = u_n + 2 a / (gamma - 1)` comes from inside, `R- = u_n - 2 a / (gamma - 1)` from outside, unless the flow is supersonic; entropy
/// and tangential velocity come from where the flow comes from.
///
/// ## References
/// A. Jameson, T. Baker, AIAA paper 83-1929 (1983).
package enum OpenBoundary {
    /// The boundary state for an outward unit normal `(nx, ny)`.
    @inline(__always)
    package static func state(
        inside: PrimitiveState, outside: PrimitiveState, nx: Double, ny: Double, gamma: Double
    ) -> PrimitiveState {
        let g = gamma - 1
        let soundInside = (gamma * inside.w / inside.x).squareRoot()
        let soundOutside = (gamma * outside.w / outside.x).squareRoot()
        let normalInside = inside.y * nx + inside.z * ny
        let normalOutside = outside.y * nx + outside.z * ny
        if normalInside >= soundInside { return inside }
        if normalOutside <= -soundOutside { return outside }
        let plus = normalInside + 2 * soundInside / g
        let minus = normalOutside - 2 * soundOutside / g
        let normal = (plus + minus) / 2
        let sound = (plus - minus) * g / 4
        let source = normal > 0 ? inside : outside
        let sourceSound = normal > 0 ? soundInside : soundOutside
        let sourceNormal = normal > 0 ? normalInside : normalOutside
        let density = source.x * Double.pow(sound / sourceSound, 2 / g)
        let shift = normal - sourceNormal
        return PrimitiveState(density, source.y + shift * nx, source.z + shift * ny, density * sound * sound / gamma)
    }
}
