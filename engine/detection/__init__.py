"""Object detection: the measures, the suppression of doubles, and the family from a sliding window to YOLO."""
