"""What visitors take away: each script runs in a folder of its own, beside settings.json and the modules it imports."""
