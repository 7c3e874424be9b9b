"""The words everybody uses: windows, civil time, places, ids, errors. Standard library only."""
