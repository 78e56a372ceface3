"""All charts: their texts, drawing and table, independent of Streamlit."""
