import NeuralOperators

/// The `loss` of the `[training]` section: what training makes small.
public protocol LossSettings: NamedSettings {
    /// The loss for fields on a uniform grid.
    func makeLoss(spacing: [Double], periodic: [Bool]) -> any Loss
}

extension Registry.Entry where Product == any LossSettings {
    /// The loss with settings of `type`.
    public init<Settings: LossSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
