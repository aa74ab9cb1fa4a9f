"""The style of the page: one column, dark ink on white, tables that fold on a phone and print."""

STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:1.5rem auto;padding:0 1rem;
color:#16181d;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 .4rem}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid #33415c;padding-bottom:.2rem}
h3{font-size:1.05rem;margin:1.2rem 0 .3rem}
a{color:#0b4f9e}
a:focus-visible,summary:focus-visible{outline:3px solid #0b4f9e;outline-offset:2px}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
caption{text-align:left;color:#444;padding-bottom:.3rem}
th,td{border-bottom:1px solid #9aa3b2;padding:.35rem .5rem;text-align:left;vertical-align:top}
thead th{border-bottom:2px solid #33415c}
.facts th{width:14rem;font-weight:600}
.verdict{border:2px solid;border-left-width:.7rem;padding:.6rem 1rem;margin:1rem 0}
.verdict strong{display:block;font-size:1.2rem}
.misses{border-color:#9b1c1c;background:#fdf1f1}
.open{border-color:#8a5a00;background:#fff8e8}
.meets{border-color:#1c6b3a;background:#f0f9f3}
.mode{border-left:4px solid #33415c;padding-left:.7rem}
.state{white-space:nowrap;font-weight:600}
.state.missed{color:#9b1c1c}.state.undecided,.state.not-measured{color:#7a4f00}
.state.met{color:#1c6b3a}.state.not-applicable{color:#4a5160;font-weight:400}
.label{border:2px dashed #33415c;padding:.5rem .8rem;font-weight:600}
.note{border:1px solid #9aa3b2;padding:.2rem 1.2rem 1rem}
td ul{margin:0;padding-left:1.1rem}
summary{cursor:pointer;min-height:24px;color:#0b4f9e}
nav ul{columns:2;padding-left:1.2rem;margin:.3rem 0}
nav li{padding:.15rem 0}
small{font-weight:400;color:#3b4250}
.sign{display:flex;gap:2rem;margin-top:2rem}.sign p{flex:1;border-top:1px solid;padding-top:.2rem}
@media(max-width:600px){
nav ul{columns:1}
.fold,.fold caption,.fold tbody,.fold tr,.fold td,.fold th,
.facts,.facts tbody,.facts tr,.facts td,.facts th{
display:block;width:auto}
.fold thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
.fold tr{border-bottom:2px solid #9aa3b2;padding:.4rem 0}
.fold th,.fold td,.facts th,.facts td{border:0;padding:.1rem 0}
.fold td[data-label]::before{content:attr(data-label) ": ";color:#444;font-weight:400}
.facts tr{border-bottom:1px solid #9aa3b2;padding:.3rem 0}
}
@media print{
@page{margin:18mm 15mm}
body{margin:0;max-width:none;font-size:10.5pt}
nav,.screen{display:none}
h2,h3{break-after:avoid}tr,.verdict,.label{break-inside:avoid}
section:last-of-type{break-before:page}.note{border:0;padding:0}
details>summary{list-style:none}
}
"""
