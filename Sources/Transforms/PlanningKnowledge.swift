import Tensors

/// What a process has measured about fast implementations, to be handed to another.
///
/// Implementations differ in the last bits. Processes on machines of one kind that share what one of them knows, before they make any
/// transform, compute the same bits.
public struct PlanningKnowledge: Codable, Equatable, Sendable {
    private var choices: String
    private var float, double: String

    /// What this process knows now, from earlier runs or by its own measurements.
    public static var current: PlanningKnowledge {
        FFTWLibrary.withPlanner { $0.readStoredWisdom() }
        return PlanningKnowledge(
            choices: PlanChoices.shared.text, float: FourierPlanner.exportWisdom(for: Float.self),
            double: FourierPlanner.exportWisdom(for: Double.self))
    }

    /// Replaces what this process knows; transforms that exist keep their plans.
    public func adopt() {
        PlanChoices.shared.replace(by: choices)
        FourierPlanner.replaceWisdom(float: float, double: double)
    }
}
