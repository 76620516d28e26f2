import Communication
import Datasets
import Metrics
import NeuralOperators
import Plots
import Solvers
import Training

/// Tells faults of the user's input, which end the program with exit code 2, from failures of the machine or the program.
public enum UserFault {
    /// Whether the input has to change before the same command can succeed.
    public static func isOne(_ error: any Error) -> Bool {
        switch error {
        case is CaseError, is ProblemError, is ReferenceError, is InspectionError, is ComparisonError: true
        case is OperatorError, is ForeignModelError, is DatasetsError, is TrainingError, is SolverError, is MetricError: true
        case CommunicationError.failed, CommunicationError.strangers: true
        case PlotError.format, PlotError.unwritable, PlotError.nothingToDraw: true
        default: false
        }
    }
}
