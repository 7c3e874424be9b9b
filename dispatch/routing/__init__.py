"""From shipments to courier tours.

Read in this order: ``problem`` (the question, as whole numbers), ``plan`` (the
answer), ``schedule`` (time a sequence), ``check`` (is the answer allowed?),
``insertion`` (does one more fit?), ``solvers`` (find a good answer).
"""
