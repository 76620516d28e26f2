import Training

/// The `schedule` of the `[training]` section: the learning rate as a function of the step.
public protocol ScheduleSettings: NamedSettings {
    /// The schedule.
    var schedule: LearningRateSchedule { get }
}

extension Registry.Entry where Product == any ScheduleSettings {
    /// The schedule with settings of `type`.
    public init<Settings: ScheduleSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
