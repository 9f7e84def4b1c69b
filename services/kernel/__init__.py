"""Technique that every context stands on, without a word of the business."""
