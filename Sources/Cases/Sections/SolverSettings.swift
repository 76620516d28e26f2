/// The `[solver]` section: a discretisation of the equation with its linear solver or time stepper.
public protocol SolverSettings: NamedSettings {}

extension Registry.Entry where Product == any SolverSettings {
    /// The solver with settings of `type`.
    public init<Settings: SolverSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}
