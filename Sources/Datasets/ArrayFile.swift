/// A NetCDF-4 file of named arrays on named dimensions: results that are not samples of a dataset, such as errors and spectra.
public struct ArrayFile: Sendable {
    /// One array of numbers.
    public struct Variable: Sendable {
        /// Name; a variable named as a dimension holds its coordinates.
        public var name: String
        /// Names of its dimensions, slowest first; empty for a single number.
        public var dimensions: [String]
        /// Values, row-major.
        public var values: [Double]
        /// Attributes, such as `long_name` and `units`.
        public var attributes: [String: AttributeValue]

        /// An array.
        public init(_ name: String, _ dimensions: [String], _ values: [Double], attributes: [String: AttributeValue] = [:]) {
            self.name = name
            self.dimensions = dimensions
            self.values = values
            self.attributes = attributes
        }
    }

    /// Names and lengths of the dimensions.
    public var dimensions: [(name: String, count: Int)]
    /// The arrays, stored as double.
    public var variables: [Variable]
    /// Attributes of the file.
    public var attributes: [String: AttributeValue]

    /// A file's content.
    public init(dimensions: [(name: String, count: Int)], variables: [Variable], attributes: [String: AttributeValue] = [:]) {
        let counts = Dictionary(uniqueKeysWithValues: dimensions.map { ($0.name, $0.count) })
        for variable in variables {
            let shape = variable.dimensions.map { counts[$0] }
            precondition(
                !shape.contains(nil) && shape.reduce(1) { $0 * $1! } == variable.values.count,
                "\(variable.values.count) values for variable '\(variable.name)' on \(variable.dimensions) of \(counts)")
        }
        self.dimensions = dimensions
        self.variables = variables
        self.attributes = attributes
    }

    /// Writes the file; it appears whole or not at all.
    ///
    /// - Throws: `DatasetsError` when it cannot be written.
    public func write(to path: String) throws {
        let temporary = FileSystem.temporaryName(for: path)
        try FileSystem.createFolder(FileSystem.folder(of: path))
        do {
            let file = try NetCDFFile.create(temporary)
            for dimension in dimensions { try file.root.defineDimension(dimension.name, dimension.count) }
            var written: [NetCDFVariable] = []
            for variable in variables {
                let defined = try file.root.defineVariable(variable.name, .double, variable.dimensions)
                for (name, value) in variable.attributes.sorted(by: { $0.key < $1.key }) { try defined.setAttribute(name, value) }
                written.append(defined)
            }
            for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { try file.root.setAttribute(name, value) }
            try file.root.endDefinition()
            for (variable, defined) in zip(variables, written) { try defined.writeAll(variable.values) }
            try file.close()
            try FileSystem.commit(temporary, as: path)
        } catch {
            FileSystem.remove(temporary)
            throw DatasetBuilder.named(error, path: path)
        }
    }

    /// Reads a file of arrays.
    ///
    /// - Throws: `DatasetsError` when it is missing or damaged.
    public init(contentsOf path: String) throws {
        let file = try NetCDFFile.open(path)
        defer { try? file.close() }
        let variables = try file.root.variables().map {
            Variable($0.name, $0.dimensions, try $0.readAll(), attributes: try $0.attributes())
        }
        self.init(dimensions: try file.root.dimensions(), variables: variables, attributes: try file.root.attributes())
    }
}
