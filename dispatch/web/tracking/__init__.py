"""The customer's page: one shipment, nobody else's data."""
