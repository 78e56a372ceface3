"""What people see: one file, one screen. Streamlit runs these files; nothing imports them."""
