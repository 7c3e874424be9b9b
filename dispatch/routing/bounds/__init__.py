"""What no plan can beat: lower bounds on the price of a wave.  ``routing.bound`` is the door."""
