// The look of the review page.
#pragma once

#include <string_view>

namespace invigil::review {

// Text has a contrast of at least 4.5:1 and bars of 3:1 on their background (WCAG 2.1, 1.4.3 and 1.4.11).
inline constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--page:#f5f5f2;--card:#fff;--text:#1b1e24;--soft:#565d6a;--line:#d9dce2;
--accent:#2351b5;--flag:#b4540a;--flag-soft:#fdf0e3;--one:#4f7f95;--several:#7a3fa0;--hatch:#6b7280;
--good:#1f6b45;--good-soft:#e6f3ec;--care:#8a5300;--care-soft:#fdf1dc;--bad:#a3262a;--bad-soft:#fbe9e9}
@media(prefers-color-scheme:dark){:root{--page:#121418;--card:#1b1e24;--text:#e9ebef;--soft:#a6adba;--line:#343a45;
--accent:#8fb4ff;--flag:#f0a04b;--flag-soft:#33261a;--one:#7fb2c9;--several:#c99cec;--hatch:#99a1af;
--good:#7fd1a5;--good-soft:#173126;--care:#f0bc66;--care-soft:#332814;--bad:#ff9c9c;--bad-soft:#3a1c1e}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Liberation Sans",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1120px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:1.75rem;line-height:1.2;margin:0;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:0 0 8px}
h3{font-size:1rem;margin:0 0 10px}
p{margin:0}
a{color:var(--accent)}
.lead{color:var(--soft);margin-top:6px}
.note{color:var(--soft);font-size:.92rem;margin:0 0 14px;max-width:70ch}
.banner{border-left:4px solid;border-radius:6px;padding:12px 16px;margin-top:16px;overflow-wrap:anywhere}
.banner strong{display:block}
.good{border-color:var(--good);background:var(--good-soft)}.good strong{color:var(--good)}
.care{border-color:var(--care);background:var(--care-soft)}.care strong{color:var(--care)}
.bad{border-color:var(--bad);background:var(--bad-soft)}.bad strong{color:var(--bad)}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 22px;margin-top:20px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:20px;margin-top:20px}
.cards section{margin:0}
.score{display:flex;align-items:baseline;gap:12px;margin-bottom:4px}
.score b{font-size:2.6rem;line-height:1.1;font-weight:650;font-variant-numeric:tabular-nums}
.level{border:1px solid var(--line);border-radius:99px;padding:1px 12px;font-size:.92rem}
.sum{width:100%;border-collapse:collapse;font-size:.95rem;margin-top:12px}
.sum td,.sum th{padding:5px 0;border-top:1px solid var(--line);text-align:left;font-weight:400;vertical-align:top}
.sum td:last-child{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:12px}
.sum tfoot th,.sum tfoot td{font-weight:650;border-top:2px solid var(--text)}
dl{display:grid;grid-template-columns:auto 1fr;gap:5px 16px;margin:0;font-size:.95rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.timeline{display:block;margin-top:12px;overflow:visible}
.lane-name{font-size:12.5px;fill:var(--soft)}.tick{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}
.axis{stroke:var(--soft)}.grid{stroke:var(--line);stroke-dasharray:2 4}
.behaviour{fill:var(--flag);stroke:var(--flag);rx:2px}a:hover .behaviour,a:focus .behaviour{stroke:var(--text);stroke-width:2}
.seen-one{fill:var(--one)}.seen-several{fill:var(--several)}.seen-nobody{fill:var(--card);stroke:var(--soft)}
.hatched{fill:url(#hatch);stroke:var(--hatch);rx:2px}.hatch-back{fill:var(--card)}.hatch-line{fill:var(--hatch)}
.gap{fill:url(#hatch);opacity:.35}
.sound{fill:var(--one);opacity:.55}.speech{fill:var(--accent)}
.milestone{fill:var(--card);stroke:var(--accent);stroke-width:3}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;padding:0;margin:12px 0 0;font-size:.86rem;
color:var(--soft)}
.legend svg{vertical-align:-2px;margin-right:6px}
.flags{width:100%;border-collapse:collapse}
.flags thead th{font-size:.86rem;color:var(--soft);font-weight:500;text-align:left;padding:0 16px 8px 0}
.flags td,.flags tbody th{border-top:1px solid var(--line);padding:14px 16px 14px 0;vertical-align:top;text-align:left;
font-weight:400}
.flags tbody tr:target{background:var(--flag-soft)}
.flags td:last-child,.flags th:last-child{padding-right:0}
.still{width:300px}.still img{display:block;width:100%;max-width:300px;height:auto;border-radius:6px;
border:1px solid var(--line);background:var(--page)}
.nothing{color:var(--soft);font-size:.86rem}
.what{font-weight:650;display:block}.because{overflow-wrap:anywhere}
.time,.number{white-space:nowrap;font-variant-numeric:tabular-nums}
.flags .number{text-align:right}
code{font:.86rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.9rem;margin-top:24px;max-width:75ch}
@media(max-width:760px){main{padding:20px 14px 36px}section{padding:16px}
.flags,.flags tbody,.flags tr,.flags td,.flags tbody th{display:block;width:auto}
.flags thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.flags tr{border-top:1px solid var(--line);padding:14px 0}.flags td,.flags tbody th{border:0;padding:2px 0}
.flags .number{text-align:left}.flags .number::before{content:attr(data-name) " ";color:var(--soft)}
.still{margin-bottom:8px}.still img{max-width:100%}.still{width:auto}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
@media print{body{background:#fff}section,.flags tr{break-inside:avoid}main{max-width:none;padding:0}}
)css";

}  // namespace invigil::review
