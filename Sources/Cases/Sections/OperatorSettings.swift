import NeuralOperators

/// The `[operator]` section: the architecture of a neural operator.
///
/// A configuration of `NeuralOperators` that lists its keys; the registry of a case is also that of model files.
public protocol OperatorSettings: NamedSettings, OperatorConfiguration {}

extension Registry.Entry where Product == any OperatorSettings {
    /// The operator with settings of `type`.
    public init<Settings: OperatorSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
