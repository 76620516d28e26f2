import COneDNN
import Synchronization

/// One pass of a convolution compiled by oneDNN, with the reorders that its layouts need.
///
/// Threads may share it: everything that an execution changes sits in `Execution`, of which there are as many as concurrent callers.
package final class OneDNNConvolution: @unchecked Sendable {
    /// The layout of a field inside oneDNN; anything but channels-last costs a reorder.
    package enum Layout: String, Hashable, Sendable, CaseIterable {
        case channelsLast = "nhwc"
        case channelsFirst = "nchw"
        case blocked8 = "nChw8c"
        case blocked16 = "nChw16c"

        var tag: dnnl_format_tag_t {
            switch self {
            case .channelsLast: dnnl_nhwc
            case .channelsFirst: dnnl_nchw
            case .blocked8: dnnl_nChw8c
            case .blocked16: dnnl_nChw16c
            }
        }
    }

    /// One of oneDNN's ways to compute a pass, by names that are stable within a version of the library.
    package struct Choice: Hashable, Sendable, LosslessStringConvertible {
        var winograd: Bool
        var input: Layout
        var output: Layout
        /// oneDNN's name of the implementation, for example `brgconv:avx512_core`.
        var implementation: String

        init(winograd: Bool, input: Layout, output: Layout, implementation: String) {
            (self.winograd, self.input, self.output, self.implementation) = (winograd, input, output, implementation)
        }

        package init?(_ description: String) {
            let words = description.split(separator: " ").map(String.init)
            guard words.count == 4, words[0] == "direct" || words[0] == "winograd", let input = Layout(rawValue: words[1]),
                let output = Layout(rawValue: words[2])
            else { return nil }
            self.init(winograd: words[0] == "winograd", input: input, output: output, implementation: words[3])
        }

        package var description: String { "\(winograd ? "winograd" : "direct") \(input.rawValue) \(output.rawValue) \(implementation)" }
    }

    /// The role of an array; the raw value is its place in the argument lists here.
    private enum Role: Int, CaseIterable { case input, weights, output, bias }

    private struct Argument {
        var role: Role
        var number: Int32
        /// How the caller holds the array.
        var callers: dnnl_memory_desc_t
        /// How the primitive wants it.
        var primitives: dnnl_memory_desc_t
        /// Present if the two differ: copies in before, or out after, the primitive.
        var reorder: OneDNN.Primitive?
    }

    private let primitive: OneDNN.Primitive
    private let arguments: [Argument]
    private let result: Role
    private let scratchBytes: Int
    private let idle = Mutex<[Execution]>([])

    /// Compiles `choice`, or returns nil if oneDNN does not offer it with these options.
    init?(_ shape: Convolution, _ pass: ConvolutionPass, hasBias: Bool, accumulates: Bool, choice: Choice) {
        // oneDNN decides at creation how many threads a primitive uses.
        omp_set_num_threads(1)
        let callers = Role.allCases.map { OneDNNConvolution.callersDescriptor(shape, $0) }
        result = pass == .forward ? .output : pass == .dataGradient ? .input : .weights
        // Only forward primitives can add to their target; otherwise the reorder of the result does it, if there is one.
        let inPrimitive = accumulates && pass == .forward && choice.output == .channelsLast
        var found: dnnl_primitive_desc_t?
        OneDNNConvolution.offers(
            shape, pass, hasBias: hasBias, accumulates: inPrimitive, winograd: choice.winograd, input: choice.input, output: choice.output
        ) { name, description in
            guard name == choice.implementation else { return false }
            found = description
            return true
        }
        guard let found else { return nil }
        defer { dnnl_primitive_desc_destroy(found) }
        guard let primitive = OneDNN.Primitive(found) else { return nil }
        self.primitive = primitive
        var arguments: [Argument] = []
        for role in Role.allCases where role != .bias || hasBias {
            let wanted = dnnl_primitive_desc_query_md(found, OneDNNConvolution.query(pass, role), 0).pointee
            var argument = Argument(
                role: role, number: OneDNNConvolution.argument(pass, role), callers: callers[role.rawValue], primitives: wanted)
            if !OneDNN.equal(argument.callers, wanted) {
                let reorder =
                    role == result
                    ? OneDNNConvolution.reorder(wanted, argument.callers, accumulates: accumulates)
                    : OneDNNConvolution.reorder(argument.callers, wanted, accumulates: false)
                guard let reorder else { return nil }
                argument.reorder = reorder
            } else if role == result && accumulates && !inPrimitive {
                return nil
            }
            arguments.append(argument)
        }
        self.arguments = arguments
        self.scratchBytes = max(primitive.scratchBytes, arguments.map { $0.reorder?.scratchBytes ?? 0 }.max() ?? 0)
    }

    /// The choices that oneDNN offers, in its order of preference for each layout.
    static func choices(_ shape: Convolution, _ pass: ConvolutionPass, allowsWinograd: Bool) -> [Choice] {
        omp_set_num_threads(1)
        var result: [Choice] = []
        let layouts: [(Layout, Layout)] = [
            (.channelsLast, .channelsLast), (.blocked16, .blocked16), (.blocked8, .blocked8), (.channelsLast, .blocked16),
            (.channelsLast, .blocked8), (.channelsFirst, .blocked16), (.channelsFirst, .blocked8), (.channelsFirst, .channelsFirst),
        ]
        for winograd in allowsWinograd ? [false, true] : [false] {
            for (input, output) in layouts {
                offers(shape, pass, hasBias: false, accumulates: false, winograd: winograd, input: input, output: output) {
                    name, description in
                    let choice = Choice(winograd: winograd, input: input, output: output, implementation: name)
                    if !name.hasPrefix("ref") && !result.contains(choice) { result.append(choice) }
                    dnnl_primitive_desc_destroy(description)
                    return false
                }
            }
        }
        return result
    }

    private var weights: Argument { arguments.first { $0.role == .weights }! }

    /// Whether both want the weights in the same order.
    func hasWeights(like other: OneDNNConvolution) -> Bool { OneDNN.equal(weights.primitives, other.weights.primitives) }

    /// The weights in the order of the primitive; nil if that is the caller's.
    func ordered(_ values: UnsafeMutablePointer<Float>) -> Storage<Float>? {
        guard let reorder = weights.reorder else { return nil }
        omp_set_num_threads(1)
        let result = Storage<Float>(count: (OneDNN.bytes(weights.primitives) + 3) / 4)
        let scratch = Storage<Float>(count: max(1, (reorder.scratchBytes + 3) / 4))
        let (source, target) = (OneDNN.Memory(weights.callers), OneDNN.Memory(weights.primitives))
        source.bind(values)
        target.bind(result.pointer)
        OneDNN.reorder(reorder, source, target, scratch, OneDNN.Stream())
        return result
    }

    /// Runs the pass on channels-last arrays and weights `[ky, kx, c, d]`, or in the order of the primitive; which of them is written depends on the
    /// pass.
    func run(
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, weightsAreOrdered: Bool = false,
        bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
    ) {
        omp_set_num_threads(1)
        let execution = idle.withLock { $0.popLast() } ?? Execution(self)
        // Scratch memory is asked for anew each time: the pool hands out what this thread has just used, which is in the cache.
        let scratch = Storage<Float>(count: max(1, (scratchBytes + 3) / 4))
        execution.scratch.bind(scratch.pointer)
        var temporaries: [Storage<Float>] = []
        for (index, argument) in arguments.enumerated() {
            let pointer: UnsafeMutablePointer<Float> =
                switch argument.role {
                case .input: input
                case .weights: weights
                case .output: output
                case .bias: UnsafeMutablePointer(mutating: bias!)
                }
            if argument.role == .weights && weightsAreOrdered {
                execution.primitives[index].bind(pointer)
                continue
            }
            execution.callers[index].bind(pointer)
            guard let reorder = argument.reorder else { continue }
            let temporary = Storage<Float>(count: (OneDNN.bytes(argument.primitives) + 3) / 4)
            temporaries.append(temporary)
            execution.primitives[index].bind(temporary.pointer)
            if argument.role != result {
                OneDNN.reorder(reorder, execution.callers[index], execution.primitives[index], scratch, execution.stream)
            }
        }
        execution.list.withUnsafeBufferPointer {
            OneDNN.require(dnnl_primitive_execute(primitive.handle, execution.stream.handle, Int32($0.count), $0.baseAddress))
        }
        for (index, argument) in arguments.enumerated() where argument.role == result {
            guard let reorder = argument.reorder else { continue }
            OneDNN.reorder(reorder, execution.primitives[index], execution.callers[index], scratch, execution.stream)
        }
        withExtendedLifetime(temporaries) {}
        idle.withLock { [execution] in $0.append(execution) }
    }

    /// The objects that one thread binds and runs.
    private final class Execution: @unchecked Sendable {
        let stream = OneDNN.Stream()
        let scratch: OneDNN.Memory
        /// The arrays as the caller holds them, and as the primitive wants them: the same object where no reorder is needed.
        let callers: [OneDNN.Memory]
        let primitives: [OneDNN.Memory]
        let list: [dnnl_exec_arg_t]

        init(_ owner: OneDNNConvolution) {
            scratch = OneDNN.Memory(owner.primitive.scratchDescriptor)
            callers = owner.arguments.map { OneDNN.Memory($0.callers) }
            primitives = zip(owner.arguments, callers).map { $0.reorder == nil ? $1 : OneDNN.Memory($0.primitives) }
            list =
                zip(owner.arguments, primitives).map { dnnl_exec_arg_t(arg: $0.number, memory: $1.handle) }
                + [dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratch.handle)]
        }
    }
}

