"""The compiled part: plain arrays in, plain arrays out; names, checks and units are outside."""
