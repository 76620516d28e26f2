import Foundation

/// The parts of HTML that reports need.
enum HTML {
    /// Text that stands for itself in elements and attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }

    /// The style sheet: fonts of the reader's system, one column, tables as in journals, pages that break between things.
    static let style = """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; color: #1a1a1a; background: #fff; }
        body { max-width: 57rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .25rem; }
        h2 { font-size: 1.3rem; line-height: 1.25; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid #ccc; }
        p { margin: .75rem 0; max-width: 46rem; }
        .subtitle { color: #555; margin: 0 0 1rem; }
        .verdict { border-left: 4px solid #0072b2; background: #f1f7fb; padding: .75rem 1rem; font-weight: 600; max-width: none; }
        nav ol { columns: 2; column-gap: 2rem; margin: 1rem 0; padding-left: 1.4rem; }
        a { color: #0072b2; }
        dl { margin: 1rem 0; }
        dl div { display: flex; gap: 1rem; padding: .2rem 0; border-bottom: 1px solid #eee; }
        dt { flex: 0 0 14rem; color: #555; }
        dd { margin: 0; overflow-wrap: anywhere; }
        .table { overflow-x: auto; margin: 1.25rem 0; }
        table { border-collapse: collapse; font-size: .94rem; }
        caption { text-align: left; color: #333; padding-bottom: .5rem; }
        th, td { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; }
        th { font-weight: 600; border-top: 2px solid #333; border-bottom: 1px solid #333; }
        tbody tr:last-child td { border-bottom: 2px solid #333; }
        td.number { white-space: nowrap; }
        .number { text-align: right; padding-left: .5rem; font-variant-numeric: tabular-nums; }
        .unit { font-weight: 400; color: #555; white-space: nowrap; }
        .best td { font-weight: 600; }
        figure { margin: 1.5rem 0; }
        img { display: block; max-width: 100%; height: auto; }
        figcaption { margin-top: .5rem; color: #333; max-width: 46rem; }
        pre { background: #f6f6f6; border: 1px solid #ddd; padding: .75rem 1rem; font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace;
          white-space: pre-wrap; overflow-wrap: anywhere; }
        @media (max-width: 40rem) { nav ol { columns: 1; } dl div { display: block; } }
        @page { margin: 18mm 16mm; }
        @media print {
          html { font-size: 10pt; }
          body { max-width: none; padding: 0; }
          nav { display: none; }
          a { color: inherit; text-decoration: none; }
          h2 { break-after: avoid; margin-top: 1.5rem; }
          figure, table, dl, .verdict { break-inside: avoid; }
          .table { overflow: visible; }
          figure img { max-width: 15cm; }
          img { max-height: 200mm; width: auto; }
          .verdict { background: none; }
          pre { border-color: #bbb; background: none; }
        }
        """
}
