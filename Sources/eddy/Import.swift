import ArgumentParser
import Cases
import Foundation
import Grids
import NeuralOperators
import Training

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read weights of another program, check them against its own numbers, and write a model.",
        discussion: """
            WEIGHTS.safetensors holds the other program's arrays under their own names (perhaps with the prefix weight.), WEIGHTS.json its
            configuration. With --check the file also holds input, output_f64 and grad_f64.* of mean(output^2): the stored input is evaluated in
            Float32 and Float64 and compared with them. Layouts:

            \(ForeignLayouts.all.map { "  \($0.name.padding(toLength: 16, withPad: " ", startingAt: 0)) \($0.summary)" }.joined(separator: "\n"))

              eddy import fno.safetensors --from original-fno --check
            """)

    @Argument(help: "The weights (.safetensors).")
    var weights: String

    @Option(help: ArgumentHelp("How they are stored: one of the layouts below.", valueName: "layout"))
    var from: String

    @Option(help: ArgumentHelp("The configuration (.json). Default: the weights' name with .json.", valueName: "file"))
    var config: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The model to write (.safetensors).", valueName: "file"))
    var output: String?

    @Flag(help: "Compare output and gradients with the stored ones; exit code 1 when they disagree.")
    var check = false

    @OptionGroup var format: OutputOptions

    private struct Report: Encodable {
        let output: Double
        let worstGradient: Double
        let outputDouble: Double
        let worstGradientDouble: Double
        let passed: Bool

        enum CodingKeys: String, CodingKey {
            case output = "output_rel_l2"
            case worstGradient = "worst_gradient"
            case outputDouble = "output_rel_l2_f64"
            case worstGradientDouble = "worst_gradient_f64"
            case passed
        }
    }

    func run() throws {
        guard let layout = ForeignLayouts.named(from) else {
            let names = ForeignLayouts.all.map { $0.name }
            throw ValidationError("--from is \"\(from)\"; allowed: \(names.joined(separator: ", "))")
        }
        let base = weights.hasSuffix(".safetensors") ? String(weights.dropLast(".safetensors".count)) : weights
        let foreign = try ForeignWeights(path: weights, layout: layout, configurationPath: config ?? base + ".json")
        if let output {
            try foreign.model(title: "imported from \(from): \((weights as NSString).lastPathComponent)", source: EddyVersion.source).write(
                to: output)
            say("model in \(output)")
        }
        guard check else {
            if output == nil {
                say("\(Format.count(foreign.layout.parameterCount)) weights read; nothing written (-o MODEL.safetensors, --check)")
            }
            return
        }
        let agreement = try foreign.check()
        let report = Report(
            output: agreement.output, worstGradient: agreement.worstGradient, outputDouble: agreement.outputDouble,
            worstGradientDouble: agreement.worstGradientDouble, passed: agreement.passed)
        if format.json {
            try format.print(report)
        } else {
            var table = TextTable([
                .init("quantity"), .init("Float32", .decimal), .init("allowed"), .init("Float64", .decimal), .init("allowed"),
            ])
            table.add([
                "output, relative L2", Format.significant(agreement.output), "1e-5", Format.significant(agreement.outputDouble), "1e-10",
            ])
            table.add([
                "worst gradient entry over the largest", Format.significant(agreement.worstGradient), "1e-4",
                Format.significant(agreement.worstGradientDouble), "1e-10",
            ])
            print(table.text, terminator: "")
            print(agreement.passed ? "passed" : "FAILED, worst array: \(agreement.worstArray)")
        }
        if !agreement.passed { throw ExitCode(1) }
    }
}
