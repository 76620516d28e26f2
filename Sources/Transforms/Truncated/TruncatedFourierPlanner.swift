import COpenBLAS
import Foundation
import Synchronization
import Tensors

/// The algorithms of `TruncatedFourierTransform`; they differ in speed and in the last bits only.
public enum TruncatedFourierImplementation: String, Sendable, CaseIterable {
    /// The whole FFT, then a copy of the kept coefficients.
    case full = "fft"
    /// An FFT of the last axis, then FFTs of the kept columns only.
    case pruned = "pruned-fft"
    /// Products with tables of cosines and sines, axis by axis.
    case matrix = "matrix"
    /// Sums over cosines and sines folded at their symmetries, the last axis first.
    case foldedLast = "folded-last"
    /// The same, the first axis first.
    case foldedFirst = "folded-first"
    /// The same, the middle axis of three first, the last axis last.
    case foldedMiddle = "folded-middle"

    /// The implementations that differ in `rank` dimensions.
    static func distinct(rank: Int) -> [TruncatedFourierImplementation] {
        let all: [TruncatedFourierImplementation] = [.foldedLast, .foldedFirst, .foldedMiddle, .matrix, .pruned, .full]
        return all.filter { $0 != .foldedMiddle && ($0 != .foldedFirst && $0 != .pruned || rank > 1) || rank > 2 }
    }
}

/// Chooses the fastest implementation for each size by timing, once, and shares the tables and plans of equal transforms.
///
/// Choices are stored (`PlanChoices`), so that a later run on this machine computes the same bits. `EDDY_TRUNCATED_FOURIER` set to the raw value
/// of an implementation uses that one everywhere.
enum TruncatedFourierPlanner {
    enum Operation: String { case analyse, synthesise }

    /// The implementation forced by the environment.
    static let override: TruncatedFourierImplementation? = {
        guard let name = ProcessInfo.processInfo.environment["EDDY_TRUNCATED_FOURIER"], !name.isEmpty else { return nil }
        guard let chosen = TruncatedFourierImplementation(rawValue: name) else {
            let allowed = TruncatedFourierImplementation.allCases.map(\.rawValue).joined(separator: ", ")
            preconditionFailure("EDDY_TRUNCATED_FOURIER is \(name); allowed: \(allowed)")
        }
        return chosen
    }()

    private struct EngineKey: Hashable {
        let sizes: TruncatedFourierSizes
        let implementation: TruncatedFourierImplementation
        let typeName: String
    }

    private static let engines = Mutex<[EngineKey: any AnyObject & Sendable]>([:])
    /// One measurement at a time: two at once would disturb each other, and two threads must not choose differently.
    private static let measuring = Mutex(())

    /// The shared engine of these sizes.
    static func engine<S: Scalar>(
        _ sizes: TruncatedFourierSizes, _ implementation: TruncatedFourierImplementation
    ) -> any TruncatedFourierEngine<S> {
        let key = EngineKey(sizes: sizes, implementation: implementation, typeName: S.typeName)
        if let engine = engines.withLock({ $0[key] }) { return engine as! any TruncatedFourierEngine<S> }
        let made: any TruncatedFourierEngine<S> = make(sizes, implementation)
        return engines.withLock { engines in
            if let engine = engines[key] { return engine as! any TruncatedFourierEngine<S> }
            engines[key] = made
            return made
        }
    }

    private static func make<S: Scalar>(
        _ sizes: TruncatedFourierSizes, _ implementation: TruncatedFourierImplementation
    ) -> any TruncatedFourierEngine<S> {
        switch implementation {
        case .full: FullTransformEngine<S>(sizes)
        case .pruned: PrunedTransformEngine<S>(sizes)
        case .matrix, .foldedLast, .foldedFirst, .foldedMiddle:
            S.self == Float.self
                ? makeSeparable(sizes, implementation, SIMD16<Float>.self) as! any TruncatedFourierEngine<S>
                : makeSeparable(sizes, implementation, SIMD8<Double>.self) as! any TruncatedFourierEngine<S>
        }
    }

