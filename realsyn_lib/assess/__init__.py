"""What the release is made of, in numbers."""