extension OneDNNConvolution {
    /// Logical extents in oneDNN's order, and the caller's layout.
    private static func callersDescriptor(_ shape: Convolution, _ role: Role) -> dnnl_memory_desc_t {
        switch role {
        case .input, .output, .bias: fieldDescriptor(shape, role, .channelsLast)
        case .weights: OneDNN.descriptor([shape.outputChannels, shape.inputChannels, shape.kernel.y, shape.kernel.x], dnnl_hwio)
        }
    }

    private static func fieldDescriptor(_ shape: Convolution, _ role: Role, _ layout: Layout) -> dnnl_memory_desc_t {
        switch role {
        case .input: OneDNN.descriptor([shape.batch, shape.inputChannels, shape.input.y, shape.input.x], layout.tag)
        case .output: OneDNN.descriptor([shape.batch, shape.outputChannels, shape.output.y, shape.output.x], layout.tag)
        case .weights: OneDNN.descriptor([shape.outputChannels, shape.inputChannels, shape.kernel.y, shape.kernel.x], dnnl_format_tag_any)
        case .bias: OneDNN.descriptor([shape.outputChannels], dnnl_a)
        }
    }

    private static func query(_ pass: ConvolutionPass, _ role: Role) -> dnnl_query_t {
        switch role {
        case .input: pass == .dataGradient ? dnnl_query_diff_src_md : dnnl_query_src_md
        case .output: pass == .forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md
        case .weights: pass == .weightGradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md
        case .bias: dnnl_query_weights_md
        }
    }

