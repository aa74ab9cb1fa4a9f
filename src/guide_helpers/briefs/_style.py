"""The style of a brief: one sheet of A4 on paper, one column on a phone."""

PAGE = """
*{box-sizing:border-box}
body{margin:1.2rem auto;max-width:54rem;padding:0 1rem;color:#16181d;background:#fff;
font:15px/1.42 Arial,"Liberation Sans",Helvetica,"DejaVu Sans Condensed",sans-serif;
overflow-wrap:anywhere}
.guide-brief{--head:#17396b;--can:#1c6b3a;--cannot:#9b3412;--line:#9aa3b2}
h1,h2{color:var(--head)}
@page{size:A4;margin:9mm 13mm}
@media print{
body{margin:0;max-width:none;padding:0;font-size:9.3pt;line-height:1.24}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""
STYLE = """
.guide-brief{--rule:var(--line,currentColor)}
.guide-brief .for{margin:0}
.guide-brief h1{font-size:1.75em;line-height:1.15;margin:.1em 0 .25em}
.guide-brief h2{font-size:1.12em;line-height:1.2;margin:.55em 0 .15em}
.guide-brief h3{font-size:1.25em;line-height:1.2;margin:.2em 0 .3em}
.guide-brief h4{font-size:1.05em;line-height:1.25;margin:.9em 0 .2em}
.guide-brief p{margin:.2em 0}
.guide-brief :is(ul,ol){margin:.1em 0;padding-left:1.25em}
.guide-brief li{margin:.1em 0}
.guide-brief .opening{font-size:1.05em}
.guide-brief .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));
gap:0 1.4em}
.guide-brief .can{border-left:4px solid var(--can,currentColor);padding-left:.7em}
.guide-brief .cannot{border-left:4px dashed var(--cannot,currentColor);padding-left:.7em}
.guide-brief .two{margin-top:.45em}
.guide-brief .two :is(h2,h4){margin-top:0}
.guide-brief .wide{overflow-x:auto}
.guide-brief table{border-collapse:collapse;width:100%;margin:.1em 0;font-size:1em}
.guide-brief :is(th,td){border-bottom:1px solid var(--rule);padding:.13em .4em .13em 0;
text-align:left;vertical-align:top;white-space:normal}
.guide-brief thead th{border-bottom-width:2px;vertical-align:bottom}
.guide-brief tbody th{font-weight:400}
.guide-brief .uses tbody th{font-weight:600;white-space:nowrap}
.guide-brief thead th:last-child{white-space:nowrap}
.guide-brief tbody th{min-width:8em}
.guide-brief .told{display:inline-block;min-width:7.5em}
.guide-brief .numbers td{white-space:nowrap}
.guide-brief svg{vertical-align:-.1em}
.guide-brief .made{border-top:1px solid var(--rule);margin-top:.5em;padding-top:.2em}
@media (max-width:600px){.guide-brief .uses tbody th{white-space:normal}
.guide-brief .uses td{min-width:9.5em}}
@media print{.guide-brief .two{grid-template-columns:1fr 1fr}
.guide-brief .wide{overflow:visible}}
"""
