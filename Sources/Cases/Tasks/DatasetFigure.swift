import Datasets
import Foundation
import Grids
import Plots
import Tensors

/// Draws the fields of one sample of a dataset file; a series in time as an animation when the target is a GIF.
public struct DatasetFigure: Sendable {
    private let path: String

    /// The figure of a file.
    public init(_ path: String) { self.path = path }

    /// Draws sample `sample` to `target` (.png, .pdf, or .gif for fields in time).
    ///
    /// - Throws: `DatasetsError` when there is no such sample or field to draw, `PlotError`.
    public func draw(sample: Int, to target: String) throws {
        let file = try DatasetFile(path)
        guard sample >= 0 && sample < file.sampleCount else {
            throw DatasetsError.otherDefinition(
                path: path, item: "samples", found: "\(file.sampleCount)", expected: "more than the number asked for, \(sample)")
        }
        let fields = file.fields.filter { $0.dependence.space == .all && $0.role != .coordinate }
        let trajectories = fields.filter(\.dependence.time)
        if file.grid.dimension == 1, let times = file.times, times.count > 1, !trajectories.isEmpty {
            return try planes(file, trajectories, sample).write(to: URL(fileURLWithPath: target))
        }
        guard file.grid.dimension == 2, file.grid.isUniform || file.grid.mapping.count == 2, !fields.isEmpty else {
            throw DatasetsError.otherDefinition(
                path: path, item: "grid", found: "\(file.grid)", expected: "a grid of two axes with fields on it")
        }
        let grid = try PlotGrid(file, sample: sample)
        let title = file.attributes["title"]?.text ?? ""
        func values(_ field: FieldDescription, _ frame: Int) throws -> Tensor<Double> {
            try file.read(
                samples: [sample], fields: [field.name], frames: field.dependence.time ? frame..<(frame + 1) : nil, as: Double.self
            )
            .reshaped(file.grid.shape)
        }
        if target.hasSuffix(".gif"), let times = file.times, let field = fields.first(where: { $0.dependence.time }) {
            let frames = try (0..<times.count).map { try values(field, $0) }
            return try FieldAnimation(truth: frames, times: times.coordinates, grid: grid, quantity: Quantity(field), title: title)
                .write(to: URL(fileURLWithPath: target))
        }
        let last = (file.times?.count ?? 1) - 1
        let panels = try fields.prefix(4).map { FieldGallery.Panel(Quantity($0), try values($0, last)) }
        try FieldGallery(panels, grid: grid, title: title).write(to: URL(fileURLWithPath: target))
    }

    /// Fields on a line in time as planes of place and time.
    private func planes(_ file: DatasetFile, _ fields: [FieldDescription], _ sample: Int) throws -> FieldGallery {
        let (axis, times) = (file.grid.axes[0], file.times!)
        let panels = try fields.prefix(4).map { field in
            let values: Tensor<Double> = try file.read(samples: [sample], fields: [field.name], as: Double.self)
            return FieldGallery.Panel(Quantity(field), values.reshaped([times.count, axis.count]))
        }
        let grid = PlotGrid.points(
            xs: axis.coordinates, ys: times.coordinates, x: Quantity(axis.name, unit: axis.units), y: Quantity("t", unit: times.units))
        return FieldGallery(panels, grid: grid, title: file.attributes["title"]?.text ?? "")
    }
}
