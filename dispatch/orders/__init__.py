"""The life of an order with us: quote, booking, shipment, delivered or explained."""
