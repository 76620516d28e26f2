import Foundation
import Synchronization

/// A reference-counted, 64-byte aligned buffer of scalars taken from the process-wide pool and returned to it on release.
///
/// Invariant: the memory holds `capacity` initialised-or-trivial scalars (`Scalar` types are trivial, so no deinitialisation is needed).
public final class Storage<Element: Scalar>: @unchecked Sendable {
    /// Start of the buffer, aligned to 64 bytes (FFTW and AVX-512 need it).
    public let pointer: UnsafeMutablePointer<Element>
    /// Number of scalars asked for.
    public let count: Int
    private let sizeClass: Int

    /// Takes an uninitialised buffer of `count` scalars.
    public init(count: Int) {
        let (raw, sizeClass) = BufferPool.take(bytes: count * MemoryLayout<Element>.stride)
        self.pointer = raw.bindMemory(to: Element.self, capacity: count)
        self.count = count
        self.sizeClass = sizeClass
    }

    deinit { BufferPool.give(UnsafeMutableRawPointer(pointer), sizeClass: sizeClass) }
}

/// Free lists of aligned buffers by size class, so that a training step after the first asks nothing from the system.
///
/// Size classes grow by a quarter of a power of two; the newest freed buffer is reused first, because it is still in the cache.
public enum BufferPool {
    private struct State: @unchecked Sendable {
        var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: 4 * 48)
        var bytesFromSystem = 0
        var systemAllocations = 0
    }

    private static let state = Mutex(State())

    /// Bytes that the pool holds from the system, in use or free.
    public static var bytesFromSystem: Int { state.withLock { $0.bytesFromSystem } }

    /// How often the pool had to ask the system for memory; constant in a steady state.
    public static var systemAllocations: Int { state.withLock { $0.systemAllocations } }

    /// Returns every free buffer to the system.
    public static func drain() {
        state.withLock { state in
            for index in state.free.indices {
                state.bytesFromSystem -= state.free[index].count * bytes(ofClass: index)
                for pointer in state.free[index] { free(pointer) }
                state.free[index] = []
            }
        }
    }

    /// Smallest class whose buffers hold `bytes`.
    static func sizeClass(bytes: Int) -> Int {
        let size = max(bytes, 256)
        let exponent = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount
        let base = 1 << exponent
        let quarter = max(base / 4, 1)
        let step = (size - base + quarter - 1) / quarter
        return 4 * exponent + step
    }

    static func bytes(ofClass index: Int) -> Int {
        let base = 1 << (index / 4)
        return base + (index % 4) * (base / 4)
    }

    fileprivate static func take(bytes size: Int) -> (UnsafeMutableRawPointer, Int) {
        let index = sizeClass(bytes: size)
        let reused = state.withLock { state -> UInt? in
            state.free[index].popLast().map { UInt(bitPattern: $0) }
        }
        if let reused { return (UnsafeMutableRawPointer(bitPattern: reused)!, index) }
        let bytes = self.bytes(ofClass: index)
        var pointer: UnsafeMutableRawPointer?
        let large = bytes >= 1 << 21
        guard posix_memalign(&pointer, large ? 1 << 21 : 64, bytes) == 0, let pointer else {
            fatalError("out of memory: \(bytes) bytes")
        }
        #if os(Linux)
            // Large buffers ask for huge pages: fewer TLB misses in the transforms and convolutions.
            if large { madvise(pointer, bytes, 14) }
        #endif
        state.withLock { state in
            state.bytesFromSystem += bytes
            state.systemAllocations += 1
        }
        return (pointer, index)
    }

    fileprivate static func give(_ pointer: UnsafeMutableRawPointer, sizeClass: Int) {
        let address = UInt(bitPattern: pointer)
        state.withLock { $0.free[sizeClass].append(UnsafeMutableRawPointer(bitPattern: address)!) }
    }
}
