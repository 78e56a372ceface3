"""Pages for visitors without an account (porte légère): rendered whole by the server, without
Streamlit or a websocket.
"""
