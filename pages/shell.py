"""The menu: groups and their pages, from the table in `pages/_ui/gallery.py`."""

from pathlib import Path

import streamlit as st

from pages._ui import player
from pages._ui.gallery import TOPICS
from pages._ui.style import apply_style

HERE = Path(__file__).parent
SIDEBAR_PX = 232

# Before st.navigation, which would otherwise fetch the page's Material icon from another host as the favicon.
st.set_page_config(page_icon=str(HERE / "static/favicon.svg"), layout="wide", initial_sidebar_state=SIDEBAR_PX)
menu: dict[str, list] = {
    "": [
        st.Page(HERE / "home/home.py", title="Home", icon=":material/home:", default=True),
        st.Page(HERE / "home/models.py", title="Models", icon=":material/deployed_code:", url_path="models"),
    ]
}
for topic in TOPICS:
    page = st.Page(HERE / topic.file, title=topic.title, icon=topic.icon, url_path=topic.url_path)
    menu.setdefault(topic.group, []).append(page)

page = st.navigation(menu)
st.set_page_config(page_title="Tangent" if page.title == "Home" else f"{page.title} · Tangent")
st.logo(HERE / "static/logo.svg", size="medium")
apply_style()
player.arrive(page.url_path)
page.run()
