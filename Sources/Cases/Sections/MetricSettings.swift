/// A metric of the `[evaluation]` section: a number that compares a prediction with the truth.
public protocol MetricSettings: NamedSettings {}

extension Registry.Entry where Product == any MetricSettings {
    /// The metric with settings of `type`.
    public init<Settings: MetricSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
