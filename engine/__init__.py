"""Tangent's engine: the course's methods on PyTorch tensors. It knows no screen and never imports streamlit."""
