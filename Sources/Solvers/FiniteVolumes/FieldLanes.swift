/// One value of each field of a conservation law in eight neighbouring cells: a scalar (density, height), the velocity or momentum
/// along and across a direction, and what else the law has.
///
/// The number of fields is part of the type, so that loops over fields are unrolled and values stay in registers.
protocol FieldLanes {
    /// Number of fields.
    static var count: Int { get }

    /// The fields `make(0)`, `make(1)`, ...
    init(_ make: (Int) -> Lanes)

    /// Calls `body` with the number and value of every field.
    func forEach(_ body: (Int, Lanes) -> Void)

    /// The same with fields 1 and 2 exchanged: what the law along `x` needs to act along `y`, and back.
    var transposed: Self { get }
}

/// The fields of a law with three of them.
struct ThreeFieldLanes: FieldLanes {
    var scalar: Lanes
    var along: Lanes
    var across: Lanes

    static var count: Int { 3 }

    @inline(__always)
    init(_ scalar: Lanes, _ along: Lanes, _ across: Lanes) { (self.scalar, self.along, self.across) = (scalar, along, across) }

    @inline(__always)
    init(_ make: (Int) -> Lanes) { self.init(make(0), make(1), make(2)) }

    @inline(__always)
    func forEach(_ body: (Int, Lanes) -> Void) {
        body(0, scalar)
        body(1, along)
        body(2, across)
    }

    var transposed: Self {
        @inline(__always) get { Self(scalar, across, along) }
    }
}

/// The fields of a law with four of them.
struct FourFieldLanes: FieldLanes {
    var scalar: Lanes
    var along: Lanes
    var across: Lanes
    var energy: Lanes

    static var count: Int { 4 }

    @inline(__always)
    init(_ scalar: Lanes, _ along: Lanes, _ across: Lanes, _ energy: Lanes) {
        (self.scalar, self.along, self.across, self.energy) = (scalar, along, across, energy)
    }

    @inline(__always)
    init(_ make: (Int) -> Lanes) { self.init(make(0), make(1), make(2), make(3)) }

    @inline(__always)
    func forEach(_ body: (Int, Lanes) -> Void) {
        body(0, scalar)
        body(1, along)
        body(2, across)
        body(3, energy)
    }

    var transposed: Self {
        @inline(__always) get { Self(scalar, across, along, energy) }
    }
}
