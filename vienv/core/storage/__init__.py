"""Storage: who gets which rate, files in flight, paths that fail, and datastores that fill."""
