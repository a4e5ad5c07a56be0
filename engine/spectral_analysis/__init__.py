"""Sound made visible: spectrograms, mel scale, sampling, decibels, and reduced views of long sounds."""
