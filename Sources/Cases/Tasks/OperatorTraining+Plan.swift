import Training

extension OperatorTraining {
    /// What will be trained, for people.
    public struct Plan: Sendable {
        /// Name of the architecture.
        public var architecture: String
        /// Real numbers in the weights.
        public var parameterCount: Int
        /// Steps in an epoch and in all.
        public var stepsPerEpoch: Int
        /// Steps of the whole training.
        public var totalSteps: Int
        /// Training, validation and test samples.
        public var samples: (train: Int, valid: Int)
        /// Points of the grid.
        public var grid: [Int]
        /// Input and output fields.
        public var inputs: [String]
        /// Predicted fields.
        public var outputs: [String]
        /// How the operator steps in time, row by row; empty for a map between fields.
        public var rollout: [(name: String, value: String)]
        /// How the residual of the equation is trained on, row by row; empty without physics.
        public var physics: [(name: String, value: String)]
    }

    /// What will be trained.
    public var plan: Plan {
        let steps = (train.count + settings.batch - 1) / settings.batch
        return Plan(
            architecture: model.description.architecture, parameterCount: model.parameters.layout.parameterCount, stepsPerEpoch: steps,
            totalSteps: steps * settings.epochs, samples: (train.count, valid?.count ?? 0), grid: model.description.interface.grid,
            inputs: (rollout == nil ? [] : task.outputs) + task.inputs, outputs: task.outputs, rollout: rollout.map(rows) ?? [],
            physics: objective.physics.map(rows) ?? [])
    }

    private func rows(_ rollout: RolloutSettings) -> [(name: String, value: String)] {
        let times = schema.times!.coordinates
        let drawn = content.content.physics?.samples ?? 0
        let (window, frames) = (rollout.window, times.count)
        let first = times[0..<window.inputs], next = times[window.inputs..<(window.inputs + window.outputs)]
        func span(_ times: ArraySlice<Double>) -> String {
            times.count == 1
                ? "t = \(Format.significant(times.first!))"
                : "t = \(Format.significant(times.first!)) to \(Format.significant(times.last!))"
        }
        let steps = rollout.trainingSteps(frames: frames)
        let method =
            switch rollout.method {
            case .teacherForcing: "one application from true frames"
            case .full:
                "rollout of \(steps) applications, gradient through all"
                    + (rollout.curriculum.map { ", one more every \($0) epochs" } ?? "")
            case .pushforward: "up to \(steps) applications, gradient through the last"
            }
        return [
            ("frames", "\(frames), \(span(times[...]))"), ("in", "\(window.inputs): first window \(span(first))"),
            ("out", "\(window.outputs): then \(span(next))" + (rollout.predictsChange ? ", as a change" : "")), ("training", method),
            (
                "windows",
                "\(Format.count(train.count - drawn)) from \(Format.count(trajectories)) trajectories"
                    + (drawn > 0 ? ", \(Format.count(drawn)) drawn and not solved" : "")
            ),
            ("validation", "rollout to the last frame from the first window"),
        ]
    }

    private func rows(_ physics: PhysicsTerm) -> [(name: String, value: String)] {
        let (settings, solved) = (physics.settings, physics.solved)
        var result = [("residual", physics.residual.account)]
        result.append(
            (
                "loss",
                "\(Format.significant(settings.weight)) residual"
                    + (solved == 0
                        ? ", no solutions" : " + \(Format.significant(settings.dataWeight)) loss of \(Format.count(solved)) solutions")
            ))
        if let size = try? residualOfSolutions(physics) {
            result.append(
                (
                    "of the data",
                    "\(Format.significant(size)): the residual of the solver's own solutions (validation), a floor of what helps"
                ))
        }
        return result
    }

    /// The mean size of the residual of validation samples.
    private func residualOfSolutions(_ physics: PhysicsTerm) throws -> Double? {
        guard let valid else { return nil }
        let samples = try valid.samples(Array(0..<min(16, valid.count)))
        let sizes = physics.sizes(samples.targets, input: samples.inputs)
        return sizes.reduce(0, +) / Double(sizes.count)
    }
}
