"""The prompt of the merge task, and the check of what was written."""
