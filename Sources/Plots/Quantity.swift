/// What an axis or a colour bar shows: a name and its unit.
public struct Quantity: Sendable, Equatable {
    /// The name, such as `vorticity`.
    public var name: String
    /// The unit, such as `m s-1`; `1` or empty for a pure number.
    public var unit: String

    /// A quantity with its unit.
    public init(_ name: String, unit: String = "1") {
        self.name = name
        self.unit = unit
    }

    /// `name [unit]`, `name [–]` for a pure number; a power of ten that was taken out of the tick labels stands before the unit.
    package func label(power: Int = 0) -> String {
        let dimensionless = unit.isEmpty || unit == "1"
        let factor = power == 0 ? "" : "10" + Ticks.superscript(power)
        if dimensionless { return "\(name) [\(power == 0 ? "–" : factor)]" }
        return "\(name) [\(factor.isEmpty ? "" : factor + " ")\(unit)]"
    }
}