    private static func argument(_ pass: ConvolutionPass, _ role: Role) -> Int32 {
        switch role {
        case .input: pass == .dataGradient ? DNNL_ARG_DIFF_SRC_0 : DNNL_ARG_SRC_0
        case .output: pass == .forward ? DNNL_ARG_DST_0 : DNNL_ARG_DIFF_DST_0
        case .weights: pass == .weightGradient ? DNNL_ARG_DIFF_WEIGHTS_0 : DNNL_ARG_WEIGHTS_0
        case .bias: DNNL_ARG_BIAS
        }
    }

    private static func reorder(
        _ source: dnnl_memory_desc_t, _ target: dnnl_memory_desc_t, accumulates: Bool
    ) -> OneDNN.Primitive? {
        OneDNN.withAttributes(accumulates: accumulates) { attributes in
            withUnsafePointer(to: source) { source in
                withUnsafePointer(to: target) { target in
                    var description: dnnl_primitive_desc_t?
                    let engine = OneDNN.engine
                    guard
                        dnnl_reorder_primitive_desc_create(&description, source, engine, target, engine, attributes) == dnnl_success,
                        let description
                    else { return nil }
                    defer { dnnl_primitive_desc_destroy(description) }
                    return OneDNN.Primitive(description)
                }
            }
        }
    }

    /// Walks oneDNN's list of implementations; `body` owns each description and returns whether to stop.
    private static func offers(
        _ shape: Convolution, _ pass: ConvolutionPass, hasBias: Bool, accumulates: Bool, winograd: Bool, input: Layout, output: Layout,
        _ body: (String, dnnl_primitive_desc_t) -> Bool
    ) {
        var source = fieldDescriptor(shape, .input, input)
        var weights = fieldDescriptor(shape, .weights, input)
        var bias = fieldDescriptor(shape, .bias, input)
        var destination = fieldDescriptor(shape, .output, output)
        let strides = [Int64(shape.stride.y), Int64(shape.stride.x)]
        let dilates = [Int64(shape.dilation.y - 1), Int64(shape.dilation.x - 1)]
        let before = [Int64(shape.padding.top), Int64(shape.padding.left)]
        let after = [Int64(shape.padding.bottom), Int64(shape.padding.right)]
        let algorithm = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct
        var operation = dnnl_convolution_desc_t()
        let status =
            switch pass {
            case .forward:
                withUnsafePointer(to: &bias) { bias in
                    dnnl_dilated_convolution_forward_desc_init(
                        &operation, dnnl_forward_training, algorithm, &source, &weights, hasBias ? bias : nil, &destination, strides,
                        dilates,
                        before, after)
                }
            case .dataGradient:
                dnnl_dilated_convolution_backward_data_desc_init(
                    &operation, algorithm, &source, &weights, &destination, strides, dilates, before, after)
            case .weightGradient:
                dnnl_dilated_convolution_backward_weights_desc_init(
                    &operation, algorithm, &source, &weights, nil, &destination, strides, dilates, before, after)
            }
        guard status == dnnl_success else { return }
        OneDNN.withAttributes(accumulates: accumulates) { attributes in
            var iterator: dnnl_primitive_desc_iterator_t?
            guard dnnl_primitive_desc_iterator_create(&iterator, &operation, attributes, OneDNN.engine, nil) == dnnl_success, let iterator
            else { return }
            defer { dnnl_primitive_desc_iterator_destroy(iterator) }
            repeat {
                guard let description = dnnl_primitive_desc_iterator_fetch(iterator) else { return }
                var name: UnsafePointer<CChar>?
                OneDNN.require(dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name))
                if body(String(cString: name!), description) { return }
            } while dnnl_primitive_desc_iterator_next(iterator) == dnnl_success
        }
    }
}
