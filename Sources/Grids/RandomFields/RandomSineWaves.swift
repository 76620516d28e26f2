import Numerics
import Tensors

/// Random periodic functions of one variable, `u(x) = sum_i A_i sin(2 pi l_i x / L + phi_i)`, the initial values of most one-dimensional benchmarks.
///
/// Amplitudes, integer wavenumbers and phases (in `[0, 2 pi)`) are uniform and independent; `x` is the distance from the lower end of the axis and `L` its length.
/// One generator gives one function at every resolution.
public struct RandomSineWaves: Hashable, Codable, Sendable {
    /// How wavenumbers are chosen.
    public enum Selection: String, Hashable, Codable, CaseIterable, Sendable {
        /// Each of `terms` waves draws its wavenumber.
        case independent
        /// Every wavenumber of the range once; `terms` counts nothing. A truncated Fourier series.
        case every
        /// As the released generator of PDEBench does: `terms` draws choose wavenumbers; one chosen `m` times stands for `m` times
        /// itself, and every wavenumber that is not chosen leaves its constant `A sin(phi)`, so that the mean is not zero.
        case pdebenchCode = "pdebench-code"
    }

    /// How wavenumbers are chosen.
    public var selection: Selection
    /// Number of waves.
    public var terms: Int
    /// Range of the integer wavenumbers, both ends included.
    public var wavenumbers: ClosedRange<Int>
    /// Range of the amplitudes.
    public var amplitudes: ClosedRange<Double>
    /// Whether the function is multiplied by a random sign.
    public var hasRandomSign: Bool
    /// Probability that the function is replaced by its absolute value (before the sign).
    public var absoluteValueProbability: Double
    /// Probability of a window: the function is multiplied by `(tanh((s - a) / 0.01) - tanh((s - b) / 0.01)) / 2`, `s = x / L`, `a` uniform in [0.1, 0.45],
    /// `b` in [0.55, 0.9].
    public var windowProbability: Double
    /// The function is scaled so that its largest magnitude on 1024 equally spaced points is this; nil for no scaling.
    public var maximum: Double?

    /// A law; sign, absolute value, window and scaling are off unless asked for.
    public init(
        selection: Selection = .independent, terms: Int, wavenumbers: ClosedRange<Int>, amplitudes: ClosedRange<Double>,
        hasRandomSign: Bool = false, absoluteValueProbability: Double = 0, windowProbability: Double = 0, maximum: Double? = nil
    ) {
        precondition(terms > 0 && wavenumbers.lowerBound >= 0, "\(terms) waves of wavenumbers \(wavenumbers)")
        precondition(
            (0...1).contains(absoluteValueProbability) && (0...1).contains(windowProbability),
            "probabilities \(absoluteValueProbability), \(windowProbability)")
        self.selection = selection
        self.terms = terms
        self.wavenumbers = wavenumbers
        self.amplitudes = amplitudes
        self.hasRandomSign = hasRandomSign
        self.absoluteValueProbability = absoluteValueProbability
        self.windowProbability = windowProbability
        self.maximum = maximum
    }

    /// One function of the law.
    private struct Function {
        var waves: [(amplitude: Double, wavenumber: Int, phase: Double)]
        var sign = 1.0
        var isAbsolute = false
        var window: (Double, Double)?

        func value(at s: Double) -> Double {
            var sum = 0.0
            for wave in waves { sum += wave.amplitude * Double.sin(2 * .pi * Double(wave.wavenumber) * s + wave.phase) }
            let value = sign * (isAbsolute ? abs(sum) : sum)
            guard let (a, b) = window else { return value }
            return value * 0.5 * (Double.tanh((s - a) / 0.01) - Double.tanh((s - b) / 0.01))
        }
    }

