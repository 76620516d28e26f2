import Tensors

extension Normaliser {
    /// A normaliser in a model file: JSON text, and tensors where there are too many numbers for text.
    public struct Record: Codable, Equatable, Sendable {
        /// What shift and scale are made of.
        public let kind: Kind
        /// Shape of shift and scale.
        public let shape: [Int]
        /// Shift of each channel; absent if it is a tensor.
        public let shift: [Double]?
        /// Scale of each channel; absent if it is a tensor.
        public let scale: [Double]?
    }

    /// What goes into the JSON text.
    public var record: Record {
        let isText = kind != .pointwiseGaussian
        return Record(kind: kind, shape: shift.shape, shift: isText ? shift.scalars : nil, scale: isText ? scale.scalars : nil)
    }

    /// What goes into the file as tensors, by name: `shift` and `scale` of pointwise statistics.
    public var tensors: [String: Tensor<Double>] { kind == .pointwiseGaussian ? ["shift": shift, "scale": scale] : [:] }

    /// Restores a normaliser; `tensor` gives the tensors of the file by name.
    ///
    /// - Throws: `OperatorError.invalidSetting` if numbers are missing, infinite or zero where they divide; what `tensor` throws.
    public init(_ record: Record, tensor: (String) throws -> Tensor<Double>) throws {
        func invalid(_ setting: String, _ found: String, _ allowed: String) -> OperatorError {
            .invalidSetting(layer: "normaliser", setting: setting, found: found, allowed: allowed)
        }
        let isPointwise = record.kind == .pointwiseGaussian
        guard record.shape.allSatisfy({ $0 > 0 }), isPointwise ? record.shape.count >= 2 : record.shape.count == 1 else {
            throw invalid("shape", "\(record.shape)", isPointwise ? "[points..., channels]" : "[channels]")
        }
        func values(_ name: String, _ text: [Double]?) throws -> Tensor<Double> {
            let result: Tensor<Double>
            if isPointwise {
                result = try tensor(name)
                guard result.shape == record.shape else { throw invalid(name, "shape \(result.shape)", "shape \(record.shape)") }
            } else {
                guard let text, text.count == record.shape[0] else {
                    throw invalid(name, "\(text?.count ?? 0) numbers", "\(record.shape[0]), one for each channel")
                }
                result = Tensor(record.shape, text)
            }
            if let index = Kernels.firstNonFinite(result.count, result.basePointer) {
                throw invalid(name, "\(result.basePointer[index])", "finite numbers")
            }
            return result
        }
        let shift = try values("shift", record.shift)
        let scale = try values("scale", record.scale)
        guard scale.scalars.allSatisfy({ $0 != 0 }) else { throw invalid("scale", "0", "numbers other than 0") }
        self.init(kind: record.kind, shift: shift, scale: scale)
    }
}
