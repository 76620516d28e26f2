/// A dense, contiguous, row-major array of real numbers with value semantics; fields are channels-last, `[batch, x..., channel]`.
///
/// Storage is shared until written (copy on write) and comes from `BufferPool`. A tensor may be a contiguous window into a larger
/// storage (`window`), as the parameters of a model are. Complex data are pairs: a trailing axis of 2 (real, imaginary).
public struct Tensor<Element: Scalar>: Sendable {
    /// Extent of each axis; an empty shape is a single number.
    public private(set) var shape: [Int]
    /// Product of the extents.
    public let count: Int
    private var storage: Storage<Element>
    private let offset: Int

    /// A tensor of unspecified values, for a kernel that writes all of them.
    public init(uninitialized shape: [Int]) {
        precondition(shape.allSatisfy { $0 >= 0 }, "negative extent in shape \(shape)")
        self.shape = shape
        self.count = shape.reduce(1, *)
        self.storage = Storage(count: count)
        self.offset = 0
    }

    /// A tensor filled with one value.
    public init(_ shape: [Int], repeating value: Element = 0) {
        self.init(uninitialized: shape)
        Kernels.fill(count, value, storage.pointer)
    }

    /// A tensor of the given values in row-major order.
    public init(_ shape: [Int], _ values: some Collection<Element>) {
        self.init(uninitialized: shape)
        precondition(values.count == count, "\(values.count) values for shape \(shape)")
        let target = UnsafeMutableBufferPointer(start: storage.pointer, count: count)
        _ = target.update(fromContentsOf: values)
    }

    /// A single number.
    public init(_ value: Element) { self.init([], repeating: value) }

    /// A window of `count` = product of `shape` scalars into `storage`, sharing it.
    package init(_ shape: [Int], sharing storage: Storage<Element>, offset: Int) {
        self.shape = shape
        self.count = shape.reduce(1, *)
        precondition(
            offset >= 0 && offset + count <= storage.count, "window [\(offset), \(offset + count)) of a storage of \(storage.count)")
        self.storage = storage
        self.offset = offset
    }

    /// Number of axes.
    public var rank: Int { shape.count }

    /// Reads through a pointer to the first element.
    @inlinable
    public func withUnsafePointer<R, E: Error>(_ body: (UnsafePointer<Element>) throws(E) -> R) throws(E) -> R {
        try body(basePointer)
    }

    /// Writes through a pointer to the first element, after making the storage unique.
    public mutating func withUnsafeMutablePointer<R, E: Error>(_ body: (UnsafeMutablePointer<Element>) throws(E) -> R) throws(E) -> R {
        makeUnique()
        return try body(storage.pointer + offset)
    }

    /// The first element; valid while the tensor lives and is not written.
    public var basePointer: UnsafePointer<Element> { UnsafePointer(storage.pointer + offset) }

    /// Pointer for a kernel that has just created this tensor (unique by construction) or owns the window (a gradient buffer).
    package var kernelPointer: UnsafeMutablePointer<Element> { storage.pointer + offset }

    /// Whether this value is the only owner of its storage, so that a kernel may overwrite it.
    package mutating func isUnique() -> Bool { isKnownUniquelyReferenced(&storage) }

    private mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        let copy = Tensor(uninitialized: shape)
        copy.storage.pointer.update(from: basePointer, count: count)
        self = copy
    }

    /// The values in row-major order.
    public var scalars: [Element] { Array(UnsafeBufferPointer(start: basePointer, count: count)) }

    /// The only value of a tensor with one element.
    public var item: Element {
        precondition(count == 1, "item of a tensor of shape \(shape)")
        return basePointer[0]
    }

    /// One element by its indices.
    public subscript(_ indices: Int...) -> Element {
        get { basePointer[flatIndex(indices)] }
        set {
            let index = flatIndex(indices)
            withUnsafeMutablePointer { $0[index] = newValue }
        }
    }

    private func flatIndex(_ indices: [Int]) -> Int {
        precondition(indices.count == shape.count, "\(indices.count) indices for shape \(shape)")
        var flat = 0
        for (index, extent) in zip(indices, shape) {
            precondition(index >= 0 && index < extent, "index \(indices) outside shape \(shape)")
            flat = flat * extent + index
        }
        return flat
    }

    /// The same values with another shape of equal count; one extent may be -1.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        var resolved = newShape
        if let unknown = newShape.firstIndex(of: -1) {
            let known = newShape.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
            resolved[unknown] = known == 0 ? 0 : count / known
        }
        precondition(resolved.reduce(1, *) == count, "reshape of \(shape) to \(newShape)")
        return Tensor(resolved, sharing: storage, offset: offset)
    }

    /// Rows `range` of the first axis, sharing storage.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(!shape.isEmpty && range.lowerBound >= 0 && range.upperBound <= shape[0], "rows \(range) of shape \(shape)")
        let stride = shape.dropFirst().reduce(1, *)
        return Tensor([range.count] + shape.dropFirst(), sharing: storage, offset: offset + range.lowerBound * stride)
    }

    /// The same values in another precision.
    public func cast<Target: Scalar>(to type: Target.Type = Target.self) -> Tensor<Target> {
        if let same = self as? Tensor<Target> { return same }
        let result = Tensor<Target>(uninitialized: shape)
        Kernels.convert(count, basePointer, result.kernelPointer)
        return result
    }

    /// A copy with storage of its own.
    public func copied() -> Tensor {
        let copy = Tensor(uninitialized: shape)
        copy.storage.pointer.update(from: basePointer, count: count)
        return copy
    }
}

extension Tensor: Equatable {
    /// Equal shapes and equal bits of every value, except that NaN differs from everything.
    public static func == (left: Tensor, right: Tensor) -> Bool {
        guard left.shape == right.shape else { return false }
        let (a, b) = (left.basePointer, right.basePointer)
        for index in 0..<left.count where a[index] != b[index] { return false }
        return true
    }
}

extension Tensor: CustomStringConvertible {
    /// Type, shape and the first values.
    public var description: String {
        let shown = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
        return "Tensor<\(Element.typeName)>\(shape)[\(shown)\(count > 8 ? ", ..." : "")]"
    }
}
