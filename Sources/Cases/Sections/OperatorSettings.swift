/// The `[operator]` section: the architecture of a neural operator.
public protocol OperatorSettings: NamedSettings {}

extension Registry.Entry where Product == any OperatorSettings {
    /// The operator with settings of `type`.
    public init<Settings: OperatorSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
