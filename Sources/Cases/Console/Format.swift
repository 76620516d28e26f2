import Foundation

/// Numbers as people read them.
public enum Format {
    /// `digits` significant digits: `0.0123`, `12.3`, `1230`, `1.23e-5`.
    public static func significant(_ value: Double, _ digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        if value == 0 { return "0" }
        let scientific = String(format: "%.\(digits - 1)e", value)
        let parts = scientific.split(separator: "e")
        let exponent = Int(parts[1]) ?? 0
        if exponent < -4 || exponent > 6 { return "\(parts[0])e\(exponent)" }
        return String(format: "%.\(max(0, digits - 1 - exponent))f", value)
    }

    /// A time span in the two units that matter: `3.2 ms`, `12.3 s`, `3 min 20 s`, `2 h 05 min`, `1 d 3 h`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0 else { return "unknown" }
        if seconds < 1e-3 { return significant(seconds * 1e6) + " us" }
        if seconds < 0.9995 { return significant(seconds * 1e3) + " ms" }
        if seconds < 59.95 { return String(format: "%.1f s", seconds) }
        let whole = Int(min(seconds, 1e15).rounded())
        if whole < 3600 { return "\(whole / 60) min \(String(format: "%02d", whole % 60)) s" }
        let minutes = (whole + 30) / 60
        if minutes < 24 * 60 { return "\(minutes / 60) h \(String(format: "%02d", minutes % 60)) min" }
        let hours = (whole + 1800) / 3600
        return "\(hours / 24) d \(hours % 24) h"
    }

    /// A number of bytes in powers of 1024: `640 B`, `1.4 MiB`.
    public static func bytes(_ count: Int) -> String {
        var value = Double(count)
        if abs(value) < 1024 { return "\(count) B" }
        for unit in ["KiB", "MiB", "GiB", "TiB"] {
            value /= 1024
            if abs(value) < 999.5 || unit == "TiB" { return significant(value) + " " + unit }
        }
        return "\(count) B"
    }

    /// An integer in groups of three: `2,368,001`.
    public static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return (value < 0 ? "-" : "") + result
    }

    /// A fraction as a percentage with `digits` significant digits: `1.08 %`.
    public static func percent(_ fraction: Double, _ digits: Int = 3) -> String { significant(100 * fraction, digits) + " %" }
}
