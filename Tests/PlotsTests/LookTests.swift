import Foundation
import Plots
import Tensors
import Testing

@Suite struct ColorMapTests {
    static let maps = [ColorMap.viridis, .cividis, .balance]

    /// Neighbouring differences in Oklab over one arm of the map.
    func steps(_ map: ColorMap, _ range: Range<Int>) -> [Double] {
        let colors = range.map { Oklab(map.color(at: Double($0) / 255)) }
        return zip(colors, colors.dropFirst()).map { $0.distance(to: $1) }
    }

    @Test("equal steps look equal", arguments: maps.map(\.name))
    func uniform(name: String) {
        let map = ColorMapTests.maps.first { $0.name == name }!
        for range in map.isDiverging ? [0..<127, 129..<256] : [0..<256] {
            let steps = steps(map, range)
            let mean = steps.reduce(0, +) / Double(steps.count)
            #expect(steps.max()! < 1.35 * mean && steps.min()! > 0.65 * mean, "\(steps.min()! / mean) to \(steps.max()! / mean)")
        }
    }

    @Test("lightness alone tells the order: rising, or falling from the middle to both sides alike", arguments: maps.map(\.name))
    func lightness(name: String) {
        let map = ColorMapTests.maps.first { $0.name == name }!
        let lightness = (0..<256).map { Oklab(map.color(at: Double($0) / 255)).lightness }
        if map.isDiverging {
            #expect(zip(lightness[..<128], lightness[1..<128]).allSatisfy { $0 < $1 })
            #expect(zip(lightness[128...], lightness[129...]).allSatisfy { $0 > $1 })
            for index in 0..<128 { #expect(abs(lightness[index] - lightness[255 - index]) < 0.03) }
        } else {
            #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("the two arms of the diverging map stay apart without red or green cones")
    func colorBlind() {
        // Simulation of Vienot, Brettel and Mollon 1999 on linear RGB: protanopia and deuteranopia.
        let protan = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
        let deutan = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
        func linear(_ c: Double) -> Double { c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4) }
        func encoded(_ c: Double) -> Double { c <= 0.0031308 ? 12.92 * c : 1.055 * pow(min(c, 1), 1 / 2.4) - 0.055 }
        for matrix in [protan, deutan] {
            func seen(_ t: Double) -> Oklab {
                let c = ColorMap.balance.color(at: t)
                let v = [linear(c.red), linear(c.green), linear(c.blue)]
                let w = matrix.map { row in encoded(max(0, zip(row, v).reduce(0) { $0 + $1.0 * $1.1 })) }
                return Oklab(RGB(w[0], w[1], w[2]))
            }
            for t in [0.0, 0.1, 0.2, 0.3] { #expect(seen(t).distance(to: seen(1 - t)) > 0.1) }
        }
    }

    @Test("the middle is neutral, the ends are clipped, not a number is grey")
    func special() {
        let middle = ColorMap.balance.color(at: 0.5)
        #expect(abs(middle.red - middle.blue) < 0.02 && middle.red > 0.93)
        #expect(ColorMap.viridis.color(at: -3) == ColorMap.viridis.color(at: 0))
        #expect(ColorMap.viridis.color(at: .nan) == Look.missing)
        #expect(ColorMap.viridis.color(at: 0).bytes == [0x44, 0x01, 0x54] && ColorMap.viridis.color(at: 1).bytes == [0xFD, 0xE7, 0x25])
    }
}

@Suite struct ColorScaleTests {
    @Test("signed fields are centred at zero, magnitudes are not, a diverged guest is clipped")
    func fitting() throws {
        let signed = try #require(ColorScale.fitting([Tensor([2, 2], [-1, 0, 2, 1])]))
        #expect(signed.range == -2...2 && signed.map == .balance)
        let positive = try #require(ColorScale.fitting([Tensor([2, 2], [3, 4, 5, -0.1])]))
        #expect(positive.range == -0.1...5 && positive.map == .viridis)
        let guest = try #require(ColorScale.fitting([Tensor([2], [1, 3])], guests: [Tensor([2], [0.5, 100])]))
        #expect(guest.range == 0.5...4 && guest.isClipped)
        #expect(ColorScale.fitting([Tensor([1], [.nan])]) == nil)
        #expect(try #require(ColorScale.fitting([Tensor([2], [5, 5])])).range == 4.5...5.5)
    }
}

@Suite struct TicksTests {
    func labels(_ ticks: Ticks) -> String { ticks.major.map(\.label).joined(separator: " ") + (ticks.power == 0 ? "" : " e\(ticks.power)") }

    @Test(
        arguments: [
            (0.0...1, 5, "0 0.2 0.4 0.6 0.8 1"), (-0.5...1.5, 4, "−0.5 0 0.5 1 1.5"), (0...6.283, 3, "0 2 4 6"),
            (-7e-4...7e-4, 3, "−5 0 5 e-4"),
            (0...25000, 5, "0 0.5 1 1.5 2 2.5 e4"), (99.5...100.5, 4, "99.6 99.8 100 100.2 100.4"), (0.9...1.8, 1, "1 1.5"),
        ] as [(ClosedRange<Double>, Int, String)])
    func linear(range: ClosedRange<Double>, count: Int, expected: String) {
        #expect(labels(.linear(range, count: count)) == expected)
    }

    @Test(
        arguments: [
            (1e-4...1.0, "10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 1"), (1e-12...1.0, "10⁻¹² 10⁻⁹ 10⁻⁶ 10⁻³ 1"), (0.011...0.3, "0.02 0.05 0.1 0.2"),
            (1.1...1.4, "1.1 1.2 1.3 1.4"), (2e-5...9e-5, "2·10⁻⁵ 3·10⁻⁵ 4·10⁻⁵ 5·10⁻⁵ 6·10⁻⁵ 8·10⁻⁵"),
        ] as [(ClosedRange<Double>, String)])
    func logarithmic(range: ClosedRange<Double>, expected: String) {
        #expect(labels(.logarithmic(range)) == expected)
    }

    @Test func numbers() {
        #expect(threeDigits(0.03123) == "0.0312" && threeDigits(1.2345e-7) == "1.23·10⁻⁷" && threeDigits(-12.34) == "−12.3")
        #expect(threeDigits(1234.5) == "1234" && threeDigits(.infinity) == "∞" && threeDigits(0) == "0")
        #expect(Quantity("u", unit: "m/s").label(power: -3) == "u [10⁻³ m/s]" && Quantity("u").label() == "u [–]")
    }
}

@Suite struct RasterTests {
    @Test("rows run upwards and columns to the right")
    func orientation() {
        let field = Tensor<Double>([2, 3], [1, 2, 3, 4, 5, 6])
        let raster = PlotGrid.rectangular(0...3, 0...2).raster(field, pixels: 100)
        #expect(raster.width == 3 && raster.height == 2 && raster.values == [1, 2, 3, 4, 5, 6])
    }

    @Test("a sheared grid: linear fields are exact, outside is empty, cell values are constant")
    func curvilinear() {
        let (nj, ni) = (5, 7)
        let nodes = (0..<(nj * ni)).map { (i: Double($0 % ni) / 6, j: Double($0 / ni) / 4) }
        let xs = Tensor<Double>([nj, ni], nodes.map { $0.i + 0.5 * $0.j })
        let ys = Tensor<Double>([nj, ni], nodes.map { $0.j })
        let grid = PlotGrid.curvilinear(xs: xs, ys: ys)
        let raster = grid.raster(Tensor([nj, ni], zip(xs.scalars, ys.scalars).map { 2 * $0 - 3 * $1 }), pixels: 60)
        #expect(raster.width == 60 && raster.height == 40)
        var inside = 0
        for row in 0..<40 {
            for column in 0..<60 {
                let (x, y) = ((Double(column) + 0.5) * 1.5 / 60, (Double(row) + 0.5) / 40)
                let value = raster.values[row * 60 + column]
                let margin = min(x - 0.5 * y, 1 + 0.5 * y - x)
                if margin > 0 {
                    inside += 1
                    #expect(value != nil && abs(value! - (2 * x - 3 * y)) < 1e-9)
                } else if margin < -1e-6 {
                    #expect(value == nil)
                }
            }
        }
        #expect(inside == 1600)
        let cells = grid.raster(Tensor([nj - 1, ni - 1], (0..<24).map(Double.init)), pixels: 60)
        #expect(Set(cells.values.compactMap { $0 }) == Set((0..<24).map(Double.init)))
    }
}
