"""Problems and plans as files: textbook text, VROOM's JSON and the house's own.

``read`` finds out which of them a text is; ``question`` is what all of them become.
"""
