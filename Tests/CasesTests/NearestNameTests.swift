import Cases
import Testing

@Suite struct NearestNameTests {
    @Test(
        arguments: [
            ("widht", "width"), ("wdith", "width"), ("mode", "modes"), ("Width", "width"), ("layer", "layers"),
            ("learning_rate", "learning-rate"),
            ("learningrate", "learning-rate"), ("xyz", nil), ("", nil), ("w", nil), ("activaton", "activation"),
        ] as [(String, String?)])
    func nearest(name: String, expected: String?) {
        #expect(nearestName(to: name, in: ["activation", "layers", "learning-rate", "modes", "width"]) == expected)
    }

    @Test(arguments: [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abcd", "acbd", 1), ("same", "same", 0)])
    func distance(a: String, b: String, expected: Int) { #expect(editDistance(Array(a), Array(b)) == expected) }
}
