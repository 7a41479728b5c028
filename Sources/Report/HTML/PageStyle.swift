/// The style sheet of the page.
enum PageStyle {
  static let css = """
    :root {
    \(variables(light, PlotPalette.light))
      --serif: Charter, "Bitstream Charter", "Iowan Old Style", "Palatino Linotype", Georgia, serif;
      --sans: -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial,
        sans-serif;
      --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
      color-scheme: light dark;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
    \(variables(dark, PlotPalette.dark))
      }
      :root:has(#theme-light:checked) {
    \(variables(light, PlotPalette.light))
        color-scheme: light;
      }
    }
    @media screen {
      :root:has(#theme-dark:checked) {
    \(variables(dark, PlotPalette.dark))
        color-scheme: dark;
      }
    }
    \(layout)
    """

  private static let light = [
    ("surface", "#ffffff"), ("raised", "#f6f7f8"), ("ink", "#1b1d21"), ("muted", "#5d646e"),
    ("grid", "#e4e6ea"),
    ("rule", "#d3d6db"), ("focus", "#0068b3"), ("right", "#14713f"), ("wrong", "#b3261e"),
  ]

  private static let dark = [
    ("surface", "#15171b"), ("raised", "#1f2227"), ("ink", "#e8e9eb"), ("muted", "#a0a7b1"),
    ("grid", "#2b2f36"),
    ("rule", "#3c414a"), ("focus", "#5cb3f5"), ("right", "#5ecf92"), ("wrong", "#ff8f83"),
  ]

  private static func variables(_ named: [(String, String)], _ series: [String]) -> String {
    let all = named + series.enumerated().map { ("series-\($0)", $1) }
    return all.map { "  --\($0.0): \($0.1);" }.joined(separator: "\n")
  }

