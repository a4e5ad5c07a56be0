"""Source separation: the parts of a mixture, such as drums, bass, other and vocals of a song, or speech and noise."""
