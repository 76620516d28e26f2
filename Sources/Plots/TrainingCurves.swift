/// Loss against epoch on a logarithmic scale, with the learning rate on a second axis.
public struct TrainingCurves: Figure {
    /// Epoch (or fraction of one) of each training value.
    public var epochs: [Double]
    /// Training loss.
    public var training: [Double]
    /// Epoch of each validation value.
    public var validationEpochs: [Double]
    /// Validation loss; empty for none.
    public var validation: [Double]
    /// Learning rate at each of `epochs`; empty for none.
    public var learningRate: [Double]
    /// What the loss is.
    public var loss: Quantity
    /// Title; empty for none.
    public var title: String

    /// Curves of one run.
    public init(
        epochs: [Double], training: [Double], validationEpochs: [Double] = [], validation: [Double] = [], learningRate: [Double] = [],
        loss: Quantity, title: String = ""
    ) {
        precondition(epochs.count == training.count, "\(epochs.count) epochs and \(training.count) losses")
        precondition(
            validationEpochs.count == validation.count, "\(validationEpochs.count) epochs and \(validation.count) validation losses")
        precondition(
            learningRate.isEmpty || learningRate.count == epochs.count, "\(learningRate.count) learning rates, \(epochs.count) epochs")
        self.epochs = epochs
        self.training = training
        self.validationEpochs = validationEpochs
        self.validation = validation
        self.learningRate = learningRate
        self.loss = loss
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        var series: [Series] = []
        if !learningRate.isEmpty {
            series.append(
                Series(label: "learning rate", x: epochs, y: learningRate, style: .line(.sky, dashed: true, width: 1), onSecondAxis: true))
        }
        series.append(Series(label: "training", x: epochs, y: training, style: .line(.blue)))
        if !validation.isEmpty {
            series.append(Series(label: "validation", x: validationEpochs, y: validation, style: .line(.vermillion)))
            let finite = validation.indices.filter { validation[$0] > 0 && validation[$0].isFinite }
            if let best = finite.min(by: { validation[$0] < validation[$1] }) {
                series.append(
                    Series(
                        label: "best: \(threeDigits(validation[best])) at epoch \(validationEpochs[best].short)",
                        x: [validationEpochs[best]],
                        y: [validation[best]], style: .points(.vermillion, size: 0.9)))
            }
        }
        let second = learningRate.isEmpty ? nil : Axis(quantity: Quantity("learning rate"), isLogarithmic: true)
        return try .single(
            CurvePanel(
                frame: .standard(title: title, secondAxis: second != nil), x: Axis(quantity: Quantity("epoch")),
                y: Axis(quantity: loss, isLogarithmic: true), secondY: second, series: series),
            title: title, figure: "training curves")
    }
}
