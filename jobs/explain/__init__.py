"""The whole story of one image or one sentence, stage by stage, in words."""
