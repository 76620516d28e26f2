import CFFTW
import Foundation
import Synchronization
import Tensors

/// How long FFTW may search for a fast plan.
public enum PlanningEffort: String, Sendable, CaseIterable {
    /// Guess without measuring; the same plan every time, often half as fast.
    case estimate
    /// Time several algorithms (the default): milliseconds to a second for each size.
    case measure
    /// Time many more.
    case patient
    /// Time everything.
    case exhaustive

    var flag: UInt32 {
        switch self {
        case .estimate: 1 << 6
        case .measure: 0
        case .patient: 1 << 5
        case .exhaustive: 1 << 3
        }
    }
}

/// Process-wide settings and stored knowledge of the FFT planner.
///
/// Plans are made under one lock, on scratch memory, once per transform, and are kept until `removeAllPlans`. What FFTW learned by timing
/// (its wisdom) is stored in the cache folder (`CacheFile`), so that a later run executes the same plans and gets the same bits.
public enum FourierPlanner {
    /// Effort spent on plans made from now on; at the start `EDDY_PLANNING` (`estimate`, `measure`, `patient`, `exhaustive`) or `measure`.
    public static var effort: PlanningEffort {
        get { currentEffort.withLock { $0 } }
        set { currentEffort.withLock { $0 = newValue } }
    }

    private static let currentEffort = Mutex(
        ProcessInfo.processInfo.environment["EDDY_PLANNING"].flatMap(PlanningEffort.init(rawValue:)) ?? .measure)

    /// Forgets every cached plan; transforms that exist keep theirs.
    public static func removeAllPlans() {
        let plans = FFTWLibrary.withPlanner { $0.removeAll() }
        withExtendedLifetime(plans) {}
    }

    /// What FFTW knows for type `S`, as text to be imported on another process or machine of the same kind.
    public static func exportWisdom<S: Scalar>(for type: S.Type) -> String {
        FFTWLibrary.withPlanner { _ in FFTWLibrary.exportWisdom(type) }
    }

    /// Adds wisdom exported earlier; false if the text is not wisdom of this FFTW version and type.
    @discardableResult
    public static func importWisdom<S: Scalar>(_ text: String, for type: S.Type) -> Bool {
        FFTWLibrary.withPlanner { _ in FFTWLibrary.importWisdom(text, type) }
    }

    /// Replaces all that this process knows, stored wisdom included, by the exported wisdom of another; the files stay as they are.
    static func replaceWisdom(float: String, double: String) {
        forgetWisdom()
        removeAllPlans()
        FFTWLibrary.withPlanner { planner in
            planner.ignoreStoredWisdom()
            FFTWLibrary.importWisdom(float, Float.self)
            FFTWLibrary.importWisdom(double, Double.self)
        }
    }

    /// Forgets the wisdom of both precisions, in this process only.
    public static func forgetWisdom() {
        FFTWLibrary.withPlanner { _ in
            fftw_forget_wisdom()
            fftwf_forget_wisdom()
        }
    }
}

/// The two precisions of the FFTW library behind one generic interface, the planner's lock and the cache of plans.
///
/// Invariant: every FFTW function other than new-array execution is called inside `withPlanner`.
enum FFTWLibrary {
    /// Plans by description, and whether stored wisdom has been read.
    struct Planner: @unchecked Sendable {
        fileprivate var plans: [PlanDescription: AnyObject] = [:]
        fileprivate var hasReadWisdom = false

        /// Empties the cache and returns what it held, to be released outside the lock (a plan's deinit takes it).
        mutating func removeAll() -> [AnyObject] {
            defer { plans = [:] }
            return Array(plans.values)
        }

        mutating func ignoreStoredWisdom() { hasReadWisdom = true }

        mutating func readStoredWisdom() {
            guard !hasReadWisdom else { return }
            hasReadWisdom = true
            if let text = FFTWLibrary.file(Float.self).read() { FFTWLibrary.importWisdom(text, Float.self) }
            if let text = FFTWLibrary.file(Double.self).read() { FFTWLibrary.importWisdom(text, Double.self) }
        }

