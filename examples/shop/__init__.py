"""A small web shop that sells what three merchants of the town have, and loses no paid order."""
