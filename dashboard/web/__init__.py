"""The ASGI server around Streamlit: middleware and our own routes."""
