import Synchronization
import Tensors

/// Everything that determines an FFTW plan: the key of the plan cache.
struct PlanDescription: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case realToComplex, complexToReal, complexForward, complexInverse, realToReal }

    /// One transformed or looped axis; strides count elements of the array they index (reals or complex pairs).
    struct Axis: Hashable, Sendable {
        var count: Int
        var inputStride: Int
        var outputStride: Int

        init(_ count: Int, _ inputStride: Int, _ outputStride: Int) {
            self.count = count
            self.inputStride = inputStride
            self.outputStride = outputStride
        }
    }

    var kind: Kind
    /// Transformed axes with their logical (real-space) extents; the last one is halved for real transforms.
    var axes: [Axis]
    /// Independent repetitions.
    var loops: [Axis]
    var inPlace = false
    /// One FFTW kind for each axis of a real-to-real transform.
    var realKinds: [UInt32] = []
    var effort: PlanningEffort = FourierPlanner.effort
    var isAligned = true
    /// `float32` or `float64`.
    var typeName = ""

    var flags: UInt32 {
        // Bits of fftw3.h: DESTROY_INPUT = 1, UNALIGNED = 2, PRESERVE_INPUT = 16.
        let preservation: UInt32 = kind == .complexToReal ? 1 : (inPlace ? 0 : 16)
        return effort.flag | preservation | (isAligned ? 0 : 2)
    }

    /// Scalars from the first to the last one read.
    var inputExtent: Int {
        extent(\.inputStride, isHalved: kind == .complexToReal, isComplex: kind != .realToComplex && kind != .realToReal)
    }

    /// Scalars from the first to the last one written.
    var outputExtent: Int {
        extent(\.outputStride, isHalved: kind == .realToComplex, isComplex: kind != .complexToReal && kind != .realToReal)
    }

    private func extent(_ stride: KeyPath<Axis, Int>, isHalved: Bool, isComplex: Bool) -> Int {
        var last = 0
        for (index, axis) in axes.enumerated() {
            let count = isHalved && index == axes.count - 1 ? axis.count / 2 + 1 : axis.count
            last += (count - 1) * axis[keyPath: stride]
        }
        for loop in loops { last += (loop.count - 1) * loop[keyPath: stride] }
        return (last + 1) * (isComplex ? 2 : 1)
    }
}

/// An FFTW plan; execution is thread-safe and allocates nothing.
///
/// Invariant: `handle` is destroyed once, in deinit, under the planner's lock.
final class FFTWPlan<S: Scalar>: @unchecked Sendable {
    private let description: PlanDescription
    private let handle: OpaquePointer
    /// Floating-point operations of an execution, as FFTW counts those of the algorithm it has chosen.
    private let operations: Int

    /// The plan for a description from the process-wide cache, made if absent.
    static func cached(_ description: PlanDescription) -> FFTWPlan {
        var description = description
        description.typeName = S.typeName
        return FFTWLibrary.withPlanner { $0.plan(description) }
    }

    /// Makes a plan on scratch memory; only called under the planner's lock.
    init(making description: PlanDescription) {
        let input = Storage<S>(count: max(description.inputExtent, description.inPlace ? description.outputExtent : 0))
        let output = description.inPlace ? input : Storage<S>(count: description.outputExtent)
        // Zeros: measuring on denormal or NaN garbage would time exceptions.
        input.pointer.update(repeating: 0, count: input.count)
        if !description.inPlace { output.pointer.update(repeating: 0, count: output.count) }
        guard let handle = FFTWLibrary.makePlan(description, input.pointer, output.pointer) else {
            preconditionFailure("FFTW has no plan for \(description)")
        }
        self.description = description
        self.handle = handle
        operations = FFTWLibrary.operations(handle, S.self)
    }

    deinit {
        FFTWLibrary.withPlanner { [handle] _ in FFTWLibrary.destroy(handle, S.self) }
    }

    /// Transforms `input` into `output` (the same address if and only if the plan is in place).
    func execute(_ input: UnsafeMutablePointer<S>, _ output: UnsafeMutablePointer<S>) {
        assert((input == output) == description.inPlace)
        if FFTWLibrary.isAligned(input) && FFTWLibrary.isAligned(output) || !description.isAligned {
            Flops.addOther(operations)
            FFTWLibrary.execute(handle, description.kind, input, output)
        } else {
            var unaligned = description
            unaligned.isAligned = false
            FFTWPlan.cached(unaligned).execute(input, output)
        }
    }

    /// Transforms an input that the plan leaves as it is (every kind but complex to real).
    func execute(_ input: UnsafePointer<S>, _ output: UnsafeMutablePointer<S>) {
        assert(description.kind != .complexToReal)
        execute(UnsafeMutablePointer(mutating: input), output)
    }
}
