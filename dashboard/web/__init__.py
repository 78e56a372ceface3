"""The server around Streamlit: what surrounds its pages on the wire, and the routes of ours."""
