"""Who can carry: couriers, their vehicles, their shifts, where they start."""
