"""Models: every trained model that a page can load, and the device they run on."""

import streamlit as st

from engine.errors import EngineError
from engine.runtime import describe_device
from engine.weights import all_weights
from pages._ui.gallery import TOPICS
from pages._ui.model_card import model_card

st.title("Models", anchor=False)
st.markdown("The trained models that Tangent’s pages load: where each file is, its size, its licence and its card.")
device = st.empty()
device.caption("Computes on …")

models = all_weights()
for weights in models:
    model_card(weights, [topic for topic in TOPICS if weights.name in topic.models])
if not models:
    with st.container(key="no_models", border=True, gap="small"):
        st.header("Nothing to download yet", anchor=False)
        st.markdown(
            "No page needs a trained model so far. What you see there learns from scratch, in front of you, from the "
            "data that you choose."
        )
        for topic in TOPICS:
            st.page_link(topic.file, label=f"{topic.title} →")

try:
    device.caption(f"Computes on: **{describe_device()}**")  # last, because it waits for torch
except EngineError as error:
    device.error(str(error))