        /// The cached or newly made plan.
        mutating func plan<S: Scalar>(_ description: PlanDescription) -> FFTWPlan<S> {
            if let plan = plans[description] as? FFTWPlan<S> { return plan }
            readStoredWisdom()
            let plan = FFTWPlan<S>(making: description)
            plans[description] = plan
            if description.effort != .estimate { FFTWLibrary.file(S.self).setNeedsSave() }
            return plan
        }
    }

    private static let planner = Mutex(Planner())

    static func withPlanner<R>(_ body: (inout Planner) -> R) -> R {
        // R may hold plans, which are Sendable; the region checker cannot see through the generic result.
        nonisolated(unsafe) var result: R?
        planner.withLock { result = body(&$0) }
        return result!
    }

    private static let floatFile = CacheFile(name: "fftw-float32.wisdom") { mergeWisdom(onDisk: $0, Float.self) }
    private static let doubleFile = CacheFile(name: "fftw-float64.wisdom") { mergeWisdom(onDisk: $0, Double.self) }

    static func file<S: Scalar>(_ type: S.Type) -> CacheFile { type == Float.self ? floatFile : doubleFile }

    private static func mergeWisdom<S: Scalar>(onDisk: String?, _ type: S.Type) -> String {
        withPlanner { _ in
            if let onDisk { importWisdom(onDisk, type) }
            return exportWisdom(type)
        }
    }

    static func exportWisdom<S: Scalar>(_ type: S.Type) -> String {
        guard let text = S.self == Float.self ? fftwf_export_wisdom_to_string() : fftw_export_wisdom_to_string() else { return "" }
        defer { free(text) }
        return String(cString: text)
    }

    @discardableResult
    static func importWisdom<S: Scalar>(_ text: String, _ type: S.Type) -> Bool {
        (S.self == Float.self ? fftwf_import_wisdom_from_string(text) : fftw_import_wisdom_from_string(text)) != 0
    }

