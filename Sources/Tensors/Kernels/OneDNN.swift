import COneDNN

/// What the oneDNN kernels share: the engine, memory descriptors, and objects released with their last reference.
enum OneDNN {
    /// The CPU engine of the process; engines and primitives may be used from any thread.
    nonisolated(unsafe) static let engine: dnnl_engine_t = {
        var engine: dnnl_engine_t?
        require(dnnl_engine_create(&engine, dnnl_cpu, 0))
        return engine!
    }()

    /// For example `2.6.3`.
    static let version: String = {
        let version = dnnl_version().pointee
        return "\(version.major).\(version.minor).\(version.patch)"
    }()

    /// Stops on a failure that only a bug here, or no memory, can cause.
    static func require(_ status: dnnl_status_t) {
        precondition(status == dnnl_success, "oneDNN failed with status \(status.rawValue)")
    }

    /// A Float32 memory descriptor of logical extents `dims` (oneDNN's order: batch, channels, y, x) in a named layout.
    static func descriptor(_ dims: [Int], _ tag: dnnl_format_tag_t) -> dnnl_memory_desc_t {
        var result = dnnl_memory_desc_t()
        let extents = dims.map(Int64.init)
        require(dnnl_memory_desc_init_by_tag(&result, Int32(dims.count), extents, dnnl_f32, tag))
        return result
    }

    static func bytes(_ descriptor: dnnl_memory_desc_t) -> Int {
        withUnsafePointer(to: descriptor) { dnnl_memory_desc_get_size($0) }
    }

    static func equal(_ a: dnnl_memory_desc_t, _ b: dnnl_memory_desc_t) -> Bool {
        withUnsafePointer(to: a) { a in withUnsafePointer(to: b) { b in dnnl_memory_desc_equal(a, b) != 0 } }
    }

    /// Attributes of every primitive here: scratch memory comes from the caller, and optionally the result is added to its target.
    static func withAttributes<R>(accumulates: Bool, _ body: (dnnl_primitive_attr_t) -> R) -> R {
        var attributes: dnnl_primitive_attr_t?
        require(dnnl_primitive_attr_create(&attributes))
        defer { dnnl_primitive_attr_destroy(attributes) }
        require(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
        if accumulates {
            var operations: dnnl_post_ops_t?
            require(dnnl_post_ops_create(&operations))
            require(dnnl_post_ops_append_sum(operations, 1))
            require(dnnl_primitive_attr_set_post_ops(attributes, operations))
            dnnl_post_ops_destroy(operations)
        }
        return body(attributes!)
    }

    /// Runs a reorder.
    static func reorder(_ reorder: Primitive, _ source: Memory, _ target: Memory, _ scratch: Storage<Float>, _ stream: Stream) {
        let memory = Memory(reorder.scratchDescriptor)
        memory.bind(scratch.pointer)
        let list = [
            dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: source.handle), dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: target.handle),
            dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: memory.handle),
        ]
        require(dnnl_primitive_execute(reorder.handle, stream.handle, Int32(list.count), list))
    }

    /// A compiled primitive, destroyed with its last reference.
    ///
    /// Immutable, so that threads may share it.
    final class Primitive: @unchecked Sendable {
        let handle: dnnl_primitive_t
        let scratchDescriptor: dnnl_memory_desc_t

        /// Compiles `description`; nil if oneDNN cannot.
        init?(_ description: const_dnnl_primitive_desc_t) {
            var handle: dnnl_primitive_t?
            guard dnnl_primitive_create(&handle, description) == dnnl_success, let handle else { return nil }
            self.handle = handle
            self.scratchDescriptor = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0).pointee
        }

        deinit { dnnl_primitive_destroy(handle) }

        var scratchBytes: Int { OneDNN.bytes(scratchDescriptor) }
    }

    /// A memory object, for one thread at a time: a layout and, while a primitive runs, an address.
    final class Memory {
        let handle: dnnl_memory_t

        init(_ descriptor: dnnl_memory_desc_t) {
            var handle: dnnl_memory_t?
            require(withUnsafePointer(to: descriptor) { dnnl_memory_create(&handle, $0, engine, nil) })
            self.handle = handle!
        }

        deinit { dnnl_memory_destroy(handle) }

        func bind(_ pointer: UnsafeMutableRawPointer?) { require(dnnl_memory_set_data_handle(handle, pointer)) }
    }

    /// An execution stream, for one thread at a time.
    final class Stream {
        let handle: dnnl_stream_t

        init() {
            var handle: dnnl_stream_t?
            require(dnnl_stream_create(&handle, engine, dnnl_stream_default_flags.rawValue))
            self.handle = handle!
        }

        deinit { dnnl_stream_destroy(handle) }
    }
}
