import Communication
import Transforms

extension Communicator {
    /// Makes something on every rank; on the leading one first, so that what is wrong with the input is found and said once.
    ///
    /// The other ranks take over what the leading one has measured about fast implementations, so that all compute the same bits.
    ///
    /// - Parameters:
    ///   - make: makes it.
    ///   - rehearse: uses it as it will be used, on the leading rank of several only.
    /// - Throws: what `make` and `rehearse` throw; on the leading rank also `CommunicationError.failed` with what another has thrown.
    public func prepare<Value>(_ make: () throws -> Value, rehearsing rehearse: (Value) throws -> Void) throws -> Value {
        guard size > 1 else { return try make() }
        var value: Value?
        let knowledge = try lead { () -> PlanningKnowledge in
            let made = try make()
            try rehearse(made)
            value = made
            return .current
        }
        if !isLeader { knowledge.adopt() }
        _ = try collect {
            if value == nil { value = try make() }
            return []
        }
        guard let value else { throw CommunicationError.reported }
        return value
    }
}
