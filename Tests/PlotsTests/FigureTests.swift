import Foundation
import Plots
import Tensors
import Testing

/// Every sample figure, drawn; set `EDDY_FIGURES` to a folder to keep and look at them.
@Suite struct FigureTests {
    static let still = Samples.all.filter { type(of: $0.figure).formats.contains(.png) }.map(\.name)

    func sample(_ name: String) -> any Figure { Samples.all.first { $0.name == name }!.figure }

    @Test("PNG of the right size", arguments: still)
    func png(name: String) throws {
        let figure = sample(name)
        let page = try figure.page(for: .png)
        let data = try figure.data(.png)
        #expect(Array(data.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        func word(_ offset: Int) -> Int { data[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) } }
        #expect(word(16) == Int((page.width * 150 / 72).rounded()) && word(20) == Int((page.height * 150 / 72).rounded()))
        if let folder = ProcessInfo.processInfo.environment["EDDY_FIGURES"] {
            try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).png"))
            try figure.data(.pdf).write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).pdf"))
        }
    }

    @Test("GIF of the right size, all frames, repeating", arguments: ["animation", "series"])
    func gif(name: String) throws {
        let figure = try #require(sample(name) as? FieldAnimation)
        let page = try figure.page(for: .gif)
        let data = try figure.data(.gif)
        #expect(String(decoding: data.prefix(6), as: UTF8.self) == "GIF89a")
        func half(_ offset: Int) -> Int { Int(data[offset]) | Int(data[offset + 1]) << 8 }
        #expect(half(6) == Int((page.width * 100 / 72).rounded()) && half(8) == Int((page.height * 100 / 72).rounded()))
        #expect(data.range(of: Data("NETSCAPE2.0".utf8)) != nil)
        // Graphic control extension: one for each frame, with the delay in hundredths of a second.
        var frames = 0
        var start = data.startIndex
        while let found = data.range(of: Data([0x21, 0xF9, 0x04]), in: start..<data.endIndex) {
            if half(found.lowerBound + 4) == 10 { frames += 1 }
            start = found.upperBound
        }
        #expect(frames == figure.times.count)
        if let folder = ProcessInfo.processInfo.environment["EDDY_FIGURES"] {
            try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).gif"))
        }
        #expect(throws: PlotError.format(file: "/tmp/a.png", found: "png", allowed: ["gif"])) {
            try figure.write(to: URL(fileURLWithPath: "/tmp/a.png"))
        }
    }

    @Test("two drawings have the same bytes, PDF too", arguments: [FigureFormat.png, .pdf])
    func deterministic(format: FigureFormat) throws {
        let first = try Samples.pareto.data(format)
        #expect(
            String(decoding: first.prefix(4), as: UTF8.self)
                == (format == .pdf ? "%PDF" : String(decoding: [0x89, 0x50, 0x4E, 0x47], as: UTF8.self)))
        // PDF dates have seconds.
        if format == .pdf { Thread.sleep(forTimeInterval: 1.1) }
        #expect(try Samples.pareto.data(format) == first)
    }

    @Test("written whole, and nothing else left in the folder")
    func writes() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-figures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("curve.PNG")
        try Samples.training.write(to: file)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["curve.PNG"])
        #expect(try Data(contentsOf: file) == Samples.training.data(.png))
    }

    @Test func unknownExtension() throws {
        #expect(throws: PlotError.format(file: "/tmp/a.jpeg", found: "jpeg", allowed: ["png", "pdf"])) {
            try Samples.training.write(to: URL(fileURLWithPath: "/tmp/a.jpeg"))
        }
        #expect(throws: PlotError.format(file: "/tmp/a.gif", found: "gif", allowed: ["png", "pdf"])) {
            try Samples.training.write(to: URL(fileURLWithPath: "/tmp/a.gif"))
        }
    }

    @Test func unwritableFolder() throws {
        #expect(throws: PlotError.unwritable(file: "/no/such/folder/a.png", reason: "No such file or directory")) {
            try Samples.training.write(to: URL(fileURLWithPath: "/no/such/folder/a.png"))
        }
    }

    @Test("no gnuplot: the message names the package")
    func missing() throws {
        let error = #expect(throws: PlotError.self) { try Samples.training.data(.png, gnuplot: Gnuplot(path: "/no/gnuplot")) }
        #expect(error == .gnuplotMissing(searched: "/no/gnuplot"))
        #expect("\(error!)".contains("gnuplot-nox"))
    }

    @Test("a gnuplot that fails: its own words")
    func failing() throws {
        let script = FileManager.default.temporaryDirectory.appendingPathComponent("gnuplot-\(UUID().uuidString)")
        try Data("#!/bin/sh\necho 'line 7: unknown terminal' >&2\nexit 3\n".utf8).write(to: script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        defer { try? FileManager.default.removeItem(at: script) }
        #expect(throws: PlotError.gnuplotFailed(status: 3, message: "line 7: unknown terminal")) {
            try Samples.training.data(.png, gnuplot: Gnuplot(path: script.path))
        }
    }

    @Test("quotes, underscores and braces in names reach the page as they are")
    func quoting() throws {
        var figure = Samples.training
        figure.title = "it's a_b {c} \\n"
        let script = try figure.page(for: .png).script(for: .png)
        #expect(script.contains("'it''s a_b {c} \\n'"))
        #expect(script.contains("noenhanced"))
        #expect(try !figure.data(.png).isEmpty)
    }
}

