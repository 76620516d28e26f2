extension Variable {
    /// What `compute` makes of this variable, recomputed in the backward pass of a tape with checkpoints (see `Tape.checkpointed(_:_:)`).
    @specialized(where Element == Float)
    public func checkpointed(_ compute: @escaping (Variable) -> Variable) -> Variable { tape.checkpointed([self]) { compute($0[0]) } }
}
