import Foundation

/// Positions and labels of the ticks of one axis.
package struct Ticks: Equatable {
    /// Labelled ticks.
    package var major: [(position: Double, label: String)]
    /// Ticks without a label.
    var minor: [Double] = []
    /// Power of ten that the labels leave out; it belongs into the axis label.
    package var power = 0

    package static func == (left: Ticks, right: Ticks) -> Bool {
        left.minor == right.minor && left.power == right.power && left.major.map(\.position) == right.major.map(\.position)
            && left.major.map(\.label) == right.major.map(\.label)
    }

    /// About `count` ticks at multiples of 1, 2 or 5 times a power of ten.
    package static func linear(_ range: ClosedRange<Double>, count: Int = 5) -> Ticks {
        let span = range.upperBound - range.lowerBound
        precondition(span > 0 && span.isFinite, "ticks of range \(range)")
        let raw = span / Double(max(count, 1))
        let decade = pow(10, floor(log10(raw)))
        // The candidate nearest in ratio; smaller ones where fewer than two multiples lie in the range.
        let candidates = [0.2, 0.5, 1, 2, 5, 10].map { $0 * decade }
        let nearest = candidates.indices.min { abs(log(candidates[$0] / raw)) < abs(log(candidates[$1] / raw)) }!
        func multiples(_ step: Double) -> [Double] {
            let first = Int((range.lowerBound / step - 1e-6).rounded(.up))
            let last = Int((range.upperBound / step + 1e-6).rounded(.down))
            return first <= last ? (first...last).map { Double($0) * step } : []
        }
        let step = candidates[...nearest].last { multiples($0).count >= 2 } ?? candidates[0]
        let positions = multiples(step)
        let largest = positions.map(abs).max()!
        var power = 0
        if largest > 0 && (largest >= 1e4 || largest < 1e-2) { power = Int(floor(log10(largest) + 1e-9)) }
        let digits = max(0, power - Int(floor(log10(step) + 1e-9)))
        let scale = pow(10, Double(power))
        return Ticks(
            major: positions.map { position in
                (position, Ticks.trimmed(String(format: "%.\(min(digits, 12))f", position / scale)).minus)
            }, power: power)
    }

    /// Without zeros at the end of the decimals, and without the sign of zero.
    static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text == "-0" ? "0" : text }
        var text = text
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text == "-0" ? "0" : text
    }

    /// Powers of ten, with 2 and 5 between them where there are few.
    package static func logarithmic(_ range: ClosedRange<Double>, count: Int = 6) -> Ticks {
        precondition(range.lowerBound > 0 && range.upperBound > range.lowerBound, "logarithmic ticks of range \(range)")
        let (low, high) = (log10(range.lowerBound), log10(range.upperBound))
        func inside(_ value: Double) -> Bool { value >= range.lowerBound * (1 - 1e-9) && value <= range.upperBound * (1 + 1e-9) }
        let decades = Array(Int(floor(low))...Int(ceil(high)))
        if high - low < 2.2 {
            let short = high - low < 0.7
            let factors: [Double] = short ? [1, 1.5, 2, 3, 4, 5, 6, 8] : [1, 2, 5]
            let positions = decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }.filter(inside)
            if positions.count >= 2 {
                let minor = decades.flatMap { decade in (2...9).map { Double($0) * pow(10, Double(decade)) } }.filter(inside)
                return Ticks(major: positions.map { ($0, plain($0)) }, minor: short ? [] : minor)
            }
            return linear(range, count: 3)
        }
        let stride = max(1, Int((Double(decades.count) / Double(count)).rounded(.up)))
        let positions = decades.filter { $0 % stride == 0 && inside(pow(10, Double($0))) }
        let minor: [Double] =
            stride == 1
            ? decades.flatMap { decade in (2...9).map { Double($0) * pow(10, Double(decade)) } }.filter(inside)
            : decades.map { pow(10, Double($0)) }.filter(inside)
        return Ticks(major: positions.map { (pow(10, Double($0)), powerOfTen($0)) }, minor: minor)
    }

    /// `10⁻³`; 1 and 10 as themselves.
    static func powerOfTen(_ exponent: Int) -> String {
        switch exponent {
        case 0: "1"
        case 1: "10"
        default: "10" + superscript(exponent)
        }
    }

    /// A whole number in superscript digits.
    static func superscript(_ value: Int) -> String {
        String("\(value)".map { $0 == "-" ? "⁻" : Array("⁰¹²³⁴⁵⁶⁷⁸⁹")[$0.wholeNumberValue!] })
    }

    /// A number as short as it can be: `0.02`, `500`, `2·10⁻⁵`.
    static func plain(_ value: Double) -> String {
        let exponent = Int(floor(log10(abs(value)) + 1e-9))
        if exponent >= -3 && exponent < 4 { return value.short.minus }
        return "\((value / pow(10, Double(exponent))).short)·10\(superscript(exponent))".minus
    }

    /// A number with as many decimals as it takes to write all of `values` (at most 9).
    static func fixed(_ value: Double, among values: [Double]) -> String {
        let step = zip(values, values.dropFirst()).map { abs($1 - $0) }.filter { $0 > 0 }.min() ?? max(abs(value), 1)
        let digits = (0...9).first { digits in
            let unit = pow(10, -Double(digits))
            return values.allSatisfy { abs($0 - ($0 / unit).rounded() * unit) < 1e-3 * step }
        }
        return String(format: "%.\(digits ?? 9)f", value).minus
    }

    /// The gnuplot command that sets the ticks of `axis` (`x`, `y`, `y2`).
    func command(_ axis: String, labels: Bool = true) -> String {
        let items =
            major.map { "\(Page.quoted(labels ? $0.label : "")) \($0.position)" } + minor.map { "'' \($0) 1" }
        return "set \(axis)tics (\(items.joined(separator: ", "))) font ',\(Look.tickSize.short)' textcolor rgb 'black'"
    }
}

extension String {
    /// With a true minus sign.
    fileprivate var minus: String { replacingOccurrences(of: "-", with: "−") }
}

/// A number with three significant digits for titles: `0.0312`, `1.24·10⁻⁵`.
package func threeDigits(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
    guard value != 0 else { return "0" }
    let text = String(format: "%.2e", value)
    let parts = text.split(separator: "e")
    let (mantissa, exponent) = (parts[0], Int(parts[1])!)
    if exponent >= -3 && exponent < 5 {
        return String(format: "%.\(max(0, 2 - exponent))f", value).replacingOccurrences(of: "-", with: "−")
    }
    return "\(mantissa)·10\(Ticks.superscript(exponent))".replacingOccurrences(of: "-", with: "−")
}
