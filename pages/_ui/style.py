"""The little CSS that the theme in `.streamlit/config.toml` cannot say, written once for every page.

`light-dark(…)` follows the theme that the visitor chose, because Streamlit sets `color-scheme` on its root.
"""

from __future__ import annotations

import streamlit as st

_CSS = """
<style>
.stApp {
  --raised: light-dark(#FFFFFF, #12181D);
  --line: light-dark(#DADDD9, #2A343C);
  --muted: light-dark(#56616D, #9AA7B2);
  --accent: light-dark(#0072B2, #56B4E9);
  font-variant-numeric: tabular-nums;
}

/* Room: a low header, so that the main picture is visible without scrolling. */
[data-testid="stHeader"] { height: 2.75rem; min-height: 2.75rem; }
[data-testid="stMainBlockContainer"] { padding-top: 2.75rem; max-width: 90rem; }
@media (min-width: 48rem) { [data-testid="stMainBlockContainer"] { padding-inline: 2.5rem; } }
[data-testid="stSidebarNavLink"][aria-current="page"] { background: var(--line); }
[data-testid="stCaptionContainer"] { color: var(--muted); opacity: 1; }

/* Home */
.st-key-hero { max-width: 46rem; }
.st-key-hero h1 { font-size: 2rem; }
.st-key-hero p { font-size: 1.1rem; line-height: 1.55; color: var(--muted); text-wrap: pretty; }
[class*="st-key-cards_"] {
  display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr));
}
[class*="st-key-cards_"] > * { container-type: inline-size; }
[class*="st-key-card_"] {
  position: relative; height: 100%; overflow: hidden; background: var(--raised);
  border: 1px solid var(--line); border-radius: 0.6rem; transition: border-color 0.15s;
}
[class*="st-key-card_"]:hover, [class*="st-key-card_"]:focus-within { border-color: var(--accent); }
[class*="st-key-card_"] [data-testid="stElementToolbar"] { display: none; }
[class*="st-key-card_"] img { border-radius: 0; display: block; }
[class*="st-key-card_"] [data-testid="stElementContainer"] { position: static; }
[class*="st-key-card_"] [data-testid="stPageLink"] a { padding: 0; background: none; }
[class*="st-key-card_"] [data-testid="stPageLink"] a::after { content: ""; position: absolute; inset: 0; }
[class*="st-key-card_"] [data-testid="stPageLink"] p { font-size: 1.15rem; font-weight: 600; color: var(--accent); }
[class*="st-key-about_"] { padding: 1rem 1.25rem 1.25rem; }
@container (min-width: 40rem) {  /* a card with a whole row to itself */
  [class*="st-key-card_"] { flex-flow: row nowrap; align-items: center; }
  [class*="st-key-card_"] > :first-child { flex: 0 0 56%; width: 56%; }
  [class*="st-key-about_"] { padding: 1.5rem 2rem; }
}
.st-key-facts {
  display: grid; gap: 0.5rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
  margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line);
}
.st-key-facts p { font-size: 0.9rem; color: var(--muted); }
.st-key-facts strong { color: light-dark(#18212B, #E6EAED); }

.st-key-page { gap: 0.55rem; }
h1 { padding: 0.15rem 0 0.35rem !important; }
.try-this { line-height: 2.4rem; font-size: 0.9rem; font-weight: 600; }
.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.st-key-controls [data-testid="stVerticalBlock"], .st-key-controls { gap: 0.4rem; }
@media (max-width: 640px) { /* on a phone the picture comes first */
  .st-key-workbench > * > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; }
}
@media (hover: none) { /* where nothing hovers, the bar of buttons over a table or plot would always cover its title */
  .stApp [data-testid="stElementToolbar"], .stApp .modebar { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: 0.01ms !important; transition-duration: 0.01ms !important; }
}
</style>
"""


def apply_style() -> None:
    """Write the style sheet into the page; called by the shell on every run."""
    st.html(_CSS)
