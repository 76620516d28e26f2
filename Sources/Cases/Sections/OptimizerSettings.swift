import Autodiff
import Tensors
import Training

/// The `optimizer` of the `[training]` section.
public protocol OptimizerSettings: NamedSettings {
    /// Base learning rate: the schedule gives multiples of it.
    var learningRate: Double { get }

    /// A new optimizer for parameters of `layout`.
    func makeOptimizer<Element: Scalar>(for layout: ParameterLayout, of type: Element.Type) -> any Optimizer<Element>
}

extension Registry.Entry where Product == any OptimizerSettings {
    /// The optimizer with settings of `type`.
    public init<Settings: OptimizerSettings>(_ type: Settings.Type) { self.init(type) { $0 } }
}

extension Allowed<Double> {
    /// Decay rates of moving averages: from 0, below 1.
    static let decayRate = Allowed("from 0 to 1, 1 excluded") { $0 >= 0 && $0 < 1 }
}
