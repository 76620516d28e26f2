import Grids
import Metrics
import Tensors

/// Spectra of truth, prediction and error of one quantity at one lead time, each the mean over the samples of `E(k)`.
///
/// `E(k) dk` is the part of the mean square that lies in the ring of wavenumbers round `k`, so that the integral of `E` over `k` is
/// `<u^2>` for the power of `u`, `1/2 <|v|^2>` for the energy of a velocity `v` and `1/2 <w^2>` for the enstrophy of a vorticity `w`.
public struct EvaluatedSpectrum: Sendable, Codable, Equatable {
    /// What is distributed over the wavenumbers.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// `sum |u_k|^2` of a field.
        case power
        /// Kinetic energy, `1/2 sum |v_k|^2` of a velocity or `1/2 sum |w_k|^2 / |k|^2` of a plane vorticity.
        case energy
        /// Enstrophy, `1/2 sum |w_k|^2` of a vorticity or `1/2 sum |k x v_k|^2` of a velocity.
        case enstrophy
    }

    /// The share of one band of wavenumbers.
    public struct Band: Sendable, Equatable {
        /// `low`, `mid` or `high`, the bands of the Fourier metrics.
        public var name: String
        /// Which wavenumbers belong to it.
        public var text: String
        /// Part of the truth that lies in the band.
        public var share: Double
        /// Prediction over truth in the band; nil where the truth has nothing there.
        public var ratio: Double?
        /// Square root of error over truth in the band; nil where the truth has nothing there.
        public var error: Double?

        /// Band, share, ratio and error as the cells of a table.
        public var cells: [String] {
            let ratio = ratio.map { Format.significant($0) } ?? ""
            let error = error.map { Format.percent($0) } ?? ""
            return ["\(name), \(text)", Format.percent(share), ratio, error]
        }
    }

    /// What is distributed.
    public var kind: Kind
    /// The field, or the components of the velocity.
    public var fields: [String]
    /// Time from the last input frame; nil where there is no time.
    public var lead: Double?
    /// `fourier`, or `cosine` where an axis is not periodic: the field is continued evenly across its ends.
    public var transform: String
    /// Points of the grid.
    public var resolution: [Int]
    /// Longest side of the domain.
    public var longestSide: Double
    /// Samples in the means: those whose prediction is finite.
    public var samples: Int
    /// Wavenumbers in radians per unit of length, the middles of rings of equal width; the first is 0 (the mean).
    public var wavenumbers: [Double]
    /// Rings that the grid resolves in all directions; beyond are corners.
    public var completeCount: Int
    /// `E(k)` of the truth.
    public var truth: [Double]
    /// `E(k)` of the prediction.
    public var prediction: [Double]
    /// `E(k)` of prediction - truth.
    public var error: [Double]

    /// `energy of vorticity`.
    public var title: String { "\(kind.rawValue) of \(fields.count == 1 ? fields[0] : "velocity")" }

    /// Shares and errors of the bands that the grid has.
    public var bands: [Band] {
        let unit = longestSide / (2 * Double.pi)
        let total = truth.reduce(0, +)
        return FourierBand.allCases.compactMap { band in
            let rings = wavenumbers.indices.filter {
                wavenumbers[$0] * unit >= band.lowest - 1e-9 && wavenumbers[$0] * unit < band.end - 1e-9
            }
            guard !rings.isEmpty else { return nil }
            func sum(_ values: [Double]) -> Double { rings.reduce(0) { $0 + values[$1] } }
            let (true_, predicted, wrong) = (sum(truth), sum(prediction), sum(error))
            return Band(
                name: band.rawValue, text: band.text, share: total > 0 ? true_ / total : 0, ratio: true_ > 0 ? predicted / true_ : nil,
                error: true_ > 0 ? (wrong / true_).squareRoot() : nil)
        }
    }
}

/// Sums up spectra over samples.
struct SpectraTable {
    private struct Quantity {
        var kind: EvaluatedSpectrum.Kind
        var fields: [Int]
    }

    private let names: [String]
    private let grid: Grid
    private let leads: [Double]?
    private let continuation: EvenContinuation
    private let quantities: [Quantity]
    /// Numbers of the frames whose spectra are taken.
    private let frames: [Int]
    /// `[quantity][frame]`.
    private var sums: [[Sum?]]

    /// Sums over samples.
    private struct Sum {
        let wavenumbers: [Double]
        let completeCount: Int
        var truth: [Double]
        var prediction: [Double]
        var error: [Double]
        var samples = 0

        init(_ example: Spectrum) {
            (wavenumbers, completeCount) = (example.wavenumbers, example.completeCount)
            let zeros = example.values.map { _ in 0.0 }
            (truth, prediction, error) = (zeros, zeros, zeros)
        }

