import Foundation
import Plots
import Testing

@Suite struct ReportTests {
    static var sample: Report {
        let table = ReportTable(
            columns: [
                ReportTable.Column("method", isNumeric: false), ReportTable.Column("relative L² error"),
                ReportTable.Column("95 % interval"),
                ReportTable.Column("time per solve", unit: "ms"), ReportTable.Column("floating-point operations"),
            ],
            rows: [
                ["finite volumes, 16²", "0.0162", "0.0150 to 0.0171", "0.067", "1.1·10⁶"],
                ["finite volumes, 32²", "0.00592", "0.0055 to 0.0064", "0.289", "4.9·10⁶"],
                ["FNO, width 32", "0.0061", "0.0056 to 0.0067", "1.30", "2.2·10⁸"],
            ], emphasized: [1])
        return Report(
            title: "Darcy flow, two-valued permeability: FNO", subtitle: "run runs/darcy-fno, seed 42, 2 threads",
            sections: [
                Report.Section(
                    "Verdict",
                    [
                        .verdict("At equal error (0.0061) the solver is 4.6 times faster than the operator: use the solver."),
                        .paragraph("The operator pays off only where gradients < 1 & batches > 100 are needed."),
                    ]),
                Report.Section(
                    "Data",
                    [
                        .facts([
                            ("equation", "−∇·(a ∇u) = 1 on the unit square, u = 0 on the boundary"),
                            ("samples", "1000 train, 100 valid, 200 test"),
                            ("sha256", String(repeating: "0123456789abcdef", count: 4)),
                        ])
                    ]),
                Report.Section("Training", [.figure(Samples.training, caption: "Loss against epoch.")]),
                Report.Section(
                    "Test samples",
                    [.figure(Samples.darcy, caption: "Input, truth, prediction and error of the worst, median and best test sample.")]),
                Report.Section(
                    "Comparison",
                    [
                        .figure(Samples.pareto, caption: "Error against time per solve on the same machine."),
                        .table(
                            table, caption: "Error and cost of every setting; the coarsest solver that meets the operator's error in bold."),
                    ]),
                Report.Section("Animation", [.figure(Samples.series, caption: "Density over time.")]),
                Report.Section(
                    "Case", [.preformatted("title = \"Darcy flow\"\nseed = 42\n\n[equation]\nname = \"darcy\"   # a < b & c > d")]),
            ])
    }

    @Test("one file that needs nothing else")
    func selfContained() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appendingPathComponent("report.html")
        try ReportTests.sample.write(to: url)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.html"])
        let html = try String(contentsOf: url, encoding: .utf8)
        #expect(html.hasPrefix("<!DOCTYPE html>"))
        for forbidden in ["<script", "http://", "https://", "<link", "@import", "url("] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
        #expect(html.components(separatedBy: "src=\"data:image/png;base64,iVBORw0KGgo").count == 4)
        #expect(html.contains("src=\"data:image/gif;base64,R0lGODlh"))
        #expect(html.contains("gradients &lt; 1 &amp; batches &gt; 100") && html.contains("# a &lt; b &amp; c &gt; d"))
        #expect(html.contains("Figure 3. Error against time") && html.contains("Table 1. Error and cost"))
        if let folder = ProcessInfo.processInfo.environment["EDDY_FIGURES"] {
            try Data(html.utf8).write(to: URL(fileURLWithPath: folder).appendingPathComponent("report.html"))
        }
    }

    @Test("every element that is opened is closed")
    func balanced() throws {
        var report = ReportTests.sample
        report.sections = report.sections.filter { !["Training", "Test samples", "Comparison", "Animation"].contains($0.title) }
        let html = try report.html()
        for element in [
            "html", "head", "body", "header", "section", "nav", "ol", "li", "h1", "h2", "p", "dl", "dt", "dd", "div", "pre", "style",
        ] {
            let opened = html.components(separatedBy: "<\(element)>").count + html.components(separatedBy: "<\(element) ").count
            #expect(opened - 1 == html.components(separatedBy: "</\(element)>").count, "\(element)")
        }
    }

    @Test func errors() throws {
        #expect(throws: PlotError.format(file: "/tmp/report.pdf", found: "pdf", allowed: ["html"])) {
            try ReportTests.sample.write(to: URL(fileURLWithPath: "/tmp/report.pdf"))
        }
        let text = Report(title: "t", sections: [Report.Section("s", [.paragraph("p")])])
        #expect(throws: PlotError.unwritable(file: "/no/such/report.html", reason: "No such file or directory")) {
            try text.write(to: URL(fileURLWithPath: "/no/such/report.html"))
        }
    }
}
