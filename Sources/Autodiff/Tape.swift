import Tensors

/// Records operations on variables so that gradients can be taken in reverse.
///
/// Explicit and small: a node holds its parents and a pullback. Pullbacks are written in tape operations, so with `createGraph` the
/// gradients are themselves recorded and can be differentiated again. One tape belongs to one thread (one shard of a batch).
public final class Tape<Element: Scalar> {
    struct Node {
        let parents: [Int]
        /// Shape of the value, for messages.
        let shape: [Int]
        var derivative: Derivative

        /// Frees what the node keeps.
        mutating func release() { derivative = .none }
    }

    /// How a gradient passes through a node.
    enum Derivative {
        /// A leaf, or a node that has been used.
        case none
        /// Gradients with respect to the parents, `nil` where a parent needs none.
        case pullback((Variable<Element>) -> [Variable<Element>?])
        /// The same, that of the first parent added to what has been handed over as its gradient so far.
        case addingPullback((_ gradient: Variable<Element>, _ sum: consuming Tensor<Element>?) -> [Variable<Element>?])
        /// Records the operations of a checkpointed computation.
        case recompute(() -> Variable<Element>)
    }

    var nodes: [Node] = []
    /// While false, operations compute values and record nothing.
    public internal(set) var isRecording = true
    /// Values of the parameters that layers look up.
    public let parameters: ParameterVector<Element>?
    private var parameterVariables: [Int: Variable<Element>] = [:]
    /// Where the gradients of the parameters go during a backward pass that is for them.
    private var receiver: (any GradientReceiver<Element>)?
    private var parameterOfNode: [Int: Int] = [:]
    private var derivedVariables: [DerivedKey: Variable<Element>] = [:]
    private let derivedValues: DerivedParameters<Element>?
    /// Threads that one operation may use; its bits do not depend on their number.
    package let workers: Workers
    /// Whether `checkpointed(_:_:)` drops what is computed inside.
    private let usesCheckpoints: Bool
    /// Recorded parameters, and what derives from them, that the checkpointed computation under way has looked up.
    private var lookups: Set<Int>?

    /// An empty tape; `parameters` are the values that `parameter(_:)` returns.
    ///
    /// - Parameters:
    ///   - checkpoints: keep only the inputs of computations that the operator marks with `checkpointed(_:_:)`.
    ///   - workers: threads that share the operations of a network that is not cut into so many shards.
    public init(parameters: ParameterVector<Element>? = nil, checkpoints: Bool = false, workers: Workers = Workers(threads: 1)) {
        self.parameters = parameters
        self.workers = workers
        usesCheckpoints = checkpoints
        derivedValues = nil
    }

    /// A tape for inference, on which nothing is differentiable; what is derived from parameters alone is shared with other tapes.
    public init(
        inferenceWith parameters: ParameterVector<Element>, sharing derived: DerivedParameters<Element>,
        workers: Workers = Workers(threads: 1)
    ) {
        self.parameters = parameters
        self.workers = workers
        usesCheckpoints = false
        derivedValues = derived
        isDifferentiable = false
        derived.renew(for: parameters)
    }

    /// A value that no gradient is taken of.
    @specialized(where Element == Float)
    public func constant(_ value: Tensor<Element>) -> Variable<Element> { Variable(tape: self, value: value, id: -1) }

    /// A value that gradients can be taken of.
    @specialized(where Element == Float)
    public func variable(_ value: Tensor<Element>) -> Variable<Element> {
        nodes.append(Node(parents: [], shape: value.shape, derivative: .none))
        return Variable(tape: self, value: value, id: nodes.count - 1)
    }

    /// The parameter of a layer; the same variable each time.
    @specialized(where Element == Float)
    public func parameter(_ parameter: Parameter) -> Variable<Element> {
        if let known = parameterVariables[parameter.index] {
            lookups?.insert(known.id)
            return known
        }
        guard let parameters else { preconditionFailure("parameter \(parameter.path) looked up on a tape without parameters") }
        let value = parameters[parameter]
        guard isDifferentiable else { return constant(value) }
        let variable = variable(value)
        parameterVariables[parameter.index] = variable
        parameterOfNode[variable.id] = parameter.index
        lookups?.insert(variable.id)
        return variable
    }

