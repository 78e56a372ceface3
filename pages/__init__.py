"""The places: one file each, run by Streamlit, that names its views. No module imports them."""
