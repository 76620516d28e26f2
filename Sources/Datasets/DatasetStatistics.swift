import Foundation
import Grids
import Tensors

/// Moments of one field over all samples, frames and points of the training split; names and meaning as in The Well.
public struct FieldStatistics: Hashable, Codable, Sendable {
    /// Mean.
    public var mean: Double
    /// Population standard deviation (divided by the number of values).
    public var std: Double
    /// Root of the mean square.
    public var rms: Double
    /// Mean of the difference of consecutive frames; nil for fields without time.
    public var meanDelta: Double?
    /// Standard deviation of the difference of consecutive frames.
    public var stdDelta: Double?
    /// Root of the mean square of the difference of consecutive frames.
    public var rmsDelta: Double?
    /// Least value.
    public var minimum: Double
    /// Greatest value.
    public var maximum: Double

    private enum CodingKeys: String, CodingKey {
        case mean, std, rms, minimum, maximum
        case meanDelta = "mean_delta"
        case stdDelta = "std_delta"
        case rmsDelta = "rms_delta"
    }
}

/// Statistics of the training split, stored beside it as `stats.json` with the content hash of the file that they belong to.
public struct DatasetStatistics: Hashable, Codable, Sendable {
    /// Content hash of the training split.
    public var id: String
    /// Number of samples.
    public var samples: Int
    /// Statistics by field name; diagnostics have none.
    public var fields: [String: FieldStatistics]

    /// Reads the training split once and computes everything in 64 bits.
    ///
    /// - Throws: `DatasetsError.invalid` for a file that is not a training split, so that nothing is learned from test data.
    public init(_ file: DatasetFile) throws {
        guard file.split == "train" else {
            throw DatasetsError.invalid(path: file.path, item: "attribute 'split'", found: "'\(file.split)'", expected: "'train'")
        }
        id = file.id
        samples = file.sampleCount
        fields = [:]
        for field in file.fields where field.role != .diagnostic {
            var values = RunningMoments()
            var deltas = RunningMoments()
            try file.forEachSample(of: field) { _, pointer, frames, points in
                values.add(UnsafeBufferPointer(start: pointer, count: frames * points))
                guard field.dependence.time && frames > 1 else { return }
                let differences = (0..<(frames - 1) * points).map { pointer[$0 + points] - pointer[$0] }
                differences.withUnsafeBufferPointer { deltas.add($0) }
            }
            let changes = deltas.count > 0
            fields[field.name] = FieldStatistics(
                mean: values.mean, std: values.standardDeviation, rms: values.rootMeanSquare, meanDelta: changes ? deltas.mean : nil,
                stdDelta: changes ? deltas.standardDeviation : nil, rmsDelta: changes ? deltas.rootMeanSquare : nil,
                minimum: values.minimum, maximum: values.maximum)
        }
    }

    /// Reads `stats.json`.
    ///
    /// - Throws: `DatasetsError.noSuchFile`, or `.invalid` when the file is not one of statistics.
    public init(reading path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw DatasetsError.noSuchFile(path: path) }
        do {
            self = try JSONDecoder().decode(DatasetStatistics.self, from: data)
        } catch {
            throw DatasetsError.invalid(path: path, item: "content", found: "something else", expected: "statistics of a dataset as JSON")
        }
    }

    /// Writes `stats.json` (temporary name, rename).
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try FileSystem.write(try encoder.encode(self), to: path)
    }
}

/// Mean and variance of a stream of numbers after Welford, whole pieces at a time after Chan: no cancellation, one pass.
///
/// Reference: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician 37 (1983).
struct RunningMoments {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    /// Sum of squared deviations from the mean.
    private var deviation = 0.0
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity

    /// Adds the numbers of a piece.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        guard !values.isEmpty else { return }
        let n = Double(values.count)
        var sum = 0.0
        for value in values {
            sum += value
            minimum = min(minimum, value)
            maximum = max(maximum, value)
        }
        let average = sum / n
        var squares = 0.0
        for value in values { squares += (value - average) * (value - average) }
        let difference = average - mean
        let total = count + n
        deviation += squares + difference * difference * count * n / total
        mean += difference * n / total
        count = total
    }

    var standardDeviation: Double { count > 0 ? (deviation / count).squareRoot() : 0 }
    var rootMeanSquare: Double { count > 0 ? (deviation / count + mean * mean).squareRoot() : 0 }
}