    private func function(_ generator: Philox) -> Function {
        // Numbers 3 i, 3 i + 1, 3 i + 2 belong to wave i; those of the choices follow at a fixed place.
        func uniform(_ index: Int, _ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(at: index)
        }
        func drawnWavenumber(_ index: Int) -> Int {
            wavenumbers.lowerBound + min(Int(generator.uniform(at: 3 * index) * Double(wavenumbers.count)), wavenumbers.count - 1)
        }
        func wave(_ index: Int, _ wavenumber: Int) -> (Double, Int, Double) {
            (uniform(3 * index + 1, amplitudes), wavenumber, 2 * .pi * generator.uniform(at: 3 * index + 2))
        }
        var result: Function
        switch selection {
        case .independent: result = Function(waves: (0..<terms).map { wave($0, drawnWavenumber($0)) })
        case .every: result = Function(waves: wavenumbers.enumerated().map { wave($0, $1) })
        case .pdebenchCode:
            let drawn = (0..<terms).map(drawnWavenumber)
            result = Function(
                waves: wavenumbers.enumerated().map { index, wavenumber in
                    wave(index, wavenumber * drawn.count(where: { $0 == wavenumber }))
                })
        }
        let choices = 1 << 32
        if hasRandomSign && generator.uniform(at: choices) < 0.5 { result.sign = -1 }
        result.isAbsolute = generator.uniform(at: choices + 1) < absoluteValueProbability
        if generator.uniform(at: choices + 2) < windowProbability {
            result.window = (uniform(choices + 3, 0.1...0.45), uniform(choices + 4, 0.55...0.9))
        }
        if let maximum {
            let largest = (0..<1024).reduce(0.0) { max($0, abs(result.value(at: Double($1) / 1024))) }
            if largest > 0 { result.sign *= maximum / largest }
        }
        return result
    }

    /// The values at `positions`, distances from the lower end over the length, of the function that `generator` determines.
    public func sample(_ generator: Philox, at positions: [Double]) -> [Double] {
        let function = function(generator)
        return positions.map(function.value(at:))
    }

    /// The sample that `generator` determines on an axis, `[n]`.
    public func sample(_ generator: Philox, on axis: Axis) -> Tensor<Double> {
        Tensor([axis.count], sample(generator, at: axis.coordinates.map { ($0 - axis.lower) / axis.length }))
    }
}

extension RandomSineWaves {
    /// PDEBench's one-dimensional advection and Burgers data as its paper states them: two waves of wavenumbers 1 to 8, amplitudes in [0, 1], absolute value
    /// with a random sign and window each with probability 0.1.
    ///
    /// Reference: M. Takamoto et al., "PDEBench: an extensive benchmark for scientific machine learning", NeurIPS 2022, arXiv:2210.07182, appendix D.1.
    public static let pdebenchPaper = RandomSineWaves(
        terms: 2, wavenumbers: 1...8, amplitudes: 0...1, hasRandomSign: true, absoluteValueProbability: 0.1, windowProbability: 0.1)

    /// The same as its released generator (`init_multi`) draws it, constants of the waves that are not chosen included.
    public static let pdebenchReleased = RandomSineWaves(
        selection: .pdebenchCode, terms: 2, wavenumbers: 1...8, amplitudes: 0...1, hasRandomSign: true, absoluteValueProbability: 0.1,
        windowProbability: 0.1)

    /// Message passing neural PDE solvers: five waves of wavenumbers 1 and 2, amplitudes in [-1/2, 1/2], as the released code draws them.
    ///
    /// Reference: J. Brandstetter, D. Worrall, M. Welling, "Message passing neural PDE solvers", ICLR 2022, arXiv:2202.03376, section 4.1.
    public static let messagePassing = RandomSineWaves(terms: 5, wavenumbers: 1...2, amplitudes: -0.5...0.5)

    /// Kuramoto-Sivashinsky and Korteweg-de Vries data of PDEArena's authors: ten waves of wavenumbers 1 to 3, amplitudes in [-1/2, 1/2].
    ///
    /// Reference: J. Brandstetter, M. Welling, D. Worrall, "Lie point symmetry data augmentation for neural PDE solvers", ICML 2022, arXiv:2202.07643, section
    /// 4.1.
    public static let liePointSymmetry = RandomSineWaves(terms: 10, wavenumbers: 1...3, amplitudes: -0.5...0.5)

    /// A truncated Fourier series: wavenumbers 1 to `cutoff`, amplitudes in [-1, 1], scaled to the largest magnitude 1.
    public static func truncatedFourierSeries(cutoff: Int = 5) -> RandomSineWaves {
        RandomSineWaves(selection: .every, terms: cutoff, wavenumbers: 1...cutoff, amplitudes: -1...1, maximum: 1)
    }
}
