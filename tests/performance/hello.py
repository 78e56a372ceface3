"""Hello world, the yardstick of the bench: served by `streamlit run`."""

import streamlit as st

OPTIONS = [f"Direction {n:02}" for n in range(30)]

if st.runtime.exists():
    st.title(f"Bonjour {st.selectbox('Direction', OPTIONS)}")