    /// What a layer computes from its parameters alone (a weight expanded over a group), made by `make` once for a tape or for all tapes that share
    /// derived values; `parameter` names it, together with a word where several things derive from one.
    @specialized(where Element == Float)
    public func derived(from parameter: Parameter, as form: String = "", _ make: () -> Variable<Element>) -> Variable<Element> {
        let key = DerivedKey(parameter: parameter.index, form: form)
        if let known = derivedVariables[key] {
            lookups?.insert(known.id)
            return known
        }
        let variable: Variable<Element>
        if let derivedValues {
            variable = constant(derivedValues.value(for: key) { make().value })
        } else {
            // Recorded even inside a checkpointed computation: it belongs to the tape, as the parameters do.
            let recording = isRecording
            isRecording = recording || lookups != nil
            variable = make()
            isRecording = recording
            guard recording || lookups != nil else { return variable }
        }
        derivedVariables[key] = variable
        if variable.needsGradient { lookups?.insert(variable.id) }
        return variable
    }

    /// Whether new operations on parameters are recorded: false on a tape for inference.
    public var isDifferentiable = true

    /// Appends an operation; nothing is recorded when no parent needs a gradient.
    @specialized(where Element == Float)
    package func record(
        _ value: Tensor<Element>, _ parents: [Variable<Element>], _ pullback: @escaping (Variable<Element>) -> [Variable<Element>?]
    ) -> Variable<Element> {
        append(value, parents, .pullback(pullback))
    }

    /// The same for an operation that can add to its first parent's gradient, which saves a pass over memory and a field.
    ///
    /// `pullback` gets the sum of what other operations have contributed, if anything, and returns it with its own contribution: the sum is nobody else's
    /// then. While gradients are recorded there is no sum.
    @specialized(where Element == Float)
    func recordAdding(
        _ value: Tensor<Element>, _ parents: [Variable<Element>],
        _ pullback: @escaping (_ gradient: Variable<Element>, _ sum: consuming Tensor<Element>?) -> [Variable<Element>?]
    ) -> Variable<Element> {
        append(value, parents, .addingPullback(pullback))
    }

    private func append(_ value: Tensor<Element>, _ parents: [Variable<Element>], _ derivative: Derivative) -> Variable<Element> {
        // Closures, not key paths: in a generic class a key path is made anew at every call.
        guard isRecording, parents.contains(where: { $0.needsGradient }) else { return constant(value) }
        nodes.append(Node(parents: parents.map { $0.id }, shape: value.shape, derivative: derivative))
        return Variable(tape: self, value: value, id: nodes.count - 1)
    }

    /// Appends an operation with a hand-written first-order backward kernel.
    ///
    /// `backward` gets the gradient of the output and returns those of the parents. When the gradients are to be differentiated again,
    /// the operation is instead rebuilt by `composition` from primitive tape operations and that subgraph is differentiated.
    @specialized(where Element == Float)
    package func recordFused(
        _ value: Tensor<Element>, _ parents: [Variable<Element>], backward: @escaping (Tensor<Element>) -> [Tensor<Element>?],
        composition: @escaping ([Variable<Element>]) -> Variable<Element>
    ) -> Variable<Element> {
        record(value, parents) { [unowned self] gradient in
            guard self.isRecording else { return backward(gradient.value).map { $0.map(self.constant) } }
            let rebuilt = composition(parents)
            return self.propagate(from: rebuilt, seed: gradient, to: parents.map { $0.needsGradient ? $0 : nil }, stopAtInputs: true)
        }
    }

