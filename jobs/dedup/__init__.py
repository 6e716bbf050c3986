"""Near pairs, components and survivors: what both dedup stages are made of."""
