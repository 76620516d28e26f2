import Tensors
import Testing

/// Standard normal numbers, reproducible by stream.
func normal<E: Scalar>(_ shape: [Int], stream: UInt64, as type: E.Type = E.self) -> Tensor<E> {
    Tensor(shape, Philox(seed: 7, stream: stream).normals(shape.reduce(1, *)).map { E($0) })
}

/// `|a - b| / |b|`, Euclidean.
func relativeDifference<E: Scalar, F: Scalar>(_ a: Tensor<E>, _ b: Tensor<F>) -> Double {
    precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
    var (difference, norm) = (0.0, 0.0)
    for (x, y) in zip(a.scalars, b.scalars) {
        difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
        norm += Double(y) * Double(y)
    }
    return norm > 0 ? (difference / norm).squareRoot() : difference.squareRoot()
}

func dot<E: Scalar>(_ a: Tensor<E>, _ b: Tensor<E>) -> Double {
    precondition(a.shape == b.shape, "\(a.shape) and \(b.shape)")
    return zip(a.scalars, b.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// The definition of the three maps, term by term in Float64.
struct NaiveConvolution {
    let shape: Convolution

    /// Calls `term(input index, weight index, output index)` for every product of the sum.
    func forEachTerm(_ term: (Int, Int, Int) -> Void) {
        let s = shape
        let (c, d) = (s.inputChannels, s.outputChannels)
        for b in 0..<s.batch {
            for k in 0..<s.output.y {
                for l in 0..<s.output.x {
                    for p in 0..<s.kernel.y {
                        for q in 0..<s.kernel.x {
                            let i = s.mode.source(k * s.stride.y + p * s.dilation.y - s.padding.top, of: s.input.y)
                            let j = s.mode.source(l * s.stride.x + q * s.dilation.x - s.padding.left, of: s.input.x)
                            guard let i, let j else { continue }
                            for from in 0..<c {
                                for to in 0..<d {
                                    term(
                                        ((b * s.input.y + i) * s.input.x + j) * c + from, ((p * s.kernel.x + q) * c + from) * d + to,
                                        ((b * s.output.y + k) * s.output.x + l) * d + to)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    func forward(_ x: Tensor<Double>, _ w: Tensor<Double>) -> Tensor<Double> {
        let (x, w) = (x.scalars, w.scalars)
        var y = [Double](repeating: 0, count: shape.outputShape.reduce(1, *))
        forEachTerm { y[$2] += x[$0] * w[$1] }
        return Tensor(shape.outputShape, y)
    }

    func dataGradient(_ g: Tensor<Double>, _ w: Tensor<Double>) -> Tensor<Double> {
        let (g, w) = (g.scalars, w.scalars)
        var x = [Double](repeating: 0, count: shape.inputShape.reduce(1, *))
        forEachTerm { x[$0] += g[$2] * w[$1] }
        return Tensor(shape.inputShape, x)
    }

    func weightGradient(_ x: Tensor<Double>, _ g: Tensor<Double>) -> Tensor<Double> {
        let (x, g) = (x.scalars, g.scalars)
        var w = [Double](repeating: 0, count: shape.weightShape.reduce(1, *))
        forEachTerm { w[$1] += x[$0] * g[$2] }
        return Tensor(shape.weightShape, w)
    }
}

@Suite struct ConvolutionTests {
    static let shapes: [Convolution] = [
        Convolution(input: [2, 7, 9, 3], weights: [3, 3, 3, 5], padding: .init(1)),
        Convolution(input: [1, 16, 16, 24], weights: [3, 3, 24, 24], padding: .init(1)),
        Convolution(input: [3, 12, 10, 1], weights: [3, 3, 1, 24], padding: .init(1)),
        Convolution(input: [3, 12, 10, 24], weights: [3, 3, 24, 1], padding: .init(1)),
        Convolution(input: [2, 13, 11, 24], weights: [3, 3, 24, 24], stride: .init(2), padding: .init(1)),
        Convolution(input: [2, 13, 12, 1], weights: [3, 3, 1, 1], stride: .init(2), padding: .init(1)),
        Convolution(input: [2, 12, 13, 20], weights: [4, 4, 20, 24], stride: .init(2), padding: .init(1)),
        Convolution(input: [1, 12, 12, 32], weights: [3, 3, 32, 64], stride: .init(2)),
        Convolution(input: [5, 6, 6, 64], weights: [1, 1, 64, 20]),
        Convolution(input: [2, 14, 15, 8], weights: [3, 3, 8, 16], dilation: .init(2), padding: .init(2)),
        Convolution(input: [1, 17, 16, 3], weights: [3, 3, 3, 32], dilation: .init(4), padding: .init(4)),
        Convolution(input: [2, 9, 14, 32], weights: [5, 5, 32, 3], padding: .init(2)),
        Convolution(input: [2, 10, 9, 6], weights: [4, 3, 6, 7], padding: .init(top: 2, left: 0, bottom: 1, right: 3)),
        Convolution(input: [4, 1, 40, 5], weights: [1, 3, 5, 9], stride: .init(y: 1, x: 2), padding: .init(y: 0, x: 1)),
        Convolution(input: [3, 3, 2, 4], weights: [3, 3, 4, 4], padding: .init(2)),
        Convolution(input: [2, 9, 33, 20], weights: [3, 3, 20, 2], padding: .init(1)),
        Convolution(input: [1, 12, 27, 3], weights: [5, 5, 3, 12], padding: .init(top: 1, left: 2, bottom: 3, right: 0)),
        Convolution(input: [1, 11, 60, 16], weights: [3, 3, 16, 1], stride: .init(2), dilation: .init(2), padding: .init(2)),
        Convolution(input: [1, 9, 40, 2], weights: [3, 4, 2, 28], dilation: .init(y: 1, x: 3), padding: .init(y: 0, x: 5)),
        Convolution(input: [2, 8, 8, 129], weights: [3, 3, 129, 91], padding: .init(1)),
        Convolution(input: [2, 10, 9, 24], weights: [3, 3, 24, 32], padding: .init(1), mode: .circular),
        Convolution(input: [2, 9, 26, 1], weights: [3, 3, 1, 24], padding: .init(1), mode: .circular),
        Convolution(input: [2, 9, 10, 24], weights: [3, 3, 24, 2], padding: .init(1), mode: .circular),
        Convolution(input: [1, 9, 7, 2], weights: [3, 3, 2, 16], padding: .init(2), mode: .circular),
        Convolution(input: [1, 8, 11, 16], weights: [3, 3, 16, 20], padding: .init(top: 1, left: 2, bottom: 0, right: 3), mode: .reflect),
        Convolution(input: [2, 8, 8, 1], weights: [5, 5, 1, 12], stride: .init(2), padding: .init(2), mode: .replicate),
        Convolution(input: [2, 12, 12, 12], weights: [3, 3, 12, 12], stride: .init(2), padding: .init(1), mode: .circular),
        Convolution(input: [2, 16, 24, 20], weights: [4, 4, 20, 9], stride: .init(2), padding: .init(1), mode: .circular),
        Convolution(
            input: [1, 12, 12, 33], weights: [4, 3, 33, 16], stride: .init(2), padding: .init(top: 2, left: 0, bottom: 1, right: 1)),
        Convolution(input: [2, 11, 9, 8], weights: [3, 4, 8, 24], stride: .init(2), padding: .init(2), mode: .reflect),
        Convolution(input: [1, 6, 5, 16], weights: [3, 3, 16, 16], stride: .init(2), padding: .init(3)),
        // Gradients of weights in parts, the last of them one or two channels.
        Convolution(input: [17, 2, 2, 161], weights: [3, 3, 161, 182], padding: .init(1)),
        Convolution(input: [9, 2, 5, 162], weights: [3, 3, 162, 181], padding: .init(1), mode: .circular),
        // Weights transformed in registers: one to twenty tiles in groups of one, two and four, full or not, and panels that overlap or do not.
        Convolution(input: [1, 4, 4, 128], weights: [3, 3, 128, 128], padding: .init(1)),
        Convolution(input: [2, 3, 4, 137], weights: [3, 3, 137, 145], padding: .init(1), mode: .circular),
        Convolution(input: [1, 2, 9, 512], weights: [3, 3, 512, 33], padding: .init(1)),
        Convolution(input: [1, 8, 7, 241], weights: [3, 3, 241, 160], padding: .init(1)),
        Convolution(input: [2, 5, 4, 200], weights: [3, 3, 200, 170], padding: .init(1), mode: .circular),
        Convolution(input: [5, 3, 5, 129], weights: [3, 3, 129, 159], padding: .init(top: 2, left: 0, bottom: 1, right: 1)),
        Convolution(input: [1, 16, 16, 128], weights: [3, 3, 128, 130], padding: .init(1), mode: .reflect),
        Convolution(input: [2, 7, 12, 132], weights: [3, 3, 132, 134], padding: .init(1), mode: .replicate),
        Convolution(input: [1, 9, 9, 131], weights: [3, 3, 131, 133], padding: .init(2), mode: .circular),
        // Wide kernels of other extents on few points.
        Convolution(input: [2, 6, 5, 140], weights: [3, 2, 140, 120], dilation: .init(2), padding: .init(1)),
        // Weights laid out for many tiles, with a last block that is not full.
        Convolution(input: [3, 20, 20, 20], weights: [3, 3, 20, 28], padding: .init(1)),
        Convolution(input: [3, 35, 36, 20], weights: [4, 4, 20, 28], stride: .init(2), padding: .init(1)),
        // Weights used where they lie, in blocks that are not full.
        Convolution(input: [3, 20, 20, 16], weights: [3, 3, 16, 24], padding: .init(1)),
        Convolution(input: [1, 39, 41, 24], weights: [3, 3, 24, 32], stride: .init(2), padding: .init(1), mode: .circular),
        // Tiles in one row, and a kernel of one row.
        Convolution(input: [1, 4, 11, 130], weights: [3, 3, 130, 129], padding: .init(1)),
        Convolution(input: [1, 1, 6, 130], weights: [1, 3, 130, 129], padding: .init(y: 0, x: 1)),
        // One sample, large enough for several bands of rows.
        Convolution(input: [1, 43, 41, 24], weights: [3, 3, 24, 32], stride: .init(2), padding: .init(1)),
        Convolution(input: [1, 42, 40, 32], weights: [4, 4, 32, 24], stride: .init(2), padding: .init(1)),
        Convolution(input: [1, 40, 44, 32], weights: [2, 2, 32, 48], stride: .init(2)),
        Convolution(
            input: [1, 33, 40, 40], weights: [5, 3, 40, 17], dilation: .init(y: 2, x: 1),
            padding: .init(top: 3, left: 1, bottom: 2, right: 0)),
        Convolution(input: [1, 70, 80, 32], weights: [3, 3, 32, 2], padding: .init(1)),
        Convolution(input: [1, 70, 80, 2], weights: [3, 3, 2, 32], padding: .init(1), mode: .circular),
        Convolution(input: [3, 40, 38, 8], weights: [4, 4, 8, 16], stride: .init(2), padding: .init(1)),
        // Several samples, large enough for parts of them.
        Convolution(input: [5, 30, 33, 50], weights: [3, 3, 50, 47], stride: .init(2), padding: .init(1)),
        // Weights whose last vector overlaps the one before.
        Convolution(input: [2, 16, 16, 9], weights: [3, 3, 9, 13], padding: .init(1)),
        Convolution(input: [2, 16, 16, 9], weights: [4, 4, 9, 13], stride: .init(2), padding: .init(1)),
        // Wide weights that are written in panels of unequal widths.
        Convolution(input: [1, 35, 32, 72], weights: [3, 3, 72, 128], padding: .init(1)),
        // Patches that do not overlap: few points with many columns, many points, and other than squares.
        Convolution(input: [1, 6, 9, 40], weights: [3, 3, 40, 130], stride: .init(3)),
        Convolution(input: [2, 66, 48, 5], weights: [2, 2, 5, 12], stride: .init(2)),
        Convolution(input: [3, 8, 4, 70], weights: [2, 1, 70, 9], stride: .init(y: 2, x: 1)),
        // Few points, patches with gaps between them.
        Convolution(input: [2, 11, 13, 10], weights: [2, 3, 10, 12], stride: .init(y: 3, x: 4), padding: .init(y: 1, x: 2)),
        Convolution(input: [2, 48, 48, 9], weights: [3, 3, 9, 8], stride: .init(2), padding: .init(1), mode: .circular),
    ]

    @Test(arguments: shapes)
    func equalsTheDefinition(shape: Convolution) {
        let (x, w): (Tensor<Double>, Tensor<Double>) = (normal(shape.inputShape, stream: 1), normal(shape.weightShape, stream: 2))
        let (g, bias): (Tensor<Double>, Tensor<Double>) = (normal(shape.outputShape, stream: 3), normal([shape.outputChannels], stream: 4))
        let naive = NaiveConvolution(shape: shape)
        let (y, gx, gw) = (naive.forward(x, w), naive.dataGradient(g, w), naive.weightGradient(x, g))
        #expect(relativeDifference(shape.forward(x, w), y) < 1e-13)
        #expect(relativeDifference(shape.dataGradient(g, w), gx) < 1e-13)
        #expect(relativeDifference(shape.weightGradient(x, g), gw) < 1e-13)
        let biased = Tensor(y.shape, zip(y.scalars, 0...).map { $0 + bias.scalars[$1 % shape.outputChannels] })
        #expect(relativeDifference(shape.forward(x, w, bias: bias), biased) < 1e-13)

        let (xf, wf, gf) = (x.cast(to: Float.self), w.cast(to: Float.self), g.cast(to: Float.self))
        #expect(relativeDifference(shape.forward(xf, wf), y) < 2e-6)
        #expect(relativeDifference(shape.forward(xf, wf, bias: bias.cast()), biased) < 2e-6)
        #expect(relativeDifference(shape.dataGradient(gf, wf), gx) < 2e-6)
        #expect(relativeDifference(shape.weightGradient(xf, gf), gw) < 2e-6)
    }

    @Test(arguments: shapes)
    func addsToItsTarget(shape: Convolution) {
        func check<E: Scalar>(_ type: E.Type, _ tolerance: Double) {
            let (x, w, g): (Tensor<E>, Tensor<E>, Tensor<E>) = (
                normal(shape.inputShape, stream: 1), normal(shape.weightShape, stream: 2), normal(shape.outputShape, stream: 3)
            )
            let sum = { (a: Tensor<E>, b: Tensor<E>) in Tensor(a.shape, zip(a.scalars, b.scalars).map { $0 + $1 }) }
            let before = g.scalars
            #expect(relativeDifference(shape.forward(x, w, adding: g), sum(shape.forward(x, w), g)) < tolerance)
            #expect(relativeDifference(shape.dataGradient(g, w, adding: x), sum(shape.dataGradient(g, w), x)) < tolerance)
            #expect(relativeDifference(shape.weightGradient(x, g, adding: w), sum(shape.weightGradient(x, g), w)) < tolerance)
            #expect(g.scalars == before)
        }
        check(Double.self, 1e-14)
        check(Float.self, 2e-6)
    }

    @Test("a pass and the gradient of the weights in one go", arguments: shapes + sharedShapes.map(\.shape))
    func withWeightGradient(shape: Convolution) {
        let (x, w): (Tensor<Float>, Tensor<Float>) = (normal(shape.inputShape, stream: 1), normal(shape.weightShape, stream: 2))
        let (g, addend): (Tensor<Float>, Tensor<Float>) = (normal(shape.outputShape, stream: 3), normal(shape.inputShape, stream: 4))
        let sum = { (a: Tensor<Float>, b: Tensor<Float>) in Tensor(a.shape, zip(a.scalars, b.scalars).map { $0 + $1 }) }
        let (y, gx, gw) = (shape.forward(x, w), shape.dataGradient(g, w), shape.weightGradient(x, g))
        func run(_ threads: Int) -> [Tensor<Float>] {
            let workers = Workers(threads: threads)
            // Nobody else holds these, so that sums lie in their memory.
            let (gSum, xSum) = (Tensor(g.shape, g.scalars), Tensor(addend.shape, addend.scalars))
            let places = (0..<6).map { _ in Tensor<Float>(w.shape, repeating: .nan) }
            let fields = [
                shape.run(.dataGradient, x, g, w, andWeightGradientInto: places[0], workers: workers),
                shape.run(.dataGradient, x, g, w, adding: addend, andWeightGradientInto: places[1], workers: workers),
                shape.run(.forward, x, g, w, andWeightGradientInto: places[2], workers: workers),
                shape.run(.forward, x, g, w, adding: g, andWeightGradientInto: places[3], workers: workers),
                shape.run(.dataGradient, x, g, w, adding: consume xSum, andWeightGradientInto: places[4], workers: workers),
                shape.run(.forward, x, g, w, adding: consume gSum, andWeightGradientInto: places[5], workers: workers),
            ]
            return fields + places
        }
        let alone = run(1)
        let fields = [gx, sum(gx, addend), y, sum(y, g), sum(gx, addend), sum(y, g)]
        for (found, expected) in zip(alone, fields + Array(repeating: gw, count: 6)) {
            #expect(relativeDifference(found, expected) < 2e-5)
        }
        #expect(run(3) == alone)
    }

    /// Shapes, and the passes that make the gradient of the weights too, with full and other blocks, tiles and panels.
    static let sharedShapes: [(shape: Convolution, passes: [ConvolutionPass])] = [
        (Convolution(input: [2, 33, 38, 24], weights: [3, 3, 24, 24], padding: .init(1)), [.forward, .dataGradient]),
        (Convolution(input: [3, 16, 20, 32], weights: [3, 3, 32, 20], padding: .init(1), mode: .circular), [.forward, .dataGradient]),
        (
            Convolution(input: [2, 20, 21, 9], weights: [3, 3, 9, 13], padding: .init(top: 2, left: 0, bottom: 0, right: 1)),
            [.forward, .dataGradient]
        ),
        (Convolution(input: [2, 20, 21, 16], weights: [3, 3, 16, 16], padding: .init(1), mode: .reflect), [.forward]),
        (Convolution(input: [2, 38, 42, 24], weights: [4, 4, 24, 24], stride: .init(2), padding: .init(1)), [.forward]),
        (Convolution(input: [2, 32, 40, 9], weights: [4, 4, 9, 13], stride: .init(2), padding: .init(1), mode: .circular), [.forward]),
        (Convolution(input: [2, 45, 47, 24], weights: [3, 3, 24, 32], stride: .init(2), padding: .init(1)), [.forward]),
        (Convolution(input: [2, 40, 40, 40], weights: [4, 3, 40, 80], stride: .init(2), padding: .init(1)), [.forward]),
        (Convolution(input: [2, 32, 32, 48], weights: [3, 3, 48, 48], padding: .init(1)), [.forward, .dataGradient]),
        (Convolution(input: [4, 16, 16, 64], weights: [3, 3, 64, 64], padding: .init(1)), []),
        (Convolution(input: [2, 64, 64, 64], weights: [4, 4, 64, 64], stride: .init(2), padding: .init(1)), [.forward]),
        (Convolution(input: [2, 64, 64, 65], weights: [4, 4, 65, 64], stride: .init(2), padding: .init(1)), []),
    ]

    @Test("which passes share transforms with the gradient of the weights", arguments: sharedShapes)
    func sharing(shape: Convolution, passes: [ConvolutionPass]) {
        let found = [ConvolutionPass.forward, .dataGradient].filter { ConvolutionPlanner.sharesTransforms(shape, $0) }
        #expect(found == passes, "\(shape)")
    }

    @Test("a gradient of an empty field leaves nothing to sum") func emptyField() {
        let shape = Convolution(
            input: [8, 0, 64, 24], weights: [3, 3, 24, 24], padding: .init(top: 2, left: 1, bottom: 2, right: 1))
        let (g, w): (Tensor<Float>, Tensor<Float>) = (normal(shape.outputShape, stream: 1), normal(shape.weightShape, stream: 2))
        let place = Tensor<Float>(w.shape, repeating: .nan)
        let x = shape.run(.dataGradient, Tensor(shape.inputShape, repeating: 0), g, w, andWeightGradientInto: place)
        #expect(x.count == 0 && place.scalars.allSatisfy { $0 == 0 })
    }

    @Test func transposedHasTheSizeOfTheDefinition() {
        for (kernel, outputPadding) in [(3, 0), (3, 1), (4, 0), (4, 1)] {
            let shape = Convolution.transposed(
                of: [2, 6, 5, 8], weights: [kernel, kernel, 3, 8], stride: .init(2), padding: .init(1), outputPadding: .init(outputPadding))
            #expect(shape.outputShape == [2, 6, 5, 8])
            #expect(shape.inputShape == [2, 10 - 2 + kernel - 1 + outputPadding + 1, 8 - 2 + kernel - 1 + outputPadding + 1, 3])
            let (g, w): (Tensor<Double>, Tensor<Double>) = (normal(shape.outputShape, stream: 1), normal(shape.weightShape, stream: 2))
            #expect(relativeDifference(shape.dataGradient(g, w), NaiveConvolution(shape: shape).dataGradient(g, w)) < 1e-14)
        }
    }

    @Test(arguments: [
        Convolution(input: [2, 16, 16, 24], weights: [3, 3, 24, 24], padding: .init(1)),
        Convolution(input: [2, 32, 32, 16], weights: [4, 4, 16, 16], stride: .init(2), padding: .init(1)),
        Convolution(input: [2, 8, 8, 192], weights: [3, 3, 192, 192], padding: .init(1)),
        Convolution(input: [5, 8, 8, 192], weights: [3, 3, 192, 192], padding: .init(1)),
    ])
    func sameBitsOnEveryThread(shape: Convolution) {
        let (x, w, g): (Tensor<Float>, Tensor<Float>, Tensor<Float>) = (
            normal(shape.inputShape, stream: 1), normal(shape.weightShape, stream: 2), normal(shape.outputShape, stream: 3)
        )
        let (y, gx, gw) = (shape.forward(x, w), shape.dataGradient(g, w), shape.weightGradient(x, g))
        Workers(threads: 4).run(16) { _ in
            #expect(shape.forward(x, w) == y)
            #expect(shape.dataGradient(g, w) == gx)
            #expect(shape.weightGradient(x, g) == gw)
        }
    }

    /// Where the addend of a pass lies.
    enum Addend: CaseIterable { case none, target, elsewhere }

    /// Every method of every pass, with bias and addend, in the target or elsewhere, against the definition.
    @Test(arguments: shapes, ConvolutionPass.allCases)
    func everyMethodEqualsTheDefinition(shape: Convolution, pass: ConvolutionPass) {
        let (x, w): (Tensor<Double>, Tensor<Double>) = (normal(shape.inputShape, stream: 1), normal(shape.weightShape, stream: 2))
        let (g, bias): (Tensor<Double>, Tensor<Float>) = (normal(shape.outputShape, stream: 3), normal([shape.outputChannels], stream: 4))
        let naive = NaiveConvolution(shape: shape)
        let (term, addend) =
            switch pass {
            case .forward: (naive.forward(x, w), g)
            case .dataGradient: (naive.dataGradient(g, w), x)
            case .weightGradient: (naive.weightGradient(x, g), w)
            }
        let methods = ConvolutionPlanner.methods(shape, pass, allowsWinograd: true)
        #expect(methods.contains(shape.mode == .zeros ? .rows : .padded))
        let elsewhere: Tensor<Float> = addend.cast()
        for method in methods {
            #expect(ConvolutionMethod(method.description) == method)
            for place in Addend.allCases {
                let hasBias = place != .none
                var expected = hasBias ? Tensor(term.shape, zip(term.scalars, addend.scalars).map { $0 + $1 }) : term
                let usesBias = hasBias && pass == .forward
                if usesBias {
                    expected = Tensor(term.shape, zip(expected.scalars, 0...).map { $0 + Double(bias.scalars[$1 % shape.outputChannels]) })
                }
                func result(threads: Int) -> Tensor<Float> {
                    var (input, weights, output): (Tensor<Float>, Tensor<Float>, Tensor<Float>) = (x.cast(), w.cast(), g.cast())
                    let ran = input.withUnsafeMutablePointer { input in
                        weights.withUnsafeMutablePointer { weights in
                            output.withUnsafeMutablePointer { output in
                                let target = pass.target(input, weights, output)
                                if place != .target { target.update(repeating: .nan, count: term.count) }
                                let pointers: [Addend: UnsafePointer<Float>] = [
                                    .target: UnsafePointer(target), .elsewhere: elsewhere.basePointer,
                                ]
                                return Kernels.convolve(
                                    shape, pass, by: method, adding: pointers[place], input: input, weights: weights,
                                    bias: usesBias ? bias.basePointer : nil, output: output, workers: Workers(threads: threads))
                            }
                        }
                    }
                    #expect(ran, "\(method)")
                    return pass == .forward ? output : pass == .dataGradient ? input : weights
                }
                let alone = result(threads: 1)
                #expect(relativeDifference(alone, expected) < (method.isWinograd ? 2e-5 : 2e-6), "\(method)")
                #expect(result(threads: 3) == alone, "\(method)")
            }
        }
    }

    @Test(
        "Winograd's algorithm is the first choice where its tiles are full and enough",
        arguments: [
            // Two full tiles of narrow fields, one, four of wider ones, and three.
            (batch: 2, side: 4, channels: 24, kernel: 3, stride: 1, passes: ConvolutionPass.allCases),
            (batch: 1, side: 4, channels: 24, kernel: 3, stride: 1, passes: []),
            (batch: 4, side: 4, channels: 64, kernel: 3, stride: 1, passes: ConvolutionPass.allCases),
            (batch: 3, side: 4, channels: 64, kernel: 3, stride: 1, passes: []),
            // Tiles of which a quarter is used.
            (batch: 64, side: 2, channels: 24, kernel: 3, stride: 1, passes: []),
            (batch: 1, side: 8, channels: 96, kernel: 3, stride: 1, passes: []),
            (batch: 2, side: 8, channels: 96, kernel: 3, stride: 1, passes: ConvolutionPass.allCases),
            (batch: 4, side: 8, channels: 24, kernel: 3, stride: 2, passes: []),
            (batch: 2, side: 16, channels: 24, kernel: 3, stride: 2, passes: ConvolutionPass.allCases),
            (batch: 2, side: 64, channels: 64, kernel: 3, stride: 2, passes: ConvolutionPass.allCases),
            (batch: 2, side: 32, channels: 64, kernel: 3, stride: 2, passes: [.forward, .weightGradient]),
            (batch: 1, side: 32, channels: 128, kernel: 3, stride: 2, passes: []),
            (batch: 2, side: 8, channels: 24, kernel: 4, stride: 2, passes: []),
            (batch: 1, side: 16, channels: 24, kernel: 4, stride: 2, passes: ConvolutionPass.allCases),
            (batch: 2, side: 16, channels: 64, kernel: 4, stride: 2, passes: []),
            (batch: 64, side: 4, channels: 24, kernel: 4, stride: 2, passes: []),
        ] as [(batch: Int, side: Int, channels: Int, kernel: Int, stride: Int, passes: [ConvolutionPass])])
    func rulesOfTheShape(_ rule: (batch: Int, side: Int, channels: Int, kernel: Int, stride: Int, passes: [ConvolutionPass])) {
        let shape = Convolution(
            input: [rule.batch, rule.side, rule.side, rule.channels],
            weights: [rule.kernel, rule.kernel, rule.channels, rule.channels], stride: .init(rule.stride), padding: .init(1))
        let chosen = ConvolutionPass.allCases.filter {
            if case .winograd = ConvolutionPlanner.methods(shape, $0, allowsWinograd: true)[0] { true } else { false }
        }
        #expect(chosen == rule.passes, "\(shape)")
    }

    @Test("products of patches come before oneDNN where there is little to do", arguments: [(16, true), (64, false)])
    func smallShapes(batch: Int, areSmall: Bool) {
        // 2 x 2 points of the result in a sample, so that Winograd's tiles are mostly empty.
        let shape = Convolution(input: [batch, 4, 4, 24], weights: [3, 3, 24, 24], stride: .init(2), padding: .init(1))
        for pass in ConvolutionPass.allCases {
            #expect((ConvolutionPlanner.methods(shape, pass, allowsWinograd: true)[0] == .patches) == areSmall, "\(pass)")
        }
    }

    @Test func plansAreStoredAndKept() throws {
        let shape = Convolution(input: [1, 12, 12, 16], weights: [3, 3, 16, 16], padding: .init(1))
        var stored: [String: String] = [:]
        func choose(_ allowsWinograd: Bool) -> ConvolutionMethod {
            ConvolutionPlanner.choose(
                shape, .forward, allowsWinograd: allowsWinograd, stored: { stored[$0] }, record: { stored[$1] = $0 })
        }
        let first = choose(false)
        #expect(!first.isWinograd)
        #expect(stored == [ConvolutionPlanner.planName(shape, .forward, allowsWinograd: false): first.description])
        #expect(choose(false) == first)
        // A stored choice is taken whatever its speed; one that does not exist is measured anew.
        let name = ConvolutionPlanner.planName(shape, .forward, allowsWinograd: true)
        stored[name] = "rows"
        #expect(choose(true) == .rows)
        stored[name] = "onednn direct nhwc nhwc no-such-implementation"
        #expect(ConvolutionPlanner.methods(shape, .forward, allowsWinograd: true).contains(choose(true)))
        #expect(stored[name] != "onednn direct nhwc nhwc no-such-implementation")
    }
}
