"""What we may promise, and why not. Knows calendars; knows neither couriers nor streets."""
