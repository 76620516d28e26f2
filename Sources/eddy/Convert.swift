import ArgumentParser
import Cases
import Datasets
import Foundation
import Grids

struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read a dataset of PDEBench, The Well or the FNO paper and write it as NetCDF.",
        discussion: """
            The new file has sample, time, z, y, x in this order whatever the order of the old one, coordinates, boundary conditions and a content
            hash; eddy check, eddy plot and xarray open it. What the old file does not say is taken from the options or asked for. Layouts,
            recognised by their content:

              pdebench   HDF5: tensor(b, t, x); density, pressure, Vx, ... (b, t, x, y, z); groups NNNN/data(t, x, y, c)
              the-well   HDF5: groups t0_fields, t1_fields, t2_fields, dimensions, boundary_conditions, scalars
              fno        MATLAB 7.3: a, u, t or coeff, sol, samples first in MATLAB's order

              eddy convert 1D_Burgers_Sols_Nu0.01.hdf5 -o data/train.nc --samples 0:9000
              eddy convert 1D_Burgers_Sols_Nu0.01.hdf5 -o data/test.nc --samples 9000: --split test
              eddy convert 2D_diff-react_NA_NA.h5 -o train.nc --boundary neumann
              eddy convert flow.hdf5 -o train.nc --boundary x=periodic,y=wall
            """)

    @Argument(help: "The file to read (.h5, .hdf5, .mat).")
    var input: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write (.nc).", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("The layout, where the content does not tell: \(Self.layouts).", valueName: "layout"))
    var from: String?

    @Option(help: ArgumentHelp("Boundary of all axes or of each: \(Self.boundaries).", valueName: "kind|axis=kind,..."))
    var boundary: String?

    @Option(help: ArgumentHelp("Samples FIRST:END, END excluded, as in Python; either may be left out. Default: all.", valueName: "range"))
    var samples: String?

    @Option(help: ArgumentHelp("Which split of a dataset the file is.", valueName: "name"))
    var split = "train"

    @Option(help: ArgumentHelp("Title. Default: the name of the file.", valueName: "text"))
    var title: String?

    @Option(help: ArgumentHelp("The equation, for readers of the file.", valueName: "text"))
    var equation: String?

    @Option(help: ArgumentHelp("Licence of the data.", valueName: "text"))
    var license = "unknown"

    @Option(help: ArgumentHelp("Type of the stored fields: float32 or float64.", valueName: "type"))
    var precision = "float32"

    @OptionGroup var format: OutputOptions

    private static let layouts = ForeignLayout.allCases.map(\.rawValue).joined(separator: ", ")
    private static let boundaries = BoundaryKind.allCases.map(\.rawValue).joined(separator: ", ")

    private struct Report: Encodable {
        let layout: String
        let file: String
        let samples: Int
        let frames: Int
        let grid: [Int]
        let fields: [String]
        let id: String
        let notes: [String]
    }

    func validate() throws {
        if let from, ForeignLayout(rawValue: from) == nil { throw ValidationError("--from is \"\(from)\"; allowed: \(Self.layouts)") }
        if DatasetSchema.Precision(rawValue: precision) == nil {
            throw ValidationError("--precision is \"\(precision)\"; allowed: float32, float64")
        }
        if !FieldDescription.isValidName(split) {
            throw ValidationError("--split is \"\(split)\"; allowed: a name of letters, digits and _, such as train, valid, test")
        }
        if URL(fileURLWithPath: output).standardizedFileURL == URL(fileURLWithPath: input).standardizedFileURL {
            throw ValidationError("--output is the file that is read; allowed: another file")
        }
        _ = try boundaryOptions()
        _ = try sampleRange()
    }

    func run() throws {
        let (all, each) = try boundaryOptions()
        let options = ConversionOptions(
            layout: from.flatMap(ForeignLayout.init(rawValue:)), boundary: all, axisBoundary: each, samples: try sampleRange(),
            split: split,
            title: title, pde: equation, source: EddyVersion.source, command: commandLine, license: license,
            precision: DatasetSchema.Precision(rawValue: precision)!)
        let reporter = LazyReporter("converting")
        let report = try DatasetConversion.convert(input, to: output, options: options) { reporter.update($0, of: $1, fresh: $0) }
        reporter.finish()
        if format.json {
            return try format.print(
                Report(
                    layout: report.layout.rawValue, file: output, samples: report.samples, frames: report.schema.frameCount,
                    grid: report.schema.grid.shape, fields: report.schema.fields.map(\.name), id: report.id, notes: report.notes))
        }
        for note in report.notes { Terminal.standardError.warn(note) }
        print(try Inspection(output).text, terminator: "")
    }

    /// `periodic` for all axes or `x=periodic,y=wall`.
    private func boundaryOptions() throws -> (all: BoundaryKind?, each: [String: BoundaryKind]) {
        guard let boundary else { return (nil, [:]) }
        let fault = ValidationError(
            "--boundary is \"\(boundary)\"; allowed: one of \(Self.boundaries), or axis=kind for x, y, z, for example x=periodic,y=wall")
        if let kind = BoundaryKind(rawValue: boundary) { return (kind, [:]) }
        var each: [String: BoundaryKind] = [:]
        for part in boundary.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, ["x", "y", "z"].contains(sides[0]), let kind = BoundaryKind(rawValue: sides[1]), each[sides[0]] == nil
            else { throw fault }
            each[sides[0]] = kind
        }
        return (nil, each)
    }

    /// `0:100`, `100:` or `:100`; an open end is `Int.max`.
    private func sampleRange() throws -> Range<Int>? {
        guard let samples else { return nil }
        let ends = samples.split(separator: ":", omittingEmptySubsequences: false)
        let (first, end) = (ends.first.map { $0.isEmpty ? 0 : Int($0) }, ends.last.map { $0.isEmpty ? .max : Int($0) })
        guard ends.count == 2, let first = first ?? nil, let end = end ?? nil, first >= 0, first < end else {
            throw ValidationError(
                "--samples is \"\(samples)\"; allowed: FIRST:END with 0 <= FIRST < END, for example 0:900, 900: or :900")
        }
        return first..<end
    }
}
