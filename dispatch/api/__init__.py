"""The storefront's door: JSON in, JSON out, one file per noun; decides nothing."""
