import Datasets
import Grids
import Tensors

extension DatasetFile {
    /// Input fields of some samples, `[sample, x..., field]`; a number of a sample (a parameter of the equation) is a field that is constant in space.
    func readInputs(_ names: [String], samples indices: [Int]) throws -> Tensor<Float> {
        let isNumber = names.map { schema.field($0)?.dependence.space == FieldDescription.Dependence.Space.none }
        if !isNumber.contains(true) { return try read(samples: indices, fields: names) }
        let points = grid.count
        let result = Tensor<Float>(uninitialized: [indices.count] + grid.shape + [names.count])
        for (channel, name) in names.enumerated() {
            let values: Tensor<Float> =
                isNumber[channel] ? try readNumbers(samples: indices, fields: [name]) : try read(samples: indices, fields: [name])
            let (source, target, step) = (values.basePointer, result.kernelPointer + channel, isNumber[channel] ? 0 : 1)
            for sample in indices.indices {
                for point in 0..<points {
                    target[(sample * points + point) * names.count] = source[step == 0 ? sample : sample * points + point]
                }
            }
        }
        return result
    }
}
