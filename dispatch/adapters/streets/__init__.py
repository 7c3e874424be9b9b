"""Other people's routing engines behind the house's own plug: OSRM and Valhalla over HTTP."""
