import Tensors
import Transforms

/// What this machine does at best in one kind of work that operators and solvers are made of, each thread on data of its own.
public struct CeilingBenchmark: Benchmark {
    /// Name on the command line.
    public let name: String
    /// What it is, one line.
    public let summary: String
    private let unit: String
    /// Work of a call, in 1e9 of the unit before "/s".
    private let work: Double
    /// Samples that threads share out; nil where each thread does all of the work.
    private let samples: Int?
    /// The work on so many samples, with buffers of its own.
    private let make: @Sendable (Int) -> () -> Void

    /// What a run measures.
    public struct Measurement: Codable, Sendable {
        /// Name of the benchmark.
        public var name: String
        /// Threads used.
        public var threads: Int
        /// Median time of a call in ms.
        public var milliseconds: Double
        /// Shortest time.
        public var shortest: Double
        /// Rate of the median call, all threads together.
        public var rate: Double
        /// What the rate counts.
        public var unit: String

        /// Names in the JSON lines.
        public enum CodingKeys: String, CodingKey {
            case name, threads, rate, unit
            case milliseconds = "ms"
            case shortest = "ms_min"
        }
    }

    /// Columns of the table.
    public static let columns: [TextTable.Column] = [
        .init("ceiling"), .init("threads", .trailing), .init("ms", .decimal), .init("shortest", .decimal), .init("rate", .decimal),
        .init("unit"),
    ]

    /// A row of it.
    public static func cells(_ result: Measurement) -> [String] {
        [
            result.name, "\(result.threads)", Format.significant(result.milliseconds), Format.significant(result.shortest),
            Format.significant(result.rate), result.unit,
        ]
    }

    /// All benchmarks; names and sizes are those of published tables.
    public static let all: [CeilingBenchmark] = [
        product("sgemm-1024", 1024, Float.self), product("dgemm-1024", 1024, Double.self), channels(32), channels(64),
        CeilingBenchmark(
            name: "conv3x3-8x64x64x64", summary: "convolution, 3 x 3, 64 to 64 channels, 8 fields of 64 x 64; nominal operations",
            unit: "Gflop/s", work: 8 * 4096 * 2 * 9 * 64 * 64 / 1e9, samples: 8
        ) { count in
            let shape = Convolution(input: [count, 64, 64, 64], weights: [3, 3, 64, 64], padding: .init(1))
            let (x, w) = (Tensor<Float>([count, 64, 64, 64], repeating: 0.5), Tensor<Float>([3, 3, 64, 64], repeating: 0.5))
            let y = Tensor<Float>([count, 64, 64, 64], repeating: 0)
            return {
                Kernels.convolve(
                    shape, .forward, adding: nil, input: x.kernelPointer, weights: w.kernelPointer, bias: nil,
                    output: y.kernelPointer)
            }
        },
        CeilingBenchmark(
            name: "copy-256MiB", summary: "copy of 256 MiB, read and written bytes", unit: "GB/s", work: 2 * 0.268435456, samples: 64
        ) { count in
            let size = count << 20
            let (x, y) = (Tensor<Float>([size], repeating: 1), Tensor<Float>([size], repeating: 0))
            return { y.kernelPointer.update(from: x.basePointer, count: size) }
        },
        CeilingBenchmark(
            name: "gelu-2.6M", summary: "GELU of 2.6 million numbers", unit: "Gelement/s", work: 2.62144e-3, samples: 40
        ) { count in
            let (x, y) = (Tensor<Float>([count << 16], repeating: 0.3), Tensor<Float>([count << 16], repeating: 0))
            return { Kernels.unary(.gelu, count << 16, x.basePointer, y.kernelPointer) }
        },
        transform("rfft2-640x64x64", isForward: true), transform("irfft2-640x64x64", isForward: false),
    ]

    private static func product<T: Scalar>(_ name: String, _ n: Int, _ type: T.Type) -> CeilingBenchmark {
        CeilingBenchmark(
            name: name, summary: "matrix product of \(n) x \(n) in \(T.self), one on each thread", unit: "Gflop/s",
            work: 2 * Double(n * n * n) / 1e9, samples: nil
        ) { _ in
            let matrices = (0..<3).map { _ in Tensor<T>([n, n], repeating: 0.5) }
            return {
                Kernels.gemm(
                    m: n, n: n, k: n, a: matrices[0].basePointer, lda: n, b: matrices[1].basePointer, ldb: n, c: matrices[2].kernelPointer,
                    ldc: n)
            }
        }
    }

    /// The pointwise linear map of a Fourier layer.
    private static func channels(_ n: Int) -> CeilingBenchmark {
        CeilingBenchmark(
            name: "sgemm-81920x\(n)x\(n)", summary: "\(n) channels to \(n) at 20 x 64 x 64 points", unit: "Gflop/s",
            work: 2 * 81920 * Double(n * n) / 1e9, samples: 20
        ) { count in
            let rows = count * 4096
            let (a, b, c) = (Tensor<Float>([rows, n], repeating: 0.5), Tensor<Float>([n, n], repeating: 0.5), Tensor<Float>([rows, n]))
            return {
                Kernels.gemm(m: rows, n: n, k: n, a: a.basePointer, lda: n, b: b.basePointer, ldb: n, c: c.kernelPointer, ldc: n)
            }
        }
    }

    /// Operations as the field counts those of a real transform, `2.5 n log2 n`.
    private static func transform(_ name: String, isForward: Bool) -> CeilingBenchmark {
        CeilingBenchmark(
            name: name, summary: "\(isForward ? "forward" : "inverse") real FFT of 640 fields of 64 x 64 by FFTW", unit: "Gflop/s",
            work: 640 * 2.5 * 4096 * 12 / 1e9, samples: 640
        ) { count in
            let transform = RealFourierTransform<Float>(grid: [64, 64], batch: count)
            let field = Tensor<Float>([transform.realCount], repeating: 1)
            let spectrum = Tensor<Float>([2 * transform.spectrumCount], repeating: 0)
            return {
                if isForward {
                    transform.forward(field.basePointer, into: spectrum.kernelPointer)
                } else {
                    transform.inverse(consuming: spectrum.kernelPointer, into: field.kernelPointer)
                }
            }
        }
    }

    /// Times the work on all threads at once.
    public func run(threads: Int, repeats: Int?) throws -> Measurement {
        let workers = Workers(threads: threads)
        let calls = (0..<threads).map { part in
            make(samples.map { (part + 1) * $0 / threads - part * $0 / threads } ?? 1)
        }
        // Invariant: call `part` is made by the worker of that part alone.
        nonisolated(unsafe) let shared = calls
        func pass() { workers.run(threads) { shared[$0]() } }
        for _ in 0..<3 { pass() }
        let times = Self.times(repeats, pass)
        let median = times[times.count / 2]
        return Measurement(
            name: name, threads: threads, milliseconds: 1000 * median, shortest: 1000 * times[0],
            rate: work * (samples == nil ? Double(threads) : 1) / median, unit: unit)
    }
}
