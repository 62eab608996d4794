"""What Streamlit draws around every page, made slim: the live view fits one screen without scrolling.

The sidebar becomes a list of properties, a name and its value in one row.
"""

from string import Template

import streamlit as st

from engine.spec import RunSpec
from viz import theme
from viz.words.language import language, say

NAME = "Gradient Flow Lab"
SIDEBAR_WIDTH = 336  # pixels
TITLE = Template("""<h1>$name</h1><script>
document.documentElement.lang = "$language"
window.drawerCloses ??= document.addEventListener("click", (event) => {
  const chosen = event.target.closest?.("[data-testid=stSidebarNavLink]")
  if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey || !matchMedia("(max-width: 768px)").matches) return
  setTimeout(() => document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click())
}) ?? true
</script>""")
"""A page that was loaded in one language may go on in another: who has it read aloud hears the right one.
On a phone the menu is a drawer over the page, which Streamlit leaves open over the page that was chosen there."""

STYLE = """
<style>
header[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
/* all pages stay in the bar on a projector: what does not fit Streamlit puts behind "3 more", in English */
@media (max-width: 1280px) {
  [data-testid="stTopNavLink"] { padding-inline: 0.3rem; }
  [data-testid="stTopNavLink"] > span:has([data-testid="stIconMaterial"]) { display: none; }
}
[data-testid="stMainBlockContainer"] { padding: 2.75rem 1rem 3rem 1rem; }

/* below the title in the sidebar, a page's headings begin at the second level; they stay small */
[data-testid="stMain"] [data-testid="stHeadingWithActionElements"] h2 { font-size: 1.3rem; padding: 0.6rem 0 0.5rem; }
[data-testid="stMain"] [data-testid="stHeadingWithActionElements"] h3 { font-size: 1.1rem; padding: 0.4rem 0; }
/* Streamlit fades captions until they are hard to read */
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] :is(p, li) { color: @muted; opacity: 1; }
[data-testid="stSidebar"] [data-testid="stCode"] code { font-size: 0.72rem; }
@media (min-width: 641px) { [data-testid="stElementContainer"]:has(.figure-title) { display: none; } }
@media (max-width: 640px) {
  .js-plotly-plot :is(.g-gtitle, .gtitle) { display: none !important; }
  .figure-title { font-size: 0.95rem; }
}
.st-key-opens:not(:has([data-testid="stSpinner"])) { display: none; }
[data-testid="stCode"] .token.keyword { color: @text; font-weight: 600; }

.st-key-live { min-height: calc(100vh - 4rem); }
.st-key-live:has([data-empty="true"]) { min-height: 0; }

/* a formula that is wider than the page's column is pushed sideways by itself */
[data-testid="stMain"] .katex-display { overflow-x: auto; overflow-y: hidden; padding: 0.2rem 0; }
@media (max-width: 640px) { .st-key-lesson_formula .katex { font-size: 0.95em; } }

/* a formula that is wider than its column goes on below, as TeX breaks it in a text */
[data-testid="stMain"] .katex-display > .katex { white-space: normal; }
[data-testid="stMain"] .katex-display .base { margin-block: 0.15rem; }

.st-key-step_in_detail { scroll-margin-top: 3rem; }
/* panels side by side are as wide on a phone as their axes can be read, and are pushed sideways by themselves */
@media (max-width: 640px) {
  .st-key-step_in_detail [data-testid="stElementContainer"]:has(.subplot.x2y2) { overflow-x: auto; }
  .st-key-step_in_detail [data-testid="stFullScreenFrame"]:has(.subplot.x2y2) { min-width: 700px; }
  .st-key-step_in_detail [data-testid="stFullScreenFrame"]:has(.subplot.x2y2) > div { min-width: 700px; }
}

.st-key-task:not(:has([data-testid="stText"])) { display: none; }
.st-key-task { border: 1px solid @grid; border-left: 3px solid @accent; border-radius: 6px; padding: 0.6rem 0.9rem;
  gap: 0.4rem; overflow-wrap: anywhere; }

.st-key-notices:not(:has([data-testid="stAlert"])) { display: none; }
.st-key-notices [data-testid="stAlertContainer"] { padding: 0.35rem 0.7rem; min-height: 0; }
.st-key-notices [data-testid="stMarkdownContainer"] { margin-bottom: 0; }
.st-key-notices [data-testid="stAlertContainer"] :is(p, [role="img"]) { font-size: 0.84rem; margin: 0;
  overflow-wrap: anywhere; }

[data-testid="stSidebar"] { --row: 1.66rem; --name: 8.7rem; }
/* the title stands beside the button that collapses the sidebar, and would lie over it */
[data-testid="stSidebarHeader"] { height: 2rem; padding-bottom: 0; margin-bottom: 0; position: relative; z-index: 1; }
[data-testid="stSidebar"] h1 { font-size: 1.05rem; font-weight: 600; letter-spacing: -0.01em; padding: 0;
  margin: -1.75rem 0 0.35rem 0; }
[data-testid="stSidebar"]:has([data-testid="stSidebarNav"]) h1 { margin-top: 0; }
/* the languages stand in the title's row, where no control loses its place on the screen for them */
[data-testid="stSidebar"] .st-key-language { width: max-content; margin: -2.1rem 0 0 9.2rem; position: relative;
  z-index: 2; }
[data-testid="stSidebar"] .st-key-language .stButtonGroup { display: block; }
[data-testid="stSidebar"] .st-key-language [data-testid="stWidgetLabel"] { position: absolute; width: 1px; height: 1px;
  min-height: 0; overflow: hidden; clip-path: inset(50%); }
[data-testid="stSidebarContent"] { padding: 0; scrollbar-gutter: stable; }
[data-testid="stSidebarUserContent"] { padding: 0 0.4rem 0.3rem 1rem; }
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] { gap: 0.22rem; }
[data-testid="stSidebar"] [class*="st-key-group_"] { padding-bottom: 0.4rem; border-bottom: 1px solid @grid; }
[data-testid="stSidebar"] [class*="_options-"] { --name: 8.1rem; padding-left: 0.6rem; }

[data-testid="stSidebar"] :is(.stSelectbox, .stMultiSelect, .stNumberInput, .stTextInput, .stButtonGroup) {
  display: grid; grid-template-columns: var(--name) minmax(0, 1fr); align-items: center; }
[data-testid="stSidebar"] :is(.stSelectbox, .stMultiSelect, .stNumberInput, .stTextInput, .stButtonGroup) > template {
  display: none; }
[data-testid="stSidebar"] .st-key-try_this .stSelectbox { grid-template-columns: minmax(0, 1fr); }
[data-testid="stSidebar"] .st-key-race_expression .stTextInput { grid-template-columns: minmax(0, 1fr); }
[data-testid="stSidebar"] label[data-testid="stWidgetLabel"] { display: flex; align-items: center;
  justify-content: flex-start; margin: 0; min-height: var(--row); }
[data-testid="stSidebar"] label[data-testid="stWidgetLabel"] > * { flex: none; }
[data-testid="stSidebar"] [data-testid="stWidgetLabel"] p { font-size: 0.84rem; white-space: nowrap; }
/* an option's name that is wider than its column goes on below: beside it stands its field */
[data-testid="stSidebar"] [class*="_options-"] [data-testid="stWidgetLabel"] { margin-right: 0.2rem;
  & > :first-child { flex: 0 1 auto; min-width: 0; }
  & p { white-space: normal; line-height: 1.2; } }
[data-testid="stSidebar"] :is(input, [role="group"], [role="radio"], [data-testid="stNumberInputContainer"],
  [data-testid="stTextInputRootElement"]) { min-height: var(--row); height: var(--row); font-size: 0.84rem; }
[data-testid="stSidebar"] .stMultiSelect [role="group"] { height: auto; }
/* a chosen value's name wraps: cut off, two of them could be told apart no more */
[data-testid="stSidebar"] .stMultiSelect [data-tag] { height: auto; min-height: 1.35rem; font-size: 0.8rem; }
[data-testid="stSidebar"] .stMultiSelect [data-tag] > span { white-space: normal; overflow-wrap: anywhere;
  line-height: 1.15; padding-block: 0.1rem; }
/* a chosen value is drawn in the primary color, which is light on a dark page */
[data-testid="stSidebar"] .stMultiSelect [data-tag],
[data-testid="stSidebar"] .stMultiSelect [data-tag] :is(span, svg, button) { color: @background; }
[data-testid="stSidebar"] input { padding: 0 0.45rem; }
/* the longest name of a menu has all of the room up to its arrow */
[data-testid="stSidebar"] input[role="combobox"] { padding-right: 0; }
[data-testid="stSidebar"] [role="group"] > button { width: 1.4rem; padding: 0; }
[data-testid="stSidebar"] [data-testid="stNumberInputContainer"] button { width: 1.4rem; }
[data-testid="stSidebar"] :is([data-testid="stNumberInputClearButton"], [data-testid="InputInstructions"]) {
  display: none; }
[data-testid="stSidebar"] :is([role="radio"], [role="toolbar"] > button) { padding: 0 0.2rem; }
[data-testid="stSidebar"] :is([role="radio"], [role="toolbar"] > button) p { font-size: 0.8rem; }
[data-testid="stSidebar"] [role="toolbar"] > button { min-height: var(--row); height: var(--row); }
[data-testid="stSidebar"] .stCheckbox > label { width: 100%; min-height: var(--row); align-items: center;
  display: grid; grid-template-columns: var(--name) max-content; gap: 0; padding: 0; }
[data-testid="stSidebar"] .stCheckbox [data-testid="stWidgetLabel"] { order: -1; padding: 0; gap: 0; }
[data-testid="stSidebar"] .stCheckbox > label > :not([data-testid="stWidgetLabel"]) { margin-left: 0; }
[data-testid="stSidebar"] [data-testid="stWidgetLabel"] > :last-child:not(:first-child) { margin-left: 0.25rem; }
[data-testid="stSidebar"] [data-testid="stTooltipIcon"] svg { width: 0.8rem; height: 0.8rem; opacity: 0.6; }

[data-testid="stSidebar"] .st-key-group_more { padding-bottom: 0; border-bottom: none; }
[data-testid="stSidebar"] [data-testid="stExpander"] summary { min-height: var(--row); padding: 0.1rem 0.5rem; }
[data-testid="stSidebar"] [data-testid="stExpander"] summary p { font-size: 0.84rem; }
[data-testid="stSidebar"] [data-testid="stExpanderDetails"] { padding: 0.2rem 0.4rem 0.4rem 0.5rem; --name: 8.2rem; }

[data-testid="stSidebar"] [data-testid="stAlert"] :is(p, [role="img"]) { font-size: 0.8rem; overflow-wrap: anywhere; }
[data-testid="stSidebar"] [data-testid="stAlertContainer"] { padding: 0.4rem 0.6rem; min-height: 0; }

.st-key-marked [data-testid="stWidgetLabel"] [data-testid="stMarkdownContainer"] p::after { content: "@restarts";
  margin-left: 0.3rem; font-weight: 500; font-size: 0.66rem; line-height: 1; padding: 0.06rem 0.25rem;
  border-radius: 0.3rem; vertical-align: 0.05rem; white-space: nowrap;
  color: @muted; box-shadow: inset 0 0 0 1px @axis; }
.st-key-marked :is(@acting) [data-testid="stWidgetLabel"] [data-testid="stMarkdownContainer"] p::after {
  content: "@now"; color: @background; background: @ok; box-shadow: none; }

[data-testid="stSidebar"] [class*="st-key-stepped_"] { position: relative; padding-left: 0; }
[data-testid="stSidebar"] [class*="st-key-stepped_"] input { padding-right: 3rem; }
[class*="st-key-stepped_"] > :has(> .stButton) { position: absolute; right: 0.1rem;
  top: calc((100% - var(--row)) / 2); width: 1.4rem; padding: 0; }
[class*="st-key-stepped_"] > [class*="_decrease"] { right: 1.5rem; }
[class*="st-key-stepped_"] .stButton button { border: none; background: none; width: 1.4rem; padding: 0;
  min-height: var(--row); height: var(--row); }
[class*="st-key-stepped_"] .stButton button:hover { background: @grid; }
[class*="st-key-stepped_"] .stButton [data-testid="stMarkdownContainer"] { position: absolute; width: 1px;
  height: 1px; overflow: hidden; clip-path: inset(50%); }

/* a figure that is read or chosen from stays where it is, whatever is said above it */
.st-key-compare_progress { min-height: 3rem; justify-content: flex-end; }
[class*="st-key-compare_chosen"] { min-height: 2.6rem; justify-content: flex-end; }
@media (max-width: 640px) { .st-key-compare_progress, [class*="st-key-compare_chosen"] { min-height: 6rem; } }

/* a figure's tools would cover its title, which stands at the top; on a phone they would cover the axis too */
.js-plotly-plot .modebar-container { top: auto !important; bottom: 26px; }
@media (max-width: 640px) { .js-plotly-plot .modebar-container { display: none; } }
[class*="_spoken"], [data-testid="stElementContainer"]:has(.heard) { position: absolute; width: 1px !important;
  max-height: 1px; overflow: hidden; clip-path: inset(50%); }
.st-key-worksheet { display: none; }
/* on paper: all of the page in ink, and nothing of what only a screen can do */
@media print {
  .st-key-worksheet { display: flex; break-inside: avoid; }
  .st-key-worksheet .rule { height: 26px; border-bottom: 1px solid @paper_muted; }
  /* the longest lesson and the room to write fit one side of A4 */
  html:has(.st-key-worksheet) { font-size: 13px !important; }
  [data-testid="stMainBlockContainer"]:has(.st-key-worksheet) { padding: 0; }
  [data-testid="stVerticalBlock"]:has(.st-key-worksheet), .st-key-worksheet { gap: 0.4rem; }
  .st-key-worksheet p { margin-bottom: 0.4rem; }
  .st-key-lesson_ways, .st-key-lesson_run, [data-testid="stFormSubmitButton"],
  [data-testid="InputInstructions"] { display: none !important; }
  [data-testid="stMain"] :is(h2, h3, p, li, span, strong, label, input) { color: @paper_text !important; }
  .js-plotly-plot text { fill: @paper_text !important; }
  [data-testid="stSidebar"], header[data-testid="stHeader"], .modebar-container { display: none !important; }
  html, body, #root, .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"] { position: static !important;
    display: block !important; height: auto !important; overflow: visible !important; }
  [data-testid="stPlotlyChart"], .st-key-live, .st-key-race { break-inside: avoid; }
}
</style>
"""


def base() -> str:
    """The visitor's theme: "light" or "dark"."""
    return st.context.theme.type or "light"


def slim() -> None:
    """Take away the air that pages of text need and an instrument does not."""
    palette = theme.colors(base())
    style = STYLE
    for role in ("text", "muted"):
        style = style.replace(f"@paper_{role}", theme.colors("light")[role])
    for role in ("background", "text", "ok", "muted", "accent", "axis", "grid"):
        style = style.replace(f"@{role}", palette[role])
    style = style.replace("@restarts", say("restarts")).replace("@now", say("now"))
    st.html(style.replace("@acting", ", ".join(map(_selector, sorted(RunSpec.LIVE)))))
    st.sidebar.html(TITLE.substitute(name=NAME, language=language()), unsafe_allow_javascript=True)


def _selector(field: str) -> str:
    """The controls of a field; an option's key begins with the field that holds it."""
    return f'[class*="st-key-{field}-"]' if field.endswith("_options") else f".st-key-{field}"
