import Communication

/// What the leading rank of a training tells the others to do.
///
/// The leader alone knows the state of the training, writes files and decides; the others wait for the next order.
struct TeamOrders {
    enum Order: Int64 {
        /// Take the parameters that follow and compute the shards of step `number`, counted from 0.
        case step
        /// Add the gradients of that step.
        case sum
        /// Take the parameters that follow and compute errors of the validation.
        case validate
        /// Leave; `number` says how the training ended.
        case end
    }

    let communicator: any Communicator

    /// Called by the leader.
    func give(_ order: Order, _ number: Int = 0) throws(CommunicationError) {
        guard communicator.size > 1 else { return }
        try exchange([order.rawValue, Int64(number)])
    }

    /// Called by the others.
    func take() throws(CommunicationError) -> (order: Order, number: Int) {
        let message = try exchange([0, 0])
        guard let order = Order(rawValue: message[0]) else { preconditionFailure("order \(message[0]) to the ranks") }
        return (order, Int(message[1]))
    }

    @discardableResult
    private func exchange(_ content: [Int64]) throws(CommunicationError) -> [Int64] {
        var content = content
        let result = content.withUnsafeMutableBytes { bytes in
            Result { () throws(CommunicationError) in try communicator.broadcast(bytes) }
        }
        try result.get()
        return content
    }
}
