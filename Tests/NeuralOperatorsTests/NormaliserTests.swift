import Autodiff
import Foundation
import NeuralOperators
import Tensors
import TestSupport
import Testing

@Suite struct NormaliserTests {
    private func fit<Element: Scalar>(
        _ kind: Normaliser.Kind, _ batches: [Tensor<Element>], groups: [Int]? = nil
    ) throws -> Normaliser {
        var fit = NormaliserFit(kind: kind, channels: batches[0].shape[batches[0].rank - 1], groups: groups)
        for batch in batches { try fit.add(batch) }
        return fit.finish()
    }

    /// Mean and sample deviation of the numbers, by definition.
    private func statistics(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / Double(values.count - 1)).squareRoot())
    }

    private func expectClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(abs(a - b) <= tolerance * max(abs(b), 1), "\(a) against \(b)", sourceLocation: sourceLocation)
    }

    private let data = randomTensor([5, 4, 3, 2], seed: 3, as: Double.self)

    @Test func eachChannel() throws {
        let normaliser = try fit(.gaussian, [data])
        for channel in 0..<2 {
            let expected = statistics(data.scalars.enumerated().filter { $0.offset % 2 == channel }.map(\.element))
            expectClose(normaliser.shift.scalars[channel], expected.mean)
            expectClose(normaliser.scale.scalars[channel], expected.deviation)
        }
    }

    @Test func eachPoint() throws {
        let normaliser = try fit(.pointwiseGaussian, [data])
        #expect(normaliser.shift.shape == [4, 3, 2])
        #expect(normaliser.grid == [4, 3])
        let expected = (0..<24).map { entry in statistics((0..<5).map { data.scalars[$0 * 24 + entry] }) }
        for channel in 0..<2 {
            let entries = (0..<12).map { 2 * $0 + channel }
            let typical = (entries.reduce(0) { $0 + expected[$1].deviation * expected[$1].deviation } / 12).squareRoot()
            for entry in entries {
                expectClose(normaliser.shift.scalars[entry], expected[entry].mean)
                expectClose(normaliser.scale.scalars[entry], expected[entry].deviation + 1e-5 * typical)
            }
        }
    }

    @Test func extremes() throws {
        let normaliser = try fit(.range, [data])
        let encoded = normaliser.encode(data)
        for channel in 0..<2 {
            let values = encoded.scalars.enumerated().filter { $0.offset % 2 == channel }.map(\.element)
            #expect(values.min() == 0)
            expectClose(values.max()!, 1)
        }
    }

    @Test("time frames of one field share their statistics", arguments: [Normaliser.Kind.gaussian, .pointwiseGaussian, .range])
    func groups(_ kind: Normaliser.Kind) throws {
        // Channels 0 and 2 are frames of one field: the statistics are those of a set in which the frames are samples.
        let fields = randomTensor([4, 6, 3], seed: 8, as: Double.self)
        let shared = try fit(kind, [fields], groups: [0, 1, 0])
        var frames: [Double] = []
        for sample in 0..<4 {
            for channel in [0, 2] { frames += (0..<6).map { fields.scalars[(sample * 6 + $0) * 3 + channel] } }
        }
        let alone = try fit(kind, [Tensor([8, 6, 1], frames)])
        for point in 0..<(kind == .pointwiseGaussian ? 6 : 1) {
            for channel in [0, 2] {
                expectClose(shared.shift.scalars[point * 3 + channel], alone.shift.scalars[point])
                expectClose(shared.scale.scalars[point * 3 + channel], alone.scale.scalars[point])
            }
        }
        let own = try fit(kind, [fields])
        #expect(own.shift.scalars[1] == shared.shift.scalars[1])
        #expect(own.shift.scalars[0] != shared.shift.scalars[0])
    }

    @Test("batches do not matter", arguments: Normaliser.Kind.allCases)
    func batches(_ kind: Normaliser.Kind) throws {
        let whole = try fit(kind, [data])
        #expect(try fit(kind, [data.rows(0..<1), data.rows(1..<4), data.rows(4..<5)]) == whole)
    }

    /// `E[x^2] - E[x]^2` would lose everything here: offset 1e8, deviation 1.
    @Test func largeOffset() throws {
        let shifted = Tensor([40, 5, 1], randomTensor([200], seed: 5, as: Double.self).scalars.map { $0 + 1e8 })
        let expected = statistics(randomTensor([200], seed: 5, as: Double.self).scalars)
        let normaliser = try fit(.gaussian, [shifted])
        expectClose(normaliser.scale.scalars[0], expected.deviation, 1e-7)
        let pointwise = try fit(.pointwiseGaussian, [shifted])
        let deviation = statistics((0..<40).map { shifted.scalars[5 * $0 + 2] }).deviation
        expectClose(pointwise.scale.scalars[2], deviation, 2e-5)
    }

    /// A pressure of 1e5 with variations of 1 keeps its digits in Float32, because the shift is subtracted first.
    @Test func singlePrecisionKeepsDigits() throws {
        let values = (0..<64).map { Float(101_325) + Float($0) / 64 }
        let normaliser = try fit(.gaussian, [Tensor([1, 64, 1], values)])
        let encoded = normaliser.encode(Tensor<Float>([1, 64, 1], values)).scalars
        let shift = normaliser.shift.scalars[0]
        let scale = normaliser.scale.scalars[0]
        // The shift itself is rounded to 1/256; what remains is exact.
        for (found, value) in zip(encoded, values) {
            #expect(abs(Double(found) - (Double(value) - Double(Float(shift))) / scale) < 1e-5)
        }
    }

    @Test("constant channels and boundary points", arguments: [Normaliser.Kind.gaussian, .pointwiseGaussian, .range])
    func constants(_ kind: Normaliser.Kind) throws {
        // Channel 0 is constant; channel 1 is zero at the first point only.
        let scalars: [Double] = (0..<24).map { index in
            let (point, channel) = (index / 2 % 4, index % 2)
            return channel == 0 ? 7 : point == 0 ? 0 : .sin(Double(index))
        }
        let fields = Tensor([3, 4, 2], scalars)
        let normaliser = try fit(kind, [fields])
        let encoded = normaliser.encode(fields)
        #expect(encoded.scalars.allSatisfy { $0.isFinite && abs($0) < 10 })
        for index in stride(from: 0, to: 24, by: 2) { #expect(encoded.scalars[index] == 0) }
        let decoded = normaliser.decode(encoded)
        for (a, b) in zip(decoded.scalars, fields.scalars) { expectClose(a, b) }
    }

    @Test("decoding undoes encoding, tensors and tape agree, derivatives are right", arguments: Normaliser.Kind.allCases)
    func roundTrip(_ kind: Normaliser.Kind) throws {
        let normaliser = try fit(kind, [data])
        let decoded = normaliser.decode(normaliser.encode(data))
        for (a, b) in zip(decoded.scalars, data.scalars) { expectClose(a, b) }
        let tape = Tape<Double>()
        #expect(normaliser.encode(tape.constant(data)).value == normaliser.encode(data))
        #expect(normaliser.decode(tape.constant(data)).value == normaliser.decode(data))
        withExtendedLifetime(tape) {}
        expectGradients([data]) { normaliser.encode($0[0]).square() }
        expectGradients([data]) { normaliser.decode($0[0]).square() }
        let single = data.cast(to: Float.self)
        #expect(relativeDistance(normaliser.decode(normaliser.encode(single)), data) < 1e-6)
    }

    @Test("a record and its tensors restore the normaliser", arguments: Normaliser.Kind.allCases)
    func record(_ kind: Normaliser.Kind) throws {
        let normaliser = try fit(kind, [data])
        let text = try JSONEncoder().encode(normaliser.record)
        let record = try JSONDecoder().decode(Normaliser.Record.self, from: text)
        let tensors = normaliser.tensors
        #expect(tensors.isEmpty == (kind != .pointwiseGaussian))
        #expect(try Normaliser(record) { tensors[$0]! } == normaliser)
    }

    @Test func damagedRecords() {
        func restore(_ json: String, _ tensor: Tensor<Double> = Tensor([1])) throws -> Normaliser {
            try Normaliser(JSONDecoder().decode(Normaliser.Record.self, from: Data(json.utf8))) { _ in tensor }
        }
        for json in [
            #"{"kind":"gaussian","shape":[2],"shift":[0,0],"scale":[1]}"#, #"{"kind":"gaussian","shape":[2],"shift":[0,0]}"#,
            #"{"kind":"gaussian","shape":[1],"shift":[0],"scale":[0]}"#, #"{"kind":"gaussian","shape":[0],"shift":[],"scale":[]}"#,
            #"{"kind":"gaussian","shape":[1,1],"shift":[0],"scale":[1]}"#, #"{"kind":"pointwise-gaussian","shape":[4],"shift":[0]}"#,
            #"{"kind":"pointwise-gaussian","shape":[4,1]}"#,
        ] {
            #expect(throws: OperatorError.self) { try restore(json) }
        }
        let shape = #"{"kind":"pointwise-gaussian","shape":[2,1]}"#
        #expect(throws: OperatorError.self) { try restore(shape, Tensor([2, 1], [.nan, 1])) }
        #expect(throws: Never.self) { try restore(shape, Tensor([2, 1], [1, 2])) }
    }

    @Test func otherGridsAndBadData() throws {
        let pointwise = try fit(.pointwiseGaussian, [data])
        #expect(throws: Never.self) { try pointwise.validate(grid: [4, 3], channels: 2) }
        #expect(throws: OperatorError.self) { try pointwise.validate(grid: [8, 6], channels: 2) }
        #expect(throws: OperatorError.self) { try pointwise.validate(grid: [4, 3], channels: 3) }
        let channels = try fit(.gaussian, [data])
        #expect(throws: Never.self) { try channels.validate(grid: [8, 6], channels: 2) }

        var fit = NormaliserFit(kind: .gaussian, channels: 2)
        try fit.add(data)
        #expect(throws: OperatorError.self) { try fit.add(Tensor<Double>([1, 4, 3, 1], repeating: 0)) }
        var values = data.scalars
        values[2 * 24 + 5] = .nan
        #expect(
            throws: OperatorError.invalidSetting(
                layer: "normaliser", setting: "sample 7, channel 1", found: "nan", allowed: "finite numbers")
        ) { try fit.add(Tensor(data.shape, values)) }
        var points = NormaliserFit(kind: .pointwiseGaussian, channels: 2)
        try points.add(data)
        #expect(throws: OperatorError.self) { try points.add(Tensor<Double>([1, 2, 2, 2], repeating: 0)) }
    }

    @Test func copiesOfAFitAreIndependent() throws {
        var first = NormaliserFit(kind: .pointwiseGaussian, channels: 2)
        try first.add(data.rows(0..<2))
        let before = first.finish()
        var second = first
        try second.add(data.rows(2..<5))
        #expect(first.finish() == before)
        #expect(second.finish() != before)
    }
}
