import Autodiff
import NeuralOperators
import Tensors

/// What a training makes small: the loss against solutions, the residual of the equation, or both.
struct TrainingObjective: Sendable {
    let loss: any Loss
    var physics: PhysicsTerm?

    /// Sum over the samples; `indices` are their numbers in the source.
    func sum(_ prediction: Variable<Float>, _ target: Tensor<Float>, input: Variable<Float>, indices: [Int]) -> Variable<Float> {
        guard let physics else { return loss.sum(prediction, target) }
        let terms = [
            physics.residualSum(prediction, input: input), physics.lossSum(loss, prediction, target, indices: indices),
        ].compactMap { $0 }
        return terms.dropFirst().reduce(terms.first ?? (prediction * 0).sum()) { $0 + $1 }
    }
}

/// The residual in a training: samples numbered below `solved` have solutions, the others only an input.
struct PhysicsTerm: Sendable {
    let residual: any EquationResidual
    let settings: PhysicsSettings
    /// Samples with solutions, and in all.
    let solved, count: Int

    fileprivate func residualSum(_ prediction: Variable<Float>, input: Variable<Float>) -> Variable<Float>? {
        guard settings.weight > 0 else { return nil }
        let squares = residual.relativeSquares(of: prediction, input: input)
        return squares.weightedRootSum(Tensor(squares.shape, repeating: Float(settings.weight)))
    }

    /// The loss of the samples that have solutions, times `count / solved`: its mean over an epoch is that over the solutions.
    fileprivate func lossSum(_ loss: any Loss, _ prediction: Variable<Float>, _ target: Tensor<Float>, indices: [Int]) -> Variable<Float>? {
        let rows = indices.indices.filter { indices[$0] < solved }
        guard settings.dataWeight > 0, !rows.isEmpty else { return nil }
        let chosen = RowIndices(rows, sourceCount: indices.count)
        let isWhole = rows.count == indices.count
        let sum = loss.sum(
            isWhole ? prediction : prediction.gatherRows(chosen),
            isWhole ? target : prediction.tape.constant(target).gatherRows(chosen).value)
        return sum * Float(settings.dataWeight * Double(count) / Double(solved))
    }

    /// The relative size of the residual of each sample.
    func sizes(_ prediction: Tensor<Float>, input: Tensor<Float>) -> [Double] {
        let tape = Tape<Float>()
        return withExtendedLifetime(tape) {
            residual.relativeSquares(of: tape.constant(prediction), input: tape.constant(input)).value.scalars.map {
                Double($0).squareRoot()
            }
        }
    }
}