    /// Makes an FFTW plan on the given scratch memory; nil if FFTW has no algorithm.
    static func makePlan<S: Scalar>(
        _ description: PlanDescription, _ input: UnsafeMutablePointer<S>, _ output: UnsafeMutablePointer<S>
    ) -> OpaquePointer? {
        let dims = description.axes.map { fftw_iodim64(n: $0.count, is: $0.inputStride, os: $0.outputStride) }
        let loops = description.loops.map { fftw_iodim64(n: $0.count, is: $0.inputStride, os: $0.outputStride) }
        let (rank, loopRank) = (Int32(dims.count), Int32(loops.count))
        let flags = description.flags
        let rawInput = UnsafeMutableRawPointer(input)
        let rawOutput = UnsafeMutableRawPointer(output)
        let kinds = description.realKinds.map { fftw_r2r_kind(rawValue: $0) }
        if S.self == Float.self {
            switch description.kind {
            case .realToComplex:
                return fftwf_plan_guru64_dft_r2c(
                    rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: Float.self),
                    rawOutput.assumingMemoryBound(to: fftwf_complex.self), flags)
            case .complexToReal:
                return fftwf_plan_guru64_dft_c2r(
                    rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: fftwf_complex.self),
                    rawOutput.assumingMemoryBound(to: Float.self), flags)
            case .complexForward, .complexInverse:
                return fftwf_plan_guru64_dft(
                    rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: fftwf_complex.self),
                    rawOutput.assumingMemoryBound(to: fftwf_complex.self), description.kind == .complexForward ? -1 : 1, flags)
            case .realToReal:
                return fftwf_plan_guru64_r2r(
                    rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: Float.self),
                    rawOutput.assumingMemoryBound(to: Float.self), kinds, flags)
            }
        }
        switch description.kind {
        case .realToComplex:
            return fftw_plan_guru64_dft_r2c(
                rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: Double.self),
                rawOutput.assumingMemoryBound(to: fftw_complex.self), flags)
        case .complexToReal:
            return fftw_plan_guru64_dft_c2r(
                rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: fftw_complex.self),
                rawOutput.assumingMemoryBound(to: Double.self), flags)
        case .complexForward, .complexInverse:
            return fftw_plan_guru64_dft(
                rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: fftw_complex.self),
                rawOutput.assumingMemoryBound(to: fftw_complex.self), description.kind == .complexForward ? -1 : 1, flags)
        case .realToReal:
            return fftw_plan_guru64_r2r(
                rank, dims, loopRank, loops, rawInput.assumingMemoryBound(to: Double.self),
                rawOutput.assumingMemoryBound(to: Double.self), kinds, flags)
        }
    }

    /// New-array execution: thread-safe.
    static func execute<S: Scalar>(
        _ handle: OpaquePointer, _ kind: PlanDescription.Kind, _ input: UnsafeMutablePointer<S>, _ output: UnsafeMutablePointer<S>
    ) {
        let rawInput = UnsafeMutableRawPointer(input)
        let rawOutput = UnsafeMutableRawPointer(output)
        if S.self == Float.self {
            switch kind {
            case .realToComplex:
                fftwf_execute_dft_r2c(
                    handle, rawInput.assumingMemoryBound(to: Float.self), rawOutput.assumingMemoryBound(to: fftwf_complex.self))
            case .complexToReal:
                fftwf_execute_dft_c2r(
                    handle, rawInput.assumingMemoryBound(to: fftwf_complex.self), rawOutput.assumingMemoryBound(to: Float.self))
            case .complexForward, .complexInverse:
                fftwf_execute_dft(
                    handle, rawInput.assumingMemoryBound(to: fftwf_complex.self), rawOutput.assumingMemoryBound(to: fftwf_complex.self))
            case .realToReal:
                fftwf_execute_r2r(handle, rawInput.assumingMemoryBound(to: Float.self), rawOutput.assumingMemoryBound(to: Float.self))
            }
            return
        }
        switch kind {
        case .realToComplex:
            fftw_execute_dft_r2c(
                handle, rawInput.assumingMemoryBound(to: Double.self), rawOutput.assumingMemoryBound(to: fftw_complex.self))
        case .complexToReal:
            fftw_execute_dft_c2r(
                handle, rawInput.assumingMemoryBound(to: fftw_complex.self), rawOutput.assumingMemoryBound(to: Double.self))
        case .complexForward, .complexInverse:
            fftw_execute_dft(
                handle, rawInput.assumingMemoryBound(to: fftw_complex.self), rawOutput.assumingMemoryBound(to: fftw_complex.self))
        case .realToReal:
            fftw_execute_r2r(handle, rawInput.assumingMemoryBound(to: Double.self), rawOutput.assumingMemoryBound(to: Double.self))
        }
    }

    /// Additions and multiplications of an execution; a fused pair is two.
    static func operations<S: Scalar>(_ handle: OpaquePointer, _ type: S.Type) -> Int {
        var (additions, multiplications, fused) = (0.0, 0.0, 0.0)
        if S.self == Float.self {
            fftwf_flops(handle, &additions, &multiplications, &fused)
        } else {
            fftw_flops(handle, &additions, &multiplications, &fused)
        }
        return Int(additions + multiplications + 2 * fused)
    }

    static func destroy<S: Scalar>(_ handle: OpaquePointer, _ type: S.Type) {
        if S.self == Float.self { fftwf_destroy_plan(handle) } else { fftw_destroy_plan(handle) }
    }

    /// Whether the address has the alignment that aligned plans assume.
    static func isAligned<S: Scalar>(_ pointer: UnsafeMutablePointer<S>) -> Bool {
        let raw = UnsafeMutableRawPointer(pointer)
        return S.self == Float.self
            ? fftwf_alignment_of(raw.assumingMemoryBound(to: Float.self)) == 0
            : fftw_alignment_of(raw.assumingMemoryBound(to: Double.self)) == 0
    }
}
