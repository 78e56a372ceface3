"""The light house (porte légère): what is read and sent without an account, as pages that the
server makes whole, without Streamlit and without a socket.
"""
