/// Agreement of two orders: do the predictions rank the samples as the truth does.
public enum RankCorrelation {
    /// Spearman's rank correlation: the Pearson correlation of the ranks, ties sharing their mean rank.
    ///
    /// 1 where both are constant, 0 where only one is. A value that is not a number ranks last.
    ///
    /// ## References
    /// C. Spearman, "The proof and measurement of association between two things", Amer. J. Psychology 15 (1904) 72-101.
    public static func spearman(_ left: [Double], _ right: [Double]) -> Double {
        precondition(left.count == right.count && !left.isEmpty, "\(left.count) and \(right.count) values")
        let count = left.count
        let points = FieldGeometry(shape: [count], spacing: nil, periodic: [false], weights: nil)
        return Metric.correlation(.init([count], ranks(left)), .init([count], ranks(right)), points)
    }

    /// Ranks from 0, ties sharing their mean.
    private static func ranks(_ values: [Double]) -> [Double] {
        let keys = values.map { $0.isNaN ? .infinity : $0 }
        let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count && keys[order[end + 1]] == keys[order[start]] { end += 1 }
            for position in start...end { ranks[order[position]] = Double(start + end) / 2 }
            start = end + 1
        }
        return ranks
    }
}