        mutating func add(_ truth: Spectrum, _ prediction: Spectrum, _ error: Spectrum) {
            for ring in wavenumbers.indices {
                self.truth[ring] += truth.density(ring)
                self.prediction[ring] += prediction.density(ring)
                self.error[ring] += error.density(ring)
            }
            samples += 1
        }
    }

    /// No samples yet; nil on a grid that is not uniform.
    ///
    /// Spectra are taken at up to five lead times: the first, the last and between them.
    init?(fields: [String], leads: [Double]?, grid: Grid) {
        guard let continuation = EvenContinuation(grid) else { return nil }
        names = fields
        self.grid = grid
        self.leads = leads
        self.continuation = continuation
        let frames = leads.map { leads in Set((0...4).map { $0 * (leads.count - 1) / 4 }).sorted() } ?? [0]
        self.frames = frames
        let velocity = ["velocity_x", "velocity_y", "velocity_z"].prefix(grid.dimension).compactMap { fields.firstIndex(of: $0) }
        let isFlow = grid.isPeriodic && grid.dimension > 1 && velocity.count == grid.dimension
        var quantities: [Quantity] = []
        if isFlow { quantities += [Quantity(kind: .energy, fields: velocity), Quantity(kind: .enstrophy, fields: velocity)] }
        for (number, name) in fields.enumerated() where !(isFlow && velocity.contains(number)) {
            if name == "vorticity", grid.isPeriodic, grid.dimension == 2 {
                quantities += [Quantity(kind: .energy, fields: [number]), Quantity(kind: .enstrophy, fields: [number])]
            } else {
                quantities.append(Quantity(kind: .power, fields: [number]))
            }
        }
        self.quantities = quantities
        sums = quantities.map { _ in Array(repeating: nil, count: frames.count) }
    }

    /// Takes in predictions and truths `[sample, x..., frame * field]`.
    mutating func add(_ prediction: Tensor<Float>, _ truth: Tensor<Float>) {
        for sample in 0..<prediction.shape[0] {
            for (position, frame) in frames.enumerated() {
                func fields(_ tensor: Tensor<Float>) -> [Tensor<Double>] {
                    names.indices.map { tensor.field(sample: sample, channel: frame * names.count + $0).cast(to: Double.self) }
                }
                let (predicted, true_) = (fields(prediction), fields(truth))
                // A rollout that has blown up has no spectrum.
                guard predicted.allSatisfy({ $0.scalars.allSatisfy(\.isFinite) }) else { continue }
                let errors = zip(predicted, true_).map { Tensor<Double>($0.shape, zip($0.scalars, $1.scalars).map { $0 - $1 }) }
                for (number, quantity) in quantities.enumerated() {
                    let truth = spectrum(quantity, true_)
                    var sum = sums[number][position] ?? Sum(truth)
                    sum.add(truth, spectrum(quantity, predicted), spectrum(quantity, errors))
                    sums[number][position] = sum
                }
            }
        }
    }

    private func spectrum(_ quantity: Quantity, _ fields: [Tensor<Double>]) -> Spectrum {
        let chosen = quantity.fields.map { continuation(fields[$0]) }
        let geometry = continuation.geometry
        switch quantity.kind {
        case .power: return .power(of: chosen[0], on: geometry)
        case .energy: return chosen.count == 1 ? .energy(vorticity: chosen[0], on: geometry) : .energy(velocity: chosen, on: geometry)
        case .enstrophy:
            return chosen.count == 1 ? .enstrophy(vorticity: chosen[0], on: geometry) : .enstrophy(velocity: chosen, on: geometry)
        }
    }

    /// The mean spectra, by quantity and then by lead time.
    var entries: [EvaluatedSpectrum] {
        quantities.indices.flatMap { number in
            frames.indices.compactMap { position -> EvaluatedSpectrum? in
                guard let sum = sums[number][position] else { return nil }
                func mean(_ values: [Double]) -> [Double] { values.map { $0 / Double(sum.samples) } }
                return EvaluatedSpectrum(
                    kind: quantities[number].kind, fields: quantities[number].fields.map { names[$0] }, lead: leads?[frames[position]],
                    transform: continuation.isIdentity ? "fourier" : "cosine", resolution: grid.shape,
                    longestSide: grid.axes.map(\.length).max()!, samples: sum.samples, wavenumbers: sum.wavenumbers,
                    completeCount: sum.completeCount, truth: mean(sum.truth), prediction: mean(sum.prediction),
                    error: mean(sum.error))
            }
        }
    }
}
