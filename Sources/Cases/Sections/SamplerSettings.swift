/// The `[sampler]` section: the law of the random inputs.
public protocol SamplerSettings: NamedSettings {}

extension Registry.Entry where Product == any SamplerSettings {
    /// The sampler with settings of `type`.
    public init<Settings: SamplerSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
