/// Every foreign layout that weights can be read from.
public enum ForeignLayouts {
    /// The layouts in the order in which they are listed.
    public static let all: [any ForeignLayout.Type] = [
        OriginalFNOLayout.self, NeuraloperatorLayout.self, AIRSFNOLayout.self, GFNOLayout.self, MgNONavierStokesLayout.self,
        MgNODarcyLayout.self, MgNOHelmholtzLayout.self, DeepXDELayout.self, SineNetLayout.self, PDEArenaUNetLayout.self,
        PDEArenaResNetLayout.self, FactorizedFNOLayout.self,
    ]

    /// The layout of a name.
    public static func named(_ name: String) -> (any ForeignLayout.Type)? { all.first { $0.name == name } }
}
