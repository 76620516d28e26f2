import ArgumentParser
import Cases

/// `eddy list`: what a case can hold.
struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the equations, samplers, solvers, operators, metrics and keys that a case can hold.",
        discussion: """
            Without an argument: all names with one line each. With a topic: every entry with its keys, defaults and what they take.

              eddy list
              eddy list operators
              eddy list operators fno
              eddy list sections training
            """)

    @Argument(help: ArgumentHelp("What to show: \(CaseReference().names.joined(separator: ", ")).", valueName: "topic"))
    var topic: String?

    @Argument(help: ArgumentHelp("One entry of the topic.", valueName: "name"))
    var name: String?

    @Flag(help: "Print one line of JSON for each entry.")
    var json = false

    @Flag(help: ArgumentHelp("Print the key reference as Markdown.", visibility: .private))
    var markdown = false

    func run() throws {
        do {
            try show()
        } catch let error as ReferenceError {
            throw ValidationError("\(error)")
        }
    }

    private func show() throws {
        let reference = CaseReference()
        if markdown { return print(reference.markdown, terminator: "") }
        guard let topic = try topic.map({ try reference.topic($0) }) else {
            return json ? reference.topics.flatMap(\.json).forEach { print($0) } : print(reference.overview, terminator: "")
        }
        if let name {
            let entry = try topic.entry(name)
            print(json ? entry.json(kind: topic.kind) + "\n" : entry.text, terminator: "")
        } else {
            print(json ? topic.json.joined(separator: "\n") + "\n" : "\(topic.usage)\n\n\(topic.text)", terminator: "")
        }
    }
}
