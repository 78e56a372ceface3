"""The pages: one file per screen. Streamlit runs these files; no module imports them."""
