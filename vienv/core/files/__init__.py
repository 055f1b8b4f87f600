"""What a VM is on its datastore, and what administrators do with it there."""
