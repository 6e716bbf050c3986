"""Rules of fetching images; nothing here touches a network or a disk."""
