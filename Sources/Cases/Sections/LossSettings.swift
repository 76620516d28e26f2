/// The `loss` of the `[training]` section: what training makes small.
public protocol LossSettings: NamedSettings {}

extension Registry.Entry where Product == any LossSettings {
    /// The loss with settings of `type`.
    public init<Settings: LossSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
