import Grids
import Tensors

/// Reads the MATLAB v7.3 files of the FNO paper.
///
/// MATLAB stores arrays by columns, so HDF5 shows `u(sample, x, y, t)` as `(t, y, x, sample)`. The files hold no coordinates: the domain
/// is the unit interval or square.
///
/// Reference: Z. Li et al., "Fourier neural operator for parametric partial differential equations", arXiv:2010.08895.
enum FNOImporter {
    static func recognises(_ root: NetCDFGroup) throws -> Bool { try pair(root) != nil }

    /// Input and output arrays, whether they are coefficient and steady solution, or initial value and later ones.
    private static func pair(_ root: NetCDFGroup) throws -> (input: NetCDFVariable, output: NetCDFVariable)? {
        for (input, output) in [("coeff", "sol"), ("a", "u"), ("input", "output")] {
            if let first = try root.variable(input), let second = try root.variable(output), first.shape.count >= 2 {
                return (first, second)
            }
        }
        return nil
    }

    static func open(_ file: NetCDFFile, options: ConversionOptions) throws -> ForeignDataset {
        guard let (input, output) = try pair(file.root), let samples = input.shape.last else {
            throw DatasetsError.notConvertible(path: file.path, reason: "neither 'coeff' and 'sol' nor 'a' and 'u'")
        }
        let space = Array(input.shape.dropLast())
        guard (1...2).contains(space.count), output.shape.last == samples, Array(output.shape.dropLast().suffix(space.count)) == space,
            output.shape.count - input.shape.count <= 1
        else {
            throw DatasetsError.invalid(
                path: file.path, item: "variables '\(input.name)' and '\(output.name)'",
                found: "shapes \(Array(input.shape.reversed())) and \(Array(output.shape.reversed())) in MATLAB's order",
                expected: "(sample, x, y) and (sample, x, y) or (sample, x, y, time)")
        }
        let inTime = output.shape.count > input.shape.count
        let isDarcy = input.name == "coeff"
        let geometry = ForeignGeometry(path: file.path, options: options)
        let names = Grid.axisNames(dimension: space.count)
        let kinds = try names.map { try geometry.kind(axis: $0, implied: isDarcy ? .dirichlet : .periodic) }
        let grid = Grid(names.indices.map { geometry.unitAxis(names[$0], count: space[$0], kind: kinds[$0]) })
        var notes = ["the file has no coordinates: the domain is taken as the unit \(space.count == 1 ? "interval" : "square")"]
        var times: Axis?
        if inTime {
            let frames = output.shape[0]
            if let stored = try file.root.variable("t")?.readAll(as: Double.self), stored.count == frames {
                times = try geometry.times(stored, count: frames)
            } else {
                times = Axis(name: "t", coordinates: (1...frames).map(Double.init))
                notes.append("the file has no times: frames are numbered from 1")
            }
        }
        let inputField = FieldDescription(
            name: isDarcy ? "a" : inTime ? "u_initial" : "a", longName: isDarcy ? "coefficient" : "initial value",
            role: isDarcy ? .coefficient : .parameter, dependence: .field)
        let outputField = FieldDescription(
            name: "u", longName: "solution", role: .state, dependence: inTime ? .trajectory : .field)
        let axes = names.compactMap(ForeignAxis.init) + [.sample]
        return ForeignDataset(
            layout: .fno,
            schema: DatasetSchema(
                grid: grid, times: times, boundary: geometry.boundary(Dictionary(uniqueKeysWithValues: zip(names, kinds))),
                fields: [inputField, outputField], precision: options.precision),
            sampleCount: samples,
            fields: [
                ForeignField(description: inputField, read: ForeignVariable(variable: input, axes: axes).read),
                ForeignField(description: outputField, read: ForeignVariable(variable: output, axes: (inTime ? [.time] : []) + axes).read),
            ], notes: notes)
    }
}