/// Data that are empty, constant or not finite.
@Suite struct OddDataTests {
    func panels(_ truth: Tensor<Double>, _ prediction: Tensor<Double>) -> FieldPanels {
        FieldPanels(
            rows: [FieldPanels.Row(title: "odd", truth: truth, prediction: prediction)], grid: .rectangular(0...1, 0...1),
            input: Quantity("a"), output: Quantity("u"))
    }

    @Test("constant fields and a prediction that has diverged are drawn")
    func constantAndDiverged() throws {
        let constant = Tensor<Double>([8, 8], repeating: 2)
        #expect(try !panels(constant, constant).data(.png).isEmpty)
        var diverged = Samples.waves(8, 8, seed: 1)
        let truth = diverged
        diverged[2, 3] = .nan
        diverged[4, 4] = .infinity
        diverged[5, 5] = 1e30
        let figure = panels(truth, diverged)
        #expect(try !figure.data(.png).isEmpty)
        #expect(try figure.page(for: .png).script(for: .png).contains("beyond the ends: clipped"))
    }

    @Test("nothing finite is an error, not an empty picture")
    func nothing() throws {
        let nan = Tensor<Double>([4, 4], repeating: .nan)
        #expect(throws: PlotError.nothingToDraw(figure: "field panels", reason: "no finite value in truth or prediction")) {
            try panels(nan, nan).data(.png)
        }
        #expect(throws: PlotError.nothingToDraw(figure: "field panels", reason: "no samples")) {
            try FieldPanels(rows: [], grid: .rectangular(0...1, 0...1), input: Quantity("a"), output: Quantity("u")).data(.png)
        }
        #expect(throws: PlotError.nothingToDraw(figure: "training curves", reason: "no positive value of loss")) {
            try TrainingCurves(epochs: [0, 1], training: [0, -1], loss: Quantity("loss")).data(.png)
        }
        #expect(throws: PlotError.self) { try TrainingCurves(epochs: [], training: [], loss: Quantity("loss")).data(.png) }
        #expect(throws: PlotError.nothingToDraw(figure: "Pareto figure", reason: "no point with positive cost and error")) {
            try ParetoFigure(methods: [], cost: Quantity("t"), error: Quantity("e"), verdict: "").data(.png)
        }
    }

    @Test("one epoch, zero losses and gaps are drawn")
    func shortCurves() throws {
        #expect(try !TrainingCurves(epochs: [1], training: [0.5], loss: Quantity("loss")).data(.png).isEmpty)
        let gaps = TrainingCurves(epochs: [0, 1, 2, 3], training: [1, 0, .nan, 0.1], loss: Quantity("loss"))
        #expect(try !gaps.data(.png).isEmpty)
    }
}
