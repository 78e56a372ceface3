"""Every chart, declared once: words, drawing and table; nothing here knows Streamlit."""