    private static func makeSeparable<V: Lanes>(
        _ sizes: TruncatedFourierSizes, _ implementation: TruncatedFourierImplementation, _ vector: V.Type
    ) -> any TruncatedFourierEngine<V.Scalar> {
        let axes = Array(sizes.grid.indices)
        return switch implementation {
        case .foldedLast: SeparableEngine<FoldedStage<V.Scalar>, V>(sizes, order: axes.reversed())
        case .foldedFirst: SeparableEngine<FoldedStage<V.Scalar>, V>(sizes, order: axes)
        case .foldedMiddle: SeparableEngine<FoldedStage<V.Scalar>, V>(sizes, order: axes.count == 3 ? [1, 0, 2] : axes)
        default: SeparableEngine<MatrixStage<V.Scalar>, V>(sizes, order: axes)
        }
    }

    /// The stored or newly measured choice.
    static func fastest<S: Scalar>(_ sizes: TruncatedFourierSizes, _ operation: Operation, _ type: S.Type) -> TruncatedFourierImplementation
    {
        let grid = sizes.grid.map(String.init).joined(separator: "x")
        let key = "truncated-fourier \(operation.rawValue) \(S.typeName) grid \(grid) modes \(sizes.modes.name) channels \(sizes.channels)"
        if let known = stored(key) { return known }
        if FourierPlanner.effort == .estimate { return guess(sizes, type) }
        return measuring.withLock { _ in
            if let known = stored(key) { return known }
            let chosen = measure(sizes, operation, type).min { $0.seconds < $1.seconds }!.implementation
            PlanChoices.shared.record(chosen.rawValue, for: key)
            return chosen
        }
    }

    /// A choice without timing: the folded sums need channels to fill registers.
    private static func guess<S: Scalar>(_ sizes: TruncatedFourierSizes, _ type: S.Type) -> TruncatedFourierImplementation {
        let width = S.self == Float.self ? SIMD16<Float>.count : SIMD8<Double>.count
        return sizes.channels % width == 0 ? .foldedLast : (sizes.channels >= width / 4 ? .foldedFirst : .matrix)
    }

    private static func stored(_ key: String) -> TruncatedFourierImplementation? {
        PlanChoices.shared.choice(for: key).flatMap(TruncatedFourierImplementation.init(rawValue:))
    }

    /// Best time of each implementation for a few samples in turn.
    ///
    /// The implementations take turns, so that whatever else runs on the machine meanwhile disturbs all of them; the best of several turns is
    /// what each can do. One that is three times slower has no further turn.
    static func measure<S: Scalar>(
        _ sizes: TruncatedFourierSizes, _ operation: Operation, _ type: S.Type
    ) -> [(implementation: TruncatedFourierImplementation, seconds: Double)] {
        openblas_set_num_threads(1)
        let fieldCount = sizes.points * sizes.channels
        let modeCount = 2 * sizes.modes.count * sizes.channels
        let samples = max(1, min(4, (1 << 24) / fieldCount))
        let fields = Tensor<S>([samples, fieldCount], repeating: 1)
        let coefficients = Tensor<S>([samples, modeCount], repeating: 1)
        let weights = Tensor<S>([sizes.modes.last * sizes.channels], repeating: 1)
        let candidates = TruncatedFourierImplementation.distinct(rank: sizes.rank).map { implementation in
            (implementation: implementation, engine: make(sizes, implementation) as any TruncatedFourierEngine<S>)
        }
        let scratch = Storage<S>(count: candidates.map(\.engine.scratchCount).max()!)
        var seconds = candidates.map { _ in Double.infinity }
        let clock = ContinuousClock()
        let start = clock.now
        for round in 0..<20 {
            let best = seconds.min()!
            for (index, candidate) in candidates.enumerated() where round < 2 || seconds[index] <= 3 * best {
                let duration = clock.measure {
                    for sample in 0..<samples {
                        let field = fields.kernelPointer + sample * fieldCount
                        let modes = coefficients.kernelPointer + sample * modeCount
                        switch operation {
                        case .analyse: candidate.engine.analyse(field, into: modes, weights: weights.basePointer, scratch: scratch.pointer)
                        case .synthesise:
                            candidate.engine.synthesise(
                                modes, into: field, weights: weights.basePointer, accumulate: false, scratch: scratch.pointer)
                        }
                    }
                }
                // The first round warms caches and makes unaligned plans if they are needed.
                if round > 0 { seconds[index] = min(seconds[index], duration / .seconds(1)) }
            }
            if round >= 6 && clock.now - start > .milliseconds(100) { break }
        }
        return zip(candidates, seconds).map { ($0.implementation, $1 / Double(samples)) }
    }
}
