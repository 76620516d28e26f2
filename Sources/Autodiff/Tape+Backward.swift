import Tensors

extension Tape {
    /// State of a backward pass.
    private struct Sweep {
        /// Variables whose gradients are asked for.
        let wanted: Set<Int>
        /// Their smallest number: nothing below it is visited.
        let lowest: Int
        /// Whether a node is freed as soon as it has been used.
        let releases: Bool
        /// Whether the wanted variables count as independent of each other.
        let stopsAtInputs: Bool
        /// Takes the gradient of a wanted variable once it is complete, which is then kept no longer.
        let handOver: ((Int, Variable<Element>) -> Void)?
        /// Gradients so far.
        var gradients: [Int: Variable<Element>]
        /// Whether a wanted variable is reached from a node; entry 0 belongs to `lowest`.
        var reaches: [Bool] = []

        /// Whether a node leads to a wanted variable.
        func reaches(_ id: Int) -> Bool { id >= lowest && reaches[id - lowest] }
    }

    /// Pulls `seed` back from `output` to the wanted variables, visiting nodes in reverse order of creation.
    ///
    /// A wanted variable that is itself computed from another wanted one passes its gradient on, unless `stopAtInputs` treats the wanted
    /// variables as independent. With `handOver` the gradients of wanted leaves go there, each when it is complete, and are not returned.
    @specialized(where Element == Float)
    func propagate(
        from output: Variable<Element>, seed: Variable<Element>, to inputs: [Variable<Element>?], release: Bool = false,
        stopAtInputs: Bool = false, handOver: ((Int, Variable<Element>) -> Void)? = nil
    ) -> [Variable<Element>?] {
        guard output.needsGradient else { return inputs.map { _ in nil } }
        let wanted = Set(inputs.compactMap { $0?.id })
        let lowest = wanted.min() ?? 0
        var sweep = Sweep(
            wanted: wanted, lowest: lowest, releases: release, stopsAtInputs: stopAtInputs, handOver: handOver,
            gradients: [output.id: seed])
        if lowest <= output.id { visit(lowest...output.id, &sweep) }
        return inputs.map { $0.flatMap { sweep.gradients[$0.id] } }
    }

    /// Visits the nodes of a range from the last to the first, adding their contributions to the gradients of their parents.
    private func visit(_ range: ClosedRange<Int>, _ sweep: inout Sweep) {
        // Only nodes that lead to a wanted variable are visited; those between two ranges belong to no computation of interest.
        sweep.reaches += Array(repeating: false, count: range.upperBound + 1 - sweep.lowest - sweep.reaches.count)
        for id in range {
            sweep.reaches[id - sweep.lowest] =
                sweep.wanted.contains(id) || nodes[id].parents.contains { $0 < id && sweep.reaches($0) }
        }
        for id in range.reversed() {
            guard sweep.reaches(id), let gradient = sweep.gradients[id] else { continue }
            if sweep.wanted.contains(id) {
                if sweep.stopsAtInputs || nodes[id].parents.allSatisfy({ !sweep.reaches($0) }) {
                    if let handOver = sweep.handOver {
                        sweep.gradients[id] = nil
                        handOver(id, gradient)
                    }
                    continue
                }
            } else {
                sweep.gradients[id] = nil
            }
            switch nodes[id].derivative {
            case .none: break
            case .recompute(let recompute): expand(recompute, gradient, &sweep)
            case .pullback(let pullback): add(pullback(gradient), ofParentsOf: id, &sweep)
            case .addingPullback(let pullback):
                let first = nodes[id].parents[0]
                let sum = isRecording || !sweep.reaches(first) ? nil : sweep.gradients[first].take()?.value
                let isHandedOver = sum != nil
                // Given away, so that its memory can be written.
                let contributions = pullback(gradient, consume sum)
                precondition(!isHandedOver || contributions[0] != nil, "a pullback lost the gradient that it was to add to")
                add(contributions, ofParentsOf: id, &sweep)
            }
            if sweep.releases { nodes[id].release() }
        }
    }

    /// Adds what a pullback returned to the gradients of a node's parents.
    private func add(_ contributions: [Variable<Element>?], ofParentsOf id: Int, _ sweep: inout Sweep) {
        precondition(contributions.count == nodes[id].parents.count, "a pullback returned \(contributions.count) gradients")
        for (parent, contribution) in zip(nodes[id].parents, contributions) {
            guard let contribution, sweep.reaches(parent) else { continue }
            precondition(
                contribution.shape == nodes[parent].shape,
                "gradient of shape \(contribution.shape) for a value of shape \(nodes[parent].shape)")
            add(contribution, to: &sweep.gradients[parent])
        }
    }

    /// Records a checkpointed computation and pulls the gradient of its result back through it; its nodes last as long as this pass needs them.
    private func expand(_ recompute: () -> Variable<Element>, _ gradient: Variable<Element>, _ sweep: inout Sweep) {
        let (first, recording) = (nodes.count, isRecording)
        isRecording = true
        let result = recompute()
        isRecording = recording
        if result.needsGradient {
            add(gradient, to: &sweep.gradients[result.id])
            if result.id >= first { visit(first...result.id, &sweep) }
        }
        guard sweep.releases else { return }
        nodes.removeSubrange(first...)
        sweep.reaches.removeSubrange(min(first - sweep.lowest, sweep.reaches.count)...)
    }

    private func add(_ contribution: Variable<Element>, to slot: inout Variable<Element>?) {
        guard let sum = slot.take() else {
            slot = contribution
            return
        }
        slot = isRecording ? sum + contribution : constant((consume sum).value.adding(contribution.value, workers))
    }
}

extension Tensor {
    /// `self + other`, in the memory of this one if nobody else holds it.
    fileprivate consuming func adding(_ other: Tensor, _ workers: Workers) -> Tensor {
        var sum = consume self
        let result = sum.isUnique() ? nil : Tensor(uninitialized: sum.shape)
        workers.add(sum.count, sum.basePointer, other.basePointer, (result ?? sum).kernelPointer)
        return withExtendedLifetime((sum, other)) { result ?? sum }
    }
}
