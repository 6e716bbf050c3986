"""What a trained CLIP can do: benchmark sets, their files, metrics and records."""
