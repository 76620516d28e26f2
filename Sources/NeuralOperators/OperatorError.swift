/// Why an operator cannot be built, or cannot be applied to a field.
public enum OperatorError: Error, Equatable, CustomStringConvertible {
    /// A setting of the operator has a value that the architecture does not allow.
    case invalidSetting(layer: String, setting: String, found: String, allowed: String)
    /// A field has a shape that the operator cannot take.
    case shapeMismatch(layer: String, found: [Int], expected: String)
    /// The architecture cannot represent a boundary condition.
    case unsupportedBoundary(layer: String, found: String, allowed: String)

    /// What was found and what is allowed.
    public var description: String {
        switch self {
        case .invalidSetting(let layer, let setting, let found, let allowed): "\(layer): \(setting) is \(found); allowed: \(allowed)"
        case .shapeMismatch(let layer, let found, let expected): "\(layer): a field of shape \(found) does not fit; expected \(expected)"
        case .unsupportedBoundary(let layer, let found, let allowed):
            "\(layer): boundary \(found) cannot be represented; allowed: \(allowed)"
        }
    }
}
