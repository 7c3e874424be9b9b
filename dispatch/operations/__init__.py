"""What the house does all day, one act per file; touches the world only through ports."""
