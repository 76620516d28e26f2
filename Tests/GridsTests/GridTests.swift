import Foundation
import Grids
import Testing

@Suite struct AxisTests {
    @Test(arguments: [
        (Axis.Location.nodes, [0.0, 0.5, 1.0, 1.5, 2.0], 0.5),
        (.centers, [0.2, 0.6, 1.0, 1.4, 1.8], 0.4),
        (.periodic, [0.0, 0.4, 0.8, 1.2, 1.6], 0.4),
    ])
    func coordinatesOfUniformAxes(location: Axis.Location, expected: [Double], spacing: Double) {
        let axis = Axis(name: "x", from: 0, to: 2, count: 5, location: location)
        for (found, expected) in zip(axis.coordinates, expected) { #expect(abs(found - expected) < 1e-15) }
        #expect(abs(axis.spacing - spacing) < 1e-15)
        #expect(axis.isUniform)
        #expect(axis.resized(to: 9).count == 9)
        #expect(axis.resized(to: 9).location == location)
    }

    @Test func facesEncloseTheCentres() {
        let axis = Axis(name: "x", from: -1, to: 1, count: 4, location: .centers)
        #expect(axis.faces == [-1, -0.5, 0, 0.5, 1])
        let stretched = Axis(name: "x", coordinates: [0.1, 0.3, 0.7], extent: 0...1, location: .centers)
        #expect(!stretched.isUniform)
        #expect(stretched.faces == [0, 0.2, 0.5, 1])
    }

    @Test func explicitUniformCoordinatesEqualTheUniformAxis() {
        let axis = Axis(name: "y", from: 0, to: 3, count: 7, location: .periodic)
        #expect(Axis(name: "y", coordinates: axis.coordinates, extent: 0...3, location: .periodic) == axis)
    }

    /// Extents whose ends and lengths are not exact in binary, with every number of points from 2 to 130; a reader gets the same axis back.
    @Test("coordinates and faces stay in the extent and meet its ends", arguments: Axis.Location.allCases)
    func coordinatesStayInTheExtent(location: Axis.Location) {
        let extents: [(Double, Double)] = [
            (0, 1), (-2.5, 2.5), (-1, 1), (0.1, 1.1), (0, 2 * Double.pi), (0.7, 1e3 / 3), (-1e-3 / 7, 1e-3 / 3),
        ]
        for count in 2...130 {
            // The interior nodes of a grid, as the diffusion equation has them.
            let inner: (Double, Double) = (1 / Double(count + 1), Double(count) / Double(count + 1))
            for (lower, upper) in [inner] + extents {
                let axis = Axis(name: "x", from: lower, to: upper, count: count, location: location)
                let values = axis.coordinates
                #expect(axis.lower == lower && axis.upper == upper)
                #expect(values[0] >= lower && values[count - 1] <= upper)
                #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
                #expect(Axis(name: "x", coordinates: values, extent: lower...upper, location: location) == axis)
                switch location {
                case .nodes: #expect(values[0] == lower && values[count - 1] == upper)
                case .periodic: #expect(values[0] == lower && values[count - 1] < upper)
                case .centers:
                    let faces = axis.faces
                    #expect(faces[0] == lower && faces[count] == upper)
                    #expect((0..<count).allSatisfy { faces[$0] < values[$0] && values[$0] < faces[$0 + 1] })
                }
            }
        }
    }

    @Test func coordinatesOfOthersMayBeRoundedInAnotherWay() {
        let axis = Axis(name: "x", from: 0.1, to: 1.1, count: 24, location: .nodes)
        var values = axis.coordinates
        values[7] = values[7].nextUp
        values[20] = values[20].nextDown
        let other = Axis(name: "x", coordinates: values, extent: 0.1...1.1)
        #expect(other.coordinates == values && other.isUniform && other.spacing == axis.spacing)
        values[7] += 1e-9
        #expect(!Axis(name: "x", coordinates: values, extent: 0.1...1.1).isUniform)
    }

    @Test func codingRoundTrip() throws {
        let axis = Axis(name: "t", coordinates: [0, 0.1, 1], units: "s")
        #expect(try JSONDecoder().decode(Axis.self, from: JSONEncoder().encode(axis)) == axis)
    }
}

@Suite struct GridTests {
    @Test func axesAreSlowestFirst() {
        let grid = Grid(shape: [3, 5], location: .nodes)
        #expect(grid.axes.map(\.name) == ["y", "x"])
        #expect(grid.count == 15)
        #expect(grid.axis("x")?.count == 5)
        #expect(grid.resized(to: [6, 10]).shape == [6, 10])
        #expect(grid.hasSameDomain(as: grid.resized(to: [9, 9])))
        #expect(!grid.hasSameDomain(as: Grid(shape: [3, 5], location: .centers)))
        #expect(Grid(shape: [2, 2, 2], location: .periodic).isPeriodic)
    }

    @Test func boundaryKinds() {
        let grid = Grid(shape: [4, 4], location: .nodes)
        let boundary = Boundary(.dirichlet, on: grid)
        #expect(boundary.kind(axis: "y", side: .upper) == .dirichlet)
        #expect(boundary.kind(axis: "z", side: .upper) == nil)
        let channel = Boundary(["x": .init(lower: .periodic, upper: .periodic), "y": .init(lower: .wall, upper: .open)])
        #expect(channel.isPeriodic(axis: "x"))
        #expect(!channel.isPeriodic(axis: "y"))
        #expect(channel.kind(axis: "y", side: .upper) == .open)
    }

    @Test func fieldAxes() {
        let grid = Grid(shape: [2, 3, 4], location: .centers)
        let lid = FieldDescription(
            name: "bc_u_y_upper", longName: "lid velocity", role: .boundary,
            dependence: .init(sample: true, time: false, space: .axes(["x", "z"])))
        #expect(lid.axes(on: grid).map(\.name) == ["z", "x"])
        #expect(!FieldDescription.isValidName("2d"))
        #expect(!FieldDescription.isValidName("a b"))
        #expect(FieldDescription.isValidName("u_x2"))
    }
}
