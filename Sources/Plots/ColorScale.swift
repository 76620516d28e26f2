import Foundation
import Tensors

/// A range of values with the colour map that shows it.
public struct ColorScale: Sendable, Equatable {
    /// The values at the ends of the map; what lies outside has the colour of the end.
    public let range: ClosedRange<Double>
    /// The colour map.
    public let map: ColorMap
    /// Whether values beyond the range were met when the scale was made.
    public let isClipped: Bool

    /// A scale with the given ends.
    public init(_ range: ClosedRange<Double>, _ map: ColorMap, isClipped: Bool = false) {
        precondition(range.upperBound > range.lowerBound && range.lowerBound.isFinite && range.upperBound.isFinite, "colour scale \(range)")
        self.range = range
        self.map = map
        self.isClipped = isClipped
    }

    /// The scale of one field or of several that share it: diverging about zero where both signs matter, else `viridis`.
    ///
    /// `guests` share the scale but may widen it by at most half its width, so that a prediction that has diverged does not hide the truth.
    /// Nil if no value is finite.
    package static func fitting(_ fields: [Tensor<Double>], guests: [Tensor<Double>] = []) -> ColorScale? {
        guard var (low, high) = extremes(fields) ?? extremes(guests) else { return nil }
        var clipped = false
        if let (guestLow, guestHigh) = extremes(guests) {
            let reach = high > low ? 0.5 * (high - low) : max(abs(low), 1)
            clipped = guestLow < low - reach || guestHigh > high + reach
            (low, high) = (min(low, max(guestLow, low - reach)), max(high, min(guestHigh, high + reach)))
        }
        if low < 0 && high > 0 && min(-low, high) > 0.25 * max(-low, high) {
            let bound = max(-low, high)
            return ColorScale(-bound...bound, .balance, isClipped: clipped)
        }
        return ColorScale(widened(low, high), .viridis, isClipped: clipped)
    }

    /// A diverging scale centred at zero.
    static func signed(_ fields: [Tensor<Double>], limit: Double = .infinity) -> ColorScale? {
        guard let (low, high) = extremes(fields) else { return nil }
        let bound = max(-low, high)
        let shown = min(bound, limit)
        return ColorScale(shown > 0 ? -shown...shown : -1...1, .balance, isClipped: bound > shown)
    }

    /// A range that is not empty round a constant.
    static func widened(_ low: Double, _ high: Double) -> ClosedRange<Double> {
        let size = max(abs(low), abs(high))
        if high - low > 1e-12 * size && high > low { return low...high }
        let half = size > 0 ? 0.1 * size : 1
        return (low - half)...(high + half)
    }

    /// Smallest and largest finite value.
    static func extremes(_ fields: [Tensor<Double>]) -> (Double, Double)? {
        var (low, high) = (Double.infinity, -Double.infinity)
        for field in fields {
            for value in field.scalars where value.isFinite {
                low = min(low, value)
                high = max(high, value)
            }
        }
        return low <= high ? (low, high) : nil
    }

    /// The colour of a value, one of `levels`.
    func color(_ value: Double, levels: Int) -> RGB {
        if value == .infinity { return map.color(at: 1) }
        if value == -.infinity { return map.color(at: 0) }
        let position = min(max((value - range.lowerBound) / (range.upperBound - range.lowerBound), 0), 1)
        return map.color(at: levels < 256 ? (position * Double(levels - 1)).rounded() / Double(levels - 1) : position)
    }
}
