/// The error of one field of a dataset, measured on samples that were also solved more accurately.
public struct DataError: Hashable, Codable, Sendable {
    /// Name of the field.
    public var field: String
    /// Relative L2 distance from the better solution, the mean over the samples, for each frame (one number without time).
    public var relative: [Double]
    /// Number of samples.
    public var samples: Int
    /// How the better solution was found.
    public var reference: String

    /// A measured error.
    public init(field: String, relative: [Double], samples: Int, reference: String) {
        self.field = field
        self.relative = relative
        self.samples = samples
        self.reference = reference
    }
}

/// Where a dataset comes from: everything needed to make it again, stored as global attributes.
public struct Provenance: Hashable, Codable, Sendable {
    /// One line that names the dataset.
    public var title: String
    /// Who made it.
    public var institution: String
    /// Program, version and commit.
    public var source: String
    /// The command that made it, for `history`.
    public var command: String
    /// Papers that define the problem.
    public var references: String
    /// Licence of the data.
    public var license: String
    /// Anything else worth saying; empty to leave out.
    public var comment: String
    /// The equation, its name and formula.
    public var pde: String
    /// Discretisation and time stepping or linear solver.
    public var solverScheme: String
    /// Order of accuracy in space and time.
    public var solverOrder: String
    /// Time step of the solver (the largest when it adapts); nil for steady problems.
    public var solverStep: Double?
    /// Time between frames; nil for steady problems, and to take it from equally spaced times.
    public var outputStep: Double?
    /// Points of the solver's grid, slowest axis first.
    public var solverResolution: [Int]
    /// How the solver's grid was reduced to the output grid: `none`, `spectral`, `average`, `stride`.
    public var downsampling: String
    /// Precision in which the solver ran: `float64` or `float32`.
    public var solverPrecision: String
    /// Seed of the random numbers.
    public var seed: UInt64
    /// Name of the random number generator.
    public var generator: String
    /// Full text of the case, with every default resolved.
    public var caseText: String
    /// The part of the case that determines the data (equation, sampler, solver, dataset), in a canonical form.
    ///
    /// An interrupted generation continues only under the same definition; a change of, say, training settings does not matter.
    public var definition: String
    /// Threads used.
    public var hostThreads: Int
    /// The foreign file that the data were converted from; nil for data that Eddy's solvers made.
    public var convertedFrom: String?

    /// Measured errors of the data; empty when none was measured.
    public var dataErrors: [DataError] = []

    /// A complete account.
    public init(
        title: String, institution: String = "unknown", source: String, command: String, references: String, license: String = "CC0-1.0",
        comment: String = "", pde: String, solverScheme: String, solverOrder: String, solverStep: Double? = nil, outputStep: Double? = nil,
        solverResolution: [Int], downsampling: String = "none", solverPrecision: String = "float64", seed: UInt64,
        generator: String = "Philox 4x32-10", caseText: String, definition: String, hostThreads: Int
    ) {
        self.title = title
        self.institution = institution
        self.source = source
        self.command = command
        self.references = references
        self.license = license
        self.comment = comment
        self.pde = pde
        self.solverScheme = solverScheme
        self.solverOrder = solverOrder
        self.solverStep = solverStep
        self.outputStep = outputStep
        self.solverResolution = solverResolution
        self.downsampling = downsampling
        self.solverPrecision = solverPrecision
        self.seed = seed
        self.generator = generator
        self.caseText = caseText
        self.definition = definition
        self.hostThreads = hostThreads
    }

    /// The attributes that say how the numbers came about; part of the content hash.
    var definitionAttributes: [(name: String, value: AttributeValue)] {
        var result: [(String, AttributeValue)] = [
            ("pde", .text(pde)), ("solver_scheme", .text(solverScheme)), ("solver_order", .text(solverOrder)),
        ]
        if let solverStep { result.append(("solver_dt", .real([solverStep]))) }
        if let outputStep { result.append(("output_dt", .real([outputStep]))) }
        result += [
            ("solver_resolution", .integer(solverResolution)), ("downsampling", .text(downsampling)),
            ("precision", .text(solverPrecision)), ("seed", .unsigned(seed)), ("rng", .text(generator)), ("definition", .text(definition)),
        ]
        return result
    }

    /// The attributes about the file; not part of the content hash.
    var descriptiveAttributes: [(name: String, value: AttributeValue)] {
        var result: [(String, AttributeValue)] = [
            ("title", .text(title)), ("institution", .text(institution)), ("source", .text(source)), ("references", .text(references)),
            ("license", .text(license)),
        ]
        if let convertedFrom { result.append(("converted_from", .text(convertedFrom))) }
        for error in dataErrors {
            result.append(("data_error_\(error.field)", .real(error.relative)))
        }
        if let first = dataErrors.first {
            result.append(("data_error_samples", .integer([first.samples])))
            result.append(("data_error_reference", .text(first.reference)))
        }
        if !comment.isEmpty { result.append(("comment", .text(comment))) }
        result += [("case", .text(caseText)), ("host_threads", .integer([hostThreads]))]
        return result
    }
}
