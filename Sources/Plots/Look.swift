/// The look that all figures share.
package enum Look {
    /// Size of labels in points.
    static let fontSize = 11.0
    /// Size of the numbers at ticks.
    static let tickSize = 9.5
    /// Size of titles.
    static let titleSize = 12.0
    /// Width of frames in points.
    static let frameWidth = 0.6
    /// Width of curves.
    static let curveWidth = 1.5
    /// Colour of frames and ticks.
    static let frameColor = "#404040"
    /// Colour of grid lines.
    static let gridColor = "#dddddd"
    /// Colour of values that are not finite, a grey that no colour map has.
    package static let missing = RGB(0.72, 0.72, 0.72)
}

/// Colours for curves that stay apart for colour-blind readers.
///
/// ## References
/// M. Okabe, K. Ito, "Color universal design", 2008; black first, yellow left out as too faint on white.
public enum CurveColor: String, Sendable, CaseIterable {
    /// Black.
    case black = "#000000"
    /// Vermillion.
    case vermillion = "#d55e00"
    /// Blue.
    case blue = "#0072b2"
    /// Bluish green.
    case green = "#009e73"
    /// Reddish purple.
    case purple = "#cc79a7"
    /// Orange.
    case orange = "#e69f00"
    /// Sky blue.
    case sky = "#56b4e9"

    /// Colour `index`, counted from blue and repeating.
    static func numbered(_ index: Int) -> CurveColor {
        let order: [CurveColor] = [.blue, .vermillion, .green, .purple, .orange, .sky, .black]
        return order[index % order.count]
    }
}
