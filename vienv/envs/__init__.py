"""Floor 2: the only place that knows gymnasium. Three ids are three faces of one physics, one bill, one observation."""
