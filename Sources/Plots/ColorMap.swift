import Foundation

/// A colour of the sRGB space, components in [0, 1].
package struct RGB: Equatable, Sendable {
    package var red: Double
    package var green: Double
    package var blue: Double

    package init(_ red: Double, _ green: Double, _ blue: Double) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// From `0xRRGGBB`.
    package init(_ hex: Int) {
        self.init(Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255)
    }

    /// Bytes red, green, blue.
    package var bytes: [UInt8] { [red, green, blue].map { UInt8(min(max($0 * 255, 0), 255).rounded()) } }
}

/// The perceptual colour space Oklab: equal distances look equally different.
///
/// ## References
/// B. Ottosson, "A perceptual color space for image processing", 2020 (the matrices are in the public domain).
package struct Oklab: Equatable, Sendable {
    package var lightness: Double
    package var a: Double
    package var b: Double

    package init(_ lightness: Double, _ a: Double, _ b: Double) {
        (self.lightness, self.a, self.b) = (lightness, a, b)
    }

    package init(_ color: RGB) {
        func linear(_ c: Double) -> Double { c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4) }
        let (r, g, b) = (linear(color.red), linear(color.green), linear(color.blue))
        let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
        let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
        let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
        self.init(
            0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
    }

    /// The colour, clipped to what sRGB can show.
    package var rgb: RGB {
        let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
        let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
        let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
        func encoded(_ c: Double) -> Double {
            let c = min(max(c, 0), 1)
            return c <= 0.0031308 ? 12.92 * c : 1.055 * pow(c, 1 / 2.4) - 0.055
        }
        return RGB(
            encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
    }

    /// Distance, about 0.02 where a difference is just seen.
    package func distance(to other: Oklab) -> Double {
        ((lightness - other.lightness) * (lightness - other.lightness) + (a - other.a) * (a - other.a) + (b - other.b) * (b - other.b))
            .squareRoot()
    }
}

/// A map from [0, 1] to colours, perceptually uniform and safe for colour-blind readers.
public struct ColorMap: Sendable, Equatable {
    /// The name.
    public let name: String
    /// Whether the middle is a neutral colour that stands for zero.
    public let isDiverging: Bool
    let colors: [RGB]

    /// Dark violet over green to yellow, for magnitudes (Smith and van der Walt 2015, released as CC0).
    public static let viridis = ColorMap(
        name: "viridis", isDiverging: false,
        through: [0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725].map { Oklab(RGB($0)) }
    )

    /// Dark blue over grey to yellow, the same to readers with and without colour blindness (Nunez, Anderton and Renslow 2018, PLOS ONE 13).
    public static let cividis = ColorMap(
        name: "cividis", isDiverging: false,
        through: [0x00204D, 0x00336F, 0x39486B, 0x575C6D, 0x707173, 0x8A8779, 0xA69D75, 0xC4B56C, 0xE4CF5B, 0xFFEA46].map { Oklab(RGB($0)) }
    )

    /// Blue over near white to red with lightness falling evenly to both sides, for signed values.
    public static let balance = ColorMap(name: "balance", isDiverging: true, through: divergingPoints)

    /// Both arms run through Oklab from the neutral middle: lightness falls linearly, chroma rises and falls again.
    private static let divergingPoints: [Oklab] = {
        func arm(_ hue: (Double, Double), _ t: Double) -> Oklab {
            let angle = (hue.0 + (hue.1 - hue.0) * t) * Double.pi / 180
            let chroma = 0.165 * sin(Double.pi * min(1, 0.03 + 0.72 * t)) * (1 - 0.12 * t)
            return Oklab(0.965 - 0.57 * t, chroma * cos(angle), chroma * sin(angle))
        }
        let steps = stride(from: 1.0, through: 1 / 16, by: -1 / 16)
        return steps.map { arm((242, 262), $0) } + [Oklab(0.965, 0, 0)] + steps.reversed().map { arm((52, 22), $0) }
    }()

    /// 256 colours spaced evenly along the line through the points.
    private init(name: String, isDiverging: Bool, through points: [Oklab]) {
        self.name = name
        self.isDiverging = isDiverging
        // Lengths of the segments, so that equal steps of value are equal steps of colour.
        var lengths = [0.0]
        for index in 1..<points.count { lengths.append(lengths[index - 1] + points[index - 1].distance(to: points[index])) }
        func half(_ range: ClosedRange<Int>, _ t: Double) -> RGB {
            let target = lengths[range.lowerBound] + t * (lengths[range.upperBound] - lengths[range.lowerBound])
            var index = range.lowerBound
            while index + 1 < range.upperBound && lengths[index + 1] < target { index += 1 }
            let fraction = min(max((target - lengths[index]) / (lengths[index + 1] - lengths[index]), 0), 1)
            let (p, q) = (points[index], points[index + 1])
            return Oklab(
                p.lightness + fraction * (q.lightness - p.lightness), p.a + fraction * (q.a - p.a), p.b + fraction * (q.b - p.b)
            ).rgb
        }
        let middle = points.count / 2
        colors = (0..<256).map { step in
            let t = Double(step) / 255
            guard isDiverging else { return half(0...(points.count - 1), t) }
            // Each arm on its own, so that the neutral colour is exactly in the middle.
            return t < 0.5 ? half(0...middle, 2 * t) : half(middle...(points.count - 1), 2 * t - 1)
        }
    }

    /// The colour at `t`, clipped to [0, 1]; grey where `t` is not a number.
    package func color(at t: Double) -> RGB {
        guard !t.isNaN else { return Look.missing }
        return colors[Int((min(max(t, 0), 1) * 255).rounded())]
    }
}
