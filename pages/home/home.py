"""Home: what Tangent is, and a card for each page."""

from itertools import groupby

import streamlit as st

from pages._ui.gallery import ROOT, TOPICS, Topic

FACTS = {
    "Really computed": "Every number comes from PyTorch, on this server, while you watch. Nothing is played back.",
    "Your data stays here": "What you upload stays in this server’s memory for your visit, and goes nowhere else.",
    "Needs no network": "Every page does its job offline. Only a large model that you ask for is downloaded, once.",
    "Yours to take": "The trained model, the numbers as CSV, and a short script that repeats the run without Tangent.",
}


def card(topic: Topic) -> None:
    """Lay out one card; the style sheet stretches its link over the whole of it."""
    with st.container(key=f"card_{topic.url_path}", gap=None):
        st.image(ROOT / "assets" / "images" / topic.picture, alt=topic.picture_text, width="stretch")
        with st.container(key=f"about_{topic.url_path}", gap="xsmall"):
            st.caption(topic.unit)
            st.page_link(topic.file, label=f"{topic.title} →")
            st.markdown(topic.sentence)


with st.container(key="hero", gap="small"):
    st.title("Machine learning that you can take apart", anchor=False)
    st.markdown(
        "Tangent is a course you can play with: each page trains a real model in front of you, on its own data or on "
        "yours. Stop it, step through it, look inside, change one thing and compare."
    )

for group, topics in groupby(TOPICS, key=lambda topic: topic.group):
    st.header(group, anchor=False)
    with st.container(key=f"cards_{group.lower()}"):
        for topic in topics:
            card(topic)

with st.container(key="facts"):
    for name, text in FACTS.items():
        st.markdown(f"**{name}**  \n{text}")
