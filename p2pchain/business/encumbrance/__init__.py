"""Encumbrances of the whole chain: an asset is pledged, financed or pooled once only."""
