"""Text -> sentences, and the rules that judge them."""
