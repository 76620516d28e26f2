import Autodiff
import Tensors

/// One linear multi-channel V-cycle: smoothing `u <- u + S (f - A u)` on each level, restriction of `u` and `f` by strided
/// convolutions, prolongation by transposed ones (MgNO, Algorithm 1).
struct VCycle: Sendable {
    /// `u <- u + S (f - A u)`, or `u <- S f` from nothing.
    private struct Smoother: Sendable {
        let operatorA: Convolution2D?
        let smootherS: Convolution2D

        func callAsFunction<Element: Scalar>(_ u: Variable<Element>?, _ f: Variable<Element>) -> Variable<Element> {
            guard let u, let operatorA else { return smootherS(f) }
            return smootherS(operatorA.subtracted(from: f, u), adding: u)
        }
    }

    private struct LevelLayers: Sendable {
        let pre: [Smoother]
        let post: [Smoother]
        /// To the next coarser level; absent on the coarsest.
        let restrictionU: Convolution2D?
        let restrictionF: Convolution2D?
        let residual: Convolution2D?
        let prolongation: TransposedConvolution2D?
        let normalisation: FieldNormalisation?

        /// `u` plus the prolongation of `coarse`.
        func prolonged<Element: Scalar>(_ coarse: Variable<Element>, addedTo u: Variable<Element>) -> Variable<Element> {
            let (map, grid) = (prolongation!, Array(u.shape[1...2]))
            if map.grid(of: coarse) == grid { return map(coarse, adding: u) }
            // A transposed 4x4 convolution doubles the grid; an odd fine grid takes the first points of it.
            return u + map(coarse).slice(axis: 1, 0..<grid[0]).slice(axis: 2, 0..<grid[1])
        }
    }

    private let levels: [LevelLayers]
    private let isTiedToGrid: Bool
    private let grid: [Int]

    /// A cycle from `input` channels of the right-hand side to `channels` of the solution, those of the configuration unless said otherwise.
    ///
    /// - Throws: `OperatorError` when the grid cannot be coarsened so often.
    init(_ configuration: MgNOConfiguration, input: Int, channels finest: Int? = nil, grid: [Int], in scope: ParameterScope) throws {
        let mode = configuration.boundary
        let bias = configuration.bias
        let transfers = configuration.transfers
        let sizes = try transfers.sizes(of: grid, levels: configuration.levels.count, boundary: mode)
        levels = configuration.levels.enumerated().map { number, level in
            let part = scope["levels"][number]
            let factor = configuration.growth ? number + 1 : 1
            let (input, channels) = (input * factor, (finest ?? configuration.channels) * factor)
            // Channels of the next coarser level over those of this one.
            let ratio = configuration.growth ? (number + 2, number + 1) : (1, 1)
            func smoother(_ name: String, _ step: Int, startsFromZero: Bool) -> Smoother {
                let place = part[name][step]
                return Smoother(
                    operatorA: startsFromZero
                        ? nil : Convolution2D(channels, input, kernel: 3, padding: 1, mode: mode, bias: bias, in: place["operator"]),
                    smootherS: Convolution2D(input, channels, kernel: 3, padding: 1, mode: mode, bias: bias, in: place["smoother"]))
            }
            let isCoarsest = number == configuration.levels.count - 1
            func restriction(_ name: String, _ count: Int) -> Convolution2D? {
                isCoarsest
                    ? nil
                    : Convolution2D(
                        count, count * ratio.0 / ratio.1, kernel: 3, stride: 2, padding: transfers.padding, mode: mode, bias: false,
                        in: part[name])
            }
            return LevelLayers(
                pre: (0..<level.pre).map { smoother("pre", $0, startsFromZero: number == 0 && $0 == 0) },
                post: isCoarsest ? [] : (0..<level.post).map { smoother("post", $0, startsFromZero: false) },
                restrictionU: restriction("restriction-u", channels), restrictionF: restriction("restriction-f", input),
                residual: configuration.restrictsResidual && !isCoarsest
                    ? Convolution2D(channels, input, kernel: 3, padding: 1, mode: mode, bias: bias, in: part["residual"]) : nil,
                prolongation: isCoarsest
                    ? nil
                    : TransposedConvolution2D(
                        channels * ratio.0 / ratio.1, channels, kernel: transfers.kernel(finer: sizes[number]), stride: 2,
                        padding: transfers.padding, bias: false, in: part["prolongation"]),
                normalisation: configuration.normalisation && !isCoarsest
                    ? FieldNormalisation(grid: sizes[number], channels: channels, in: part["normalisation"]) : nil)
        }
        isTiedToGrid = configuration.normalisation || configuration.layerNormalisation
        self.grid = grid
    }

    func validate(grid: [Int], _ configuration: MgNOConfiguration) throws {
        let (count, transfers) = (configuration.levels.count, configuration.transfers)
        let sizes = try transfers.sizes(of: grid, levels: count, boundary: configuration.boundary)
        let trained = try transfers.sizes(of: self.grid, levels: count, boundary: configuration.boundary)
        for (level, pair) in zip(sizes, trained).dropLast().enumerated() {
            let (found, wanted) = (transfers.kernel(finer: pair.0), transfers.kernel(finer: pair.1))
            guard found == wanted else {
                throw OperatorError.shapeMismatch(
                    layer: "mgno level \(level) prolongation", found: grid,
                    expected: "\(wanted == 3 ? "odd" : "even") numbers of points on this level, where it has \(pair.0), as in training")
            }
        }
        guard !isTiedToGrid || grid == self.grid else {
            throw OperatorError.shapeMismatch(
                layer: "mgno normalisation", found: grid, expected: "the training grid \(self.grid): its factors belong to grid points")
        }
    }

    /// Solves approximately for `u` given the right-hand side `f`, `[b, y, x, input] -> [b, y, x, channels]`, with an activation after it.
    func callAsFunction<Element: Scalar>(_ rightHandSide: Variable<Element>, _ activation: Activation = .identity) -> Variable<Element> {
        var f = rightHandSide
        var u: Variable<Element>?
        var down: [(u: Variable<Element>, f: Variable<Element>)] = []
        for level in levels {
            for smoother in level.pre { u = smoother(u, f) }
            down.append((u!, f))
            if let restrictionU = level.restrictionU, let restrictionF = level.restrictionF {
                let fine = u!
                f = restrictionF(level.residual.map { $0.subtracted(from: f, fine) } ?? f)
                u = restrictionU(fine)
            }
        }
        var coarse = down[levels.count - 1].u
        var isActivated = false
        for (number, (level, fine)) in zip(levels, down).dropLast().enumerated().reversed() {
            var u = level.prolonged(coarse, addedTo: fine.u)
            if let normalisation = level.normalisation {
                isActivated = number == 0 && level.post.isEmpty
                u = normalisation(u, isActivated ? activation : .identity)
            }
            for smoother in level.post { u = smoother(u, fine.f) }
            coarse = u
        }
        return isActivated ? coarse : activation(coarse)
    }
}
