/// The name of `candidates` that `name` was probably meant to be, or nil when none is near.
///
/// Distance is the number of insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); a name counts as near
/// when at most a third of its letters (but at least one, for names of two letters or more) differ. Case, `_` and `-` are not
/// told apart. Ties go to the first candidate.
package func nearestName(to name: String, in candidates: [String]) -> String? {
    let wanted = normalised(name)
    guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let other = normalised(candidate)
        let limit = max(1, max(wanted.count, other.count) / 3)
        let distance = editDistance(wanted, other)
        if distance <= limit, distance < min(wanted.count, other.count), distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

private func normalised(_ name: String) -> [Character] { name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 } }

/// Optimal string alignment distance of two words, O(a b).
package func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var rows = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
    for i in 0...a.count { rows[i][0] = i }
    for j in 0...b.count { rows[0][j] = j }
    for i in 1...a.count {
        for j in 1...b.count {
            let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, substitution)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1) }
        }
    }
    return rows[a.count][b.count]
}
