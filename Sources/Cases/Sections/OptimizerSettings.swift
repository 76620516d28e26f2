/// The `optimizer` of the `[training]` section.
public protocol OptimizerSettings: NamedSettings {}

extension Registry.Entry where Product == any OptimizerSettings {
    /// The optimizer with settings of `type`.
    public init<Settings: OptimizerSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