    /// Gradients of `sum(seed * output)` with respect to `inputs`; `seed` defaults to ones.
    ///
    /// With `createGraph` the gradients are recorded, so that they can be differentiated again. Without it every node is released as
    /// soon as it has been used, and the tape cannot be used for a second pass.
    @specialized(where Element == Float)
    public func gradients(
        of output: Variable<Element>, with seed: Tensor<Element>? = nil, for inputs: [Variable<Element>], createGraph: Bool = false
    ) -> [Variable<Element>] {
        let recording = isRecording
        isRecording = createGraph
        defer { isRecording = recording }
        let seed = constant(seed ?? Tensor(output.shape, repeating: 1))
        precondition(seed.shape == output.shape, "seed of shape \(seed.shape) for an output of shape \(output.shape)")
        let result = propagate(from: output, seed: seed, to: inputs.map { $0 }, release: !createGraph)
        return zip(result, inputs).map { $0 ?? constant(Tensor($1.shape, repeating: 0)) }
    }

    /// Runs backward from a scalar loss and writes the gradients of all parameters into `gradients`, zero where unused.
    @specialized(where Element == Float)
    public func accumulateParameterGradients(of loss: Variable<Element>, into gradients: ParameterVector<Element>) {
        precondition(gradients.layout == parameters?.layout, "gradients have another layout than the parameters of the tape")
        passParameterGradients(of: loss, to: VectorReceiver(gradients))
    }

    /// Runs backward from a scalar loss and hands over the gradient of each parameter as soon as nothing more is added to it.
    package func passParameterGradients(of loss: Variable<Element>, to receiver: some GradientReceiver<Element>) {
        isRecording = false
        self.receiver = receiver
        defer {
            isRecording = true
            self.receiver = nil
        }
        let seed = constant(Tensor(loss.shape, repeating: 1))
        var unused = Set(parameters!.layout.entries.indices)
        _ = propagate(from: loss, seed: seed, to: Array(parameterVariables.values), release: true) { [parameterOfNode] node, gradient in
            let index = parameterOfNode[node]!
            receiver.receive(gradient.value, of: index)
            unused.remove(index)
        }
        for index in unused { receiver.receive(nil, of: index) }
    }

    /// A tensor for the gradient of `variable`: the place that the receiver has for a parameter's the first time it is asked for, so that
    /// a large weight gradient is written once and never copied; a fresh tensor otherwise.
    @specialized(where Element == Float)
    package func gradientTensor(for variable: Variable<Element>) -> Tensor<Element> {
        if !isRecording, let receiver, let index = parameterOfNode[variable.id], let place = receiver.place(of: index) { return place }
        return Tensor(uninitialized: variable.shape)
    }

    /// Forgets everything recorded.
    @specialized(where Element == Float)
    public func reset() {
        nodes = []
        parameterVariables = [:]
        parameterOfNode = [:]
        derivedVariables = [:]
    }

    /// What `compute` makes of `inputs`, which is all that is kept: in the backward pass the operations are recorded anew, with the same bits.
    ///
    /// Activation checkpointing (T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training deep nets with sublinear memory cost", 2016, arXiv:1604.06174).
    /// The recorded operations stand in the place of the checkpoint, so that contributions to a gradient are added in the order of a tape
    /// without checkpoints. On such a tape this is `compute(inputs)`.
    ///
    /// - Parameter compute: may use `inputs`, parameters and constants, and no other variable.
    @specialized(where Element == Float)
    public func checkpointed(
        _ inputs: [Variable<Element>], _ compute: @escaping ([Variable<Element>]) -> Variable<Element>
    ) -> Variable<Element> {
        // What is derived from parameters inside a checkpoint is recorded, once for the tape.
        guard usesCheckpoints, isRecording, isDifferentiable, lookups == nil else { return compute(inputs) }
        lookups = []
        isRecording = false
        let value = compute(inputs).value
        isRecording = true
        let parents = inputs.filter(\.needsGradient).map(\.id) + lookups!.sorted()
        lookups = nil
        guard !parents.isEmpty else { return constant(value) }
        nodes.append(Node(parents: parents, shape: value.shape, derivative: .recompute { compute(inputs) }))
        return Variable(tape: self, value: value, id: nodes.count - 1)
    }
}