  private static let layout = """
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body {
      margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 5rem; max-width: 70rem;
      background: var(--surface); color: var(--ink); font: 1rem/1.55 var(--sans);
      font-variant-numeric: lining-nums tabular-nums; overflow-wrap: break-word;
    }
    h1, h2, h3, p, ul, ol, dl, dd, figure, table { margin: 0; padding: 0; }
    ul, ol { list-style: none; }
    h1 {
      font: 600 clamp(1.75rem, 5vw, 2.5rem)/1.15 var(--serif); letter-spacing: -0.01em; text-wrap: balance;
    }
    h2 { font: 600 1.375rem/1.25 var(--serif); margin-bottom: 1.25rem; }
    h3 { font-size: 0.9375rem; font-weight: 600; line-height: 1.35; }
    small { font-size: inherit; }
    header { margin: 3.5rem 0 3rem; max-width: 46rem; }
    .subtitle { margin-top: 0.75rem; font-size: 1.125rem; color: var(--muted); text-wrap: pretty; }
    .facts { color: var(--muted); font-size: 0.875rem; }
    header .facts { margin-top: 1.25rem; }
    .facts span:not(:last-child)::after { content: " ·"; }
    section { margin-top: 4rem; }
    :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 2px; }

    .theme { float: right; margin: 0; padding: 0; border: 0; font-size: 0.8125rem; color: var(--muted); }
    .theme legend { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
    .theme label { display: inline-block; cursor: pointer; }
    .theme input { position: absolute; opacity: 0; }
    .theme span { display: block; padding: 0.35rem 0.55rem; border-bottom: 2px solid transparent; }
    .theme input:checked + span { color: var(--ink); border-color: currentColor; }
    .theme input:focus-visible + span { outline: 2px solid var(--focus); border-radius: 2px; }

    .cautions { margin-top: 0; padding: 1rem 1.25rem; border: 1px solid var(--rule); border-left: 4px solid var(--ink); }
    .cautions h2 { margin-top: 0; }
    .cautions ul { margin: 0; padding-left: 1.1rem; list-style: disc; }
    .facts .mark { font-weight: 600; }
    .rules .edge, .rules td:first-of-type { padding-left: 2rem; }
    dl.rules { margin-top: 1.5rem; }
    .paragraph { margin-top: 0.75rem; max-width: 46rem; font-size: 0.9375rem; }
    .findings { margin-top: 0; padding-top: 2rem; border-top: 1px solid var(--rule); }
    .findings ol { display: grid; gap: 1.25rem; max-width: 46rem; counter-reset: finding; }
    .findings li { counter-increment: finding; position: relative; padding-left: 2rem; }
    .findings li::before {
      content: counter(finding); position: absolute; left: 0; top: 0.1rem; color: var(--muted);
      font: 1.0625rem/1.45 var(--serif);
    }
    .findings li p + p { margin-top: 0.2rem; color: var(--muted); font-size: 0.9375rem; }
    .lead { font-size: 1.0625rem; font-weight: 600; line-height: 1.45; text-wrap: pretty; }

    .claims { display: grid; gap: 1.5rem; max-width: 46rem; margin: 1.25rem 0 1.5rem; }
    .claims p { margin-top: 0.3rem; }
    .verdict { border-bottom: 2px solid var(--rule); }
    .methods tbody th > span:first-child { margin-left: 0; }
    .question section { margin-top: 2.5rem; }
    .question section h2 { font-size: 1.0625rem; }

    figcaption, .note { margin-top: 1rem; max-width: 46rem; color: var(--muted); font-size: 0.875rem; }
    figcaption b { color: var(--ink); font-weight: 600; }
    .key { vertical-align: -0.2em; }
    .plot { display: block; width: 100%; height: auto; font-family: var(--sans); overflow: visible; }
    .series { transition: opacity 0.12s; }
    .dimmed .series:not(.on, .fixed) { opacity: 0.14; }
    .point.current .ring, .point.current > :not(title):first-of-type { stroke: var(--ink); }
    .name { cursor: default; }
    .narrow { display: none; }
    .swatch { vertical-align: middle; }
    .scroll {
      overflow-x: auto; padding-bottom: 0.5rem;
      background:
        linear-gradient(to left, var(--surface) 1rem, transparent) right / 2.5rem 100% no-repeat local,
        linear-gradient(to left, var(--rule), transparent) right / 0.75rem 100% no-repeat scroll;
    }
    table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.35; }
    th, td { padding: 0.5rem 0 0.5rem 1rem; text-align: right; vertical-align: top; }
    th { font-weight: 500; }
    thead th { vertical-align: bottom; color: var(--muted); font-size: 0.8125rem; }
    tr > :first-child { text-align: left; padding-left: 0; }
    .methods { width: 100%; }
    .methods tbody th { padding-right: 0.5rem; }
    .methods :is(th, td):not(:first-child) { padding-left: 0.75rem; }
    .methods td, .points td { white-space: nowrap; }
    .methods small { display: block; font-size: 0.6875rem; color: var(--muted); }
    .methods b, .points b { font-weight: 700; }
    .methods .columns > * { border-bottom: 1px solid var(--ink); }
    .methods .groups th, .rules .groups th { text-align: left; padding-bottom: 0.1rem; color: var(--ink); font-size: 0.8125rem; }
    .methods .edge { padding-left: 2rem; }
    .methods tbody tr > * { border-bottom: 1px solid var(--grid); }
    .methods .start > * { border-bottom-color: var(--rule); }
    .methods tbody th > * { vertical-align: middle; }
    .methods th:first-child, .points th:first-child { position: sticky; left: 0; background: var(--surface); }
    .methods tbody th span, .points tbody th span {
      display: inline-block; max-width: 9rem; overflow-wrap: break-word; margin-left: 0.5rem;
    }
    .methods tbody th, .points tbody th { white-space: nowrap; }
    .methods tbody th span, .points tbody th span { white-space: normal; vertical-align: top; }
    .columns button {
      all: unset; cursor: pointer; color: inherit; font: inherit; text-align: inherit;
    }
    .columns button:hover { color: var(--ink); }
    .columns button:focus-visible { outline: 2px solid var(--focus); }
    .columns [aria-sort] button { color: var(--ink); }
    .columns [aria-sort="ascending"] button::after { content: " ↑"; }
    .columns [aria-sort="descending"] button::after { content: " ↓"; }

    .domain { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: 1rem 2rem; padding: 1.5rem 0; }
    .domain + .domain { border-top: 1px solid var(--grid); }
    .domain > div > p:not(.facts) { margin-top: 0.5rem; font-size: 0.875rem; color: var(--muted); }
    .domain > div > * { overflow-wrap: anywhere; }
    .domain > ul {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(7.25rem, 1fr)); gap: 1.25rem 1rem;
    }
    .domain > ul > li { min-width: 0; font-size: 0.8125rem; line-height: 1.35; overflow-wrap: anywhere; }
    .domain img, .unreadable {
      display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--raised);
    }
    .unreadable {
      display: grid; place-content: center; padding: 0.5rem; color: var(--muted); text-align: center;
    }
    .label { margin: 0.4rem 0 0.15rem; font-weight: 600; }
    .predictions li { display: flex; gap: 0.35rem; }
    .by, .sure { color: var(--muted); }
    .right { color: var(--right); font-weight: 700; }
    .wrong { color: var(--wrong); font-weight: 700; }
    .wrong + span .guess { text-decoration: underline dotted var(--wrong); text-underline-offset: 0.2em; }

    dl {
      display: grid; grid-template-columns: 10rem minmax(0, 1fr); gap: 0.75rem 2rem; max-width: 54rem;
      font-size: 0.9375rem;
    }
    dt { font-weight: 600; }
    dd { color: var(--muted); }
    details { margin-top: 1.5rem; border-top: 1px solid var(--grid); padding-top: 1rem; }
    main > details { margin-top: 2rem; }
    summary { cursor: pointer; font-weight: 600; font-size: 0.9375rem; }
    details h3 { margin: 1.25rem 0 0.25rem; }
    details > .scroll, details > table { margin-top: 0.75rem; }
    .points tbody + tbody tr:first-child > * { border-top: 1px solid var(--grid); }
    .points th, .points td { padding-block: 0.2rem; }
    .provenance { width: 100%; table-layout: fixed; }
    .provenance th, .provenance td {
      text-align: left; padding: 0.3rem 1rem 0.3rem 0; overflow-wrap: anywhere;
      border-bottom: 1px solid var(--grid);
    }
    .provenance th { width: 12rem; color: var(--muted); }
    .provenance td { font: 0.8125rem/1.5 var(--mono); white-space: pre-wrap; }

    .tip {
      position: fixed; z-index: 2; left: 0; top: 0; max-width: min(20rem, calc(100vw - 1rem));
      padding: 0.5rem 0.7rem; background: var(--ink); color: var(--surface); border-radius: 4px;
      font-size: 0.8125rem; line-height: 1.45;
      white-space: pre-line; overflow-wrap: anywhere; pointer-events: none; visibility: hidden;
    }
    .tip::first-line { font-weight: 700; }
    .tip.shown { visibility: visible; }

    @media (max-width: 44rem) {
      header { margin-top: 3rem; }
      section { margin-top: 3rem; }
      .wide { display: none; }
      .narrow { display: block; }
      .domain { grid-template-columns: minmax(0, 1fr); }
      .domain > ul { grid-template-columns: repeat(auto-fill, minmax(6.25rem, 1fr)); }
      dl { grid-template-columns: minmax(0, 1fr); gap: 0.1rem; }
      dd { margin-bottom: 0.75rem; }
      .provenance th { width: 34%; }
      .methods tbody th span, .points tbody th span { max-width: 6.5rem; }
      .methods tbody .swatch, .points tbody .swatch { display: none; }
      .methods tbody th span, .points tbody th span { margin-left: 0; }
    }
    @media print {
      body { max-width: none; padding: 0; font-size: 10pt; }
      header { margin-top: 0; }
      .theme, .tip { display: none; }
      section { margin-top: 1.5rem; }
      h2, h3 { break-after: avoid; }
      figure, .methods, .wide, .domain, tr, .findings li, dd { break-inside: avoid; }
      .wide svg { max-height: 21cm; }
      .domain { grid-template-columns: 8rem minmax(0, 1fr); gap: 1rem; padding: 0.75rem 0; }
      .domain > ul { grid-template-columns: repeat(6, 1fr); gap: 0.75rem; }
      .domain > ul > li { font-size: 7.5pt; }
      .scroll { overflow: visible; }
      .methods, .points { font-size: 7.5pt; }
      .methods small { font-size: 5.5pt; }
      .methods :is(th, td):not(:first-child) { padding-left: 0.5rem; }
      .wide { display: block; }
      .narrow { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
    """
}
