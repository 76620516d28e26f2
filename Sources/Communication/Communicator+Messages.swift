import Foundation

extension Communicator {
    /// Whether this rank leads.
    public var isLeader: Bool { rank == 0 }

    /// Gives all ranks the message that rank 0 makes; the others do not call `make`.
    public func lead(_ make: () throws -> [UInt8]) throws -> [UInt8] {
        guard size > 1 else { return try make() }
        var message = isLeader ? try make() : []
        var count = [Int64(message.count)]
        try count.withUnsafeMutableBytes(broadcast)
        if !isLeader { message = Array(repeating: 0, count: Int(count[0])) }
        try message.withUnsafeMutableBytes(broadcast)
        return message
    }

    /// Gives all ranks the value that rank 0 makes, as JSON.
    public func lead<Value: Codable>(as type: Value.Type = Value.self, _ make: () throws -> Value) throws -> Value {
        guard size > 1 else { return try make() }
        return try Wire.decode(lead { try Wire.encode(make()) })
    }

    /// Runs `body` on every rank and hands the values to rank 0, in the order of the ranks, as JSON; as `collect` where it fails.
    public func gather<Value: Codable>(_ body: () throws -> Value) throws -> [Value] {
        guard size > 1 else { return [try body()] }
        return try collect { try Wire.encode(body()) }.map { try Wire.decode($0) }
    }

    /// Runs `body` on every rank and hands what it returns to rank 0, in the order of the ranks; the other ranks get nothing.
    ///
    /// If it fails anywhere, rank 0 throws the error of the lowest rank that failed, as ``CommunicationError/failed(rank:host:message:)``
    /// unless it is its own. The other ranks throw nothing but errors of communication, so that only one rank tells.
    public func collect(_ body: () throws -> [UInt8]) throws -> [[UInt8]] {
        guard size > 1 else { return [try body()] }
        let own = Result { try body() }
        guard isLeader else {
            switch own {
            case .success(let message): try post(message, failed: false)
            case .failure(let error): try post(Wire.encode([ProcessInfo.processInfo.hostName, "\(error)"]), failed: true)
            }
            return []
        }
        var messages: [[UInt8]] = []
        var failure: CommunicationError?
        for other in 1..<size {
            var head = [Int64](repeating: 0, count: 2)
            try head.withUnsafeMutableBytes { try receive($0, from: other) }
            var message = [UInt8](repeating: 0, count: Int(head[1]))
            if !message.isEmpty { try message.withUnsafeMutableBytes { try receive($0, from: other) } }
            if head[0] != 0, failure == nil {
                let text = try Wire.decode(message, as: [String].self)
                failure = .failed(rank: other, host: text[0], message: text[1])
            }
            messages.append(message)
        }
        let first = try own.get()
        if let failure { throw failure }
        return [first] + messages
    }

    private func post(_ message: [UInt8], failed: Bool) throws {
        try [failed ? 1 : 0, Int64(message.count)].withUnsafeBytes { try send($0, to: 0) }
        if !message.isEmpty { try message.withUnsafeBytes { try send($0, to: 0) } }
    }
}

/// Values as bytes.
private enum Wire {
    private static let names = (infinity: "inf", negative: "-inf", nan: "nan")

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: names.infinity, negativeInfinity: names.negative, nan: names.nan)
        return [UInt8](try encoder.encode([value]))
    }

    static func decode<Value: Decodable>(_ bytes: [UInt8], as type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: names.infinity, negativeInfinity: names.negative, nan: names.nan)
        return try decoder.decode([Value].self, from: Data(bytes))[0]
    }
}
