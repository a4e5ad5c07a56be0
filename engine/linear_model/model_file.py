def save_model(*a): return b""
