import Foundation
import Testing

/// `eddy report` on a small run.
@Suite struct ReportTests {
    let workshop: URL

    init() throws { workshop = try #require(Workshop.folder) }

    @Test func onePageThatNeedsNothingElse() throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["report", workshop.path + "/runs/tiny", "-o", "tiny.html"], in: folder.url)
        #expect(result.status == 0 && result.output.isEmpty, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["tiny.html"])
        let page = try String(contentsOf: folder.url.appendingPathComponent("tiny.html"), encoding: .utf8)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
        for text in [
            "<h1>Darcy flow, tiny</h1>", "Errors on samples", "relative-h1", "five-point finite volumes", "train.nc", "sha256:",
            "modes = [4, 4]",
            "eddy train tiny.toml",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        // Curves, histogram and samples; nothing from elsewhere.
        #expect(page.components(separatedBy: "src=\"data:image/png;base64,").count >= 4)
        for text in ["<script", "http://", "https://", "src=\"/", "href=\"/"] { #expect(!page.contains(text), "\(text)") }
    }

    /// A model that was moved away from its data still has a report.
    @Test func withoutData() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: folder.url.appendingPathComponent("r"), withIntermediateDirectories: true)
        for name in ["model.safetensors", "run.json"] {
            try FileManager.default.copyItem(
                at: workshop.appendingPathComponent("runs/tiny/\(name)"), to: folder.url.appendingPathComponent("r/\(name)"))
        }
        let result = try Program.run(["report", "r"], in: folder.url)
        #expect(result.status == 0, "\(result.errors)")
        let page = try String(contentsOf: folder.url.appendingPathComponent("r/report.html"), encoding: .utf8)
        #expect(page.contains("The data are not at r/data") && page.contains("Not made yet; eddy compare r makes it."))
    }

    @Test func refusals() throws {
        let name = try Program.run(["report", "runs/tiny", "-o", "x.pdf"], in: workshop)
        #expect(name.status == 2 && name.errors.contains("--output is \"x.pdf\"; allowed: a name that ends in .html"))
        let run = try Program.run(["report", "runs/nothing"], in: workshop)
        #expect(run.status == 2 && run.errors.contains("no such file"))
    }
}
